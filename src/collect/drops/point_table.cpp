#include "collect/drops/point_table.h"

#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <string_view>

#include "base/text.h"
#include "collect/drops/points.h"
#include "model/address.h"

namespace knowhy::collect {
namespace {

using model::Fact;

static_assert(KW_POINTS <= 32, "kw_slot.present (facts.bpf.h) has a bit per point");

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    for (const std::string_view word : split_whitespace(text)) words.emplace_back(word);
    return words;
}

std::vector<PointInfo> make_table() {
    using Reach = PointInfo::Reach;
    constexpr auto BEFORE = Fact::Kind::Before;
    constexpr auto AROUND = Fact::Kind::Around;
    constexpr auto EXIT = Reach::Exit;
    constexpr auto ENTRY = Reach::Entry;
    constexpr auto RETURN = Reach::Return;
    return {
#define KW_POINT(id, name, function, kind, reach, args, module, spared) \
    PointInfo{KW_P_##id, #id, #name, #function, kind, reach, words_of(args), module, spared},
        KW_POINTS_TABLE(KW_POINT)
#undef KW_POINT
    };
}

std::string text_of(const char (&text)[KW_TEXT]) {
    return {text, strnlen(text, sizeof(text))};
}

std::string address_of(const kw_fact& wire) {
    const auto* bytes = reinterpret_cast<const uint8_t*>(&wire.words[KW_WORDS - 2]);
    const auto family = static_cast<int>(wire.words[0] >> 32);
    if (family == AF_INET)
        return model::IpAddress::v4(std::span<const uint8_t, 4>(bytes, 4)).text();
    if (family == AF_INET6)
        return model::IpAddress::v6(std::span<const uint8_t, 16>(bytes, 16)).text();
    return "";
}

bool has_address(const PointInfo& point) {
    return std::any_of(point.args.begin(), point.args.end(),
                       [](const std::string& arg) { return arg[0] == '@'; });
}

void add_number(Fact& fact, const std::string& arg, bool beside_address, uint64_t word) {
    // An address's family stands in the upper half of a word.
    const uint64_t value = beside_address ? word & 0xffffffffU : word;
    const bool no_device = value == 0 && arg.find("ifindex") != std::string::npos;
    if (!no_device) fact.args[arg] = static_cast<int64_t>(value);
}

}  // namespace

std::vector<bpf::Rung> PointInfo::ladder() const {
    using Means = bpf::Rung::Means;
    switch (reach) {
        case Reach::Exit:
            return {{"fexit", Means::Tracing, {"x_" + id}},
                    {"kprobe+kretprobe", Means::Kprobe, {"k_" + id, "r_" + id}}};
        case Reach::Entry:
            return {{"fentry", Means::Tracing, {"e_" + id}},
                    {"kprobe", Means::Kprobe, {"k_" + id}}};
        case Reach::Return:
            break;
    }
    return {{"kretprobe", Means::Kprobe, {"r_" + id}}};
}

const std::vector<PointInfo>& point_table() {
    static const std::vector<PointInfo> table = make_table();
    return table;
}

const PointInfo* point_by_number(uint32_t number) {
    if (number == KW_P_none || number >= KW_POINTS) return nullptr;
    return &point_table()[number - 1];
}

std::optional<Fact> to_fact(const kw_fact& wire) {
    const PointInfo* point = point_by_number(wire.point);
    if (!point) return std::nullopt;
    Fact fact;
    fact.point = point->name;
    fact.kind = point->kind;
    if (point->kind == Fact::Kind::Before) fact.value = wire.value;
    size_t word = 0;
    size_t text = 0;
    for (const std::string& arg : point->args) {
        if (arg[0] == '$') {
            const std::string value = text < 2 ? text_of(wire.text[text]) : "";
            ++text;
            if (!value.empty()) fact.args[arg.substr(1)] = value;
        } else if (arg[0] == '@') {
            if (const std::string address = address_of(wire); !address.empty())
                fact.args[arg.substr(1)] = address;
        } else if (word < KW_WORDS) {
            add_number(fact, arg, has_address(*point), wire.words[word++]);
        }
    }
    return fact;
}

}  // namespace knowhy::collect
