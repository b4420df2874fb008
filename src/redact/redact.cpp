#include "redact/redact.h"

#include <sys/random.h>
#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "model/codec_fields.h"
#include "redact/packet.h"
#include "redact/text.h"

namespace knowhy::redact {
namespace {

using model::Value;

uint64_t random_of_kernel() {
    uint64_t bits = 0;
    // Never short for so few bytes, and without a source of it nothing may be written.
    if (::getrandom(&bits, sizeof bits, 0) != sizeof bits) std::abort();
    return bits;
}

bool names_an_ipv4_address(const std::string& member) {
    constexpr std::array<std::string_view, 7> kNames = {
        "saddr", "daddr", "s_addr", "skc_daddr", "skc_rcv_saddr", "inet_saddr", "ifa_address"};
    return std::find(kNames.begin(), kNames.end(), member) != kNames.end();
}

// Walks an object by the lists of codec_fields.h, so that what is added to the model is reached
// without a word here.
class Walk {
  public:
    Walk(AddressMap& map, const std::vector<std::string>& names) : map_(map), names_(names) {}

    template <typename T>
    void apply(T& value) {
        if constexpr (model::Recorded<T>) {
            model::visit_fields([this](const char*, auto& field) { this->apply(field); }, value);
        } else {
            static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>,
                          "a type that nobody thought of: it may hold an address");
        }
    }
    void apply(model::MacAddress& address) { address = map_.mac(address); }
    void apply(model::IpAddress& address) { address = map_.ip(address); }
    void apply(model::Prefix& prefix) { prefix = map_.prefix(prefix); }
    void apply(model::RawPacket& packet) { redact_packet(packet, map_); }
    void apply(model::Decoded& decoded) { decoded = {}; }
    void apply(std::string& text) { text = redact_text(text, map_, names_); }

    template <typename T>
    void apply(std::optional<T>& value) {
        if (value) apply(*value);
    }
    template <typename T>
    void apply(std::vector<T>& values) {
        if constexpr (!std::is_arithmetic_v<T>)
            for (T& value : values) apply(value);
    }
    template <typename Key, typename T>
    void apply(std::map<Key, T>& values) {
        for (auto& [key, value] : values) apply(value);
    }
    template <typename... T>
    void apply(std::variant<T...>& value) {
        std::visit([this](auto& held) { this->apply(held); }, value);
    }
    void apply(Value::Nothing& /*value*/) {}
    void apply(Value& value) { apply(value.of); }

    // Memory as it lay: of the length of an address, it may be one.
    void apply(Value::Bytes& value) {
        const auto replace = [&](auto address, auto other) {
            std::memcpy(&address, value.raw.data(), sizeof address);
            const auto bytes = other(address);
            std::memcpy(value.raw.data(), &bytes, sizeof bytes);
        };
        if (value.raw.size() == 6) {
            replace(std::array<uint8_t, 6>{},
                    [&](const auto& bytes) { return map_.mac(model::MacAddress{bytes}).bytes; });
        } else if (value.raw.size() == 16) {
            replace(std::array<uint8_t, 16>{}, [&](const auto& bytes) {
                std::array<uint8_t, 16> to{};
                const auto other = map_.ip(model::IpAddress::v6(bytes));
                std::copy(other.bytes().begin(), other.bytes().end(), to.begin());
                return to;
            });
        }
    }
    void apply(Value::Struct::Member& member) {
        if (names_an_ipv4_address(member.name)) apply_ipv4(member.value);
        apply(member.value);
    }
    void apply(model::TracedValue& traced) {
        if (names_an_ipv4_address(traced.name) || traced.type == "__be32") apply_ipv4(traced.value);
        apply(traced.value);
        for (model::TracedValue& member : traced.members) apply(member);
    }
    void apply(model::TracedCall& call) {
        apply(call.comm);
        apply(call.values);
        apply(call.packet);
    }

  private:
    // A number that lies in memory as an address does.
    void apply_ipv4(Value& value) {
        auto* number = std::get_if<Value::Integer>(&value.of);
        if (number == nullptr || number->bytes != 4) return;
        std::array<uint8_t, 4> bytes{};
        const auto low = static_cast<uint32_t>(number->bits);
        std::memcpy(bytes.data(), &low, bytes.size());
        const model::IpAddress other = map_.ip(model::IpAddress::v4(bytes));
        uint32_t redacted = 0;
        std::memcpy(&redacted, other.bytes().data(), sizeof redacted);
        number->bits = number->is_signed ? static_cast<int32_t>(redacted) : int64_t{redacted};
    }

    AddressMap& map_;
    const std::vector<std::string>& names_;
};

}  // namespace

Redactor::Redactor(std::vector<std::string> names) : Redactor(std::move(names), random_of_kernel) {}

Redactor::Redactor(std::vector<std::string> names, AddressMap::Random random)
    : names_(std::move(names)), map_(std::move(random)) {}

void Redactor::learn(const model::HostState& host) {
    const auto subnets_of = [this](const model::NetnsState& state) {
        for (const model::Address& address : state.addresses) map_.learn(address.prefix);
        for (const model::Route& route : state.routes) map_.learn(route.destination);
    };
    // The groups and MAC addresses that are made of IPv6 addresses follow them.
    const auto hosts_of = [this](const model::NetnsState& state) {
        for (const model::Address& address : state.addresses) map_.ip(address.prefix.address);
        for (const model::Neighbour& neighbour : state.neighbours) map_.ip(neighbour.address);
    };
    for (const auto& [inum, state] : host.namespaces) subnets_of(state);
    for (const model::NetnsState& state : host.earlier) subnets_of(state);
    for (const auto& [inum, state] : host.namespaces) hosts_of(state);
    for (const model::NetnsState& state : host.earlier) hosts_of(state);
}

void Redactor::apply(model::Observation& seen) {
    learn(seen.host);
    Walk walk(map_, names_);
    walk.apply(seen.filter);
    walk.apply(seen.host);
    walk.apply(seen.groups);
    walk.apply(seen.accounting);
    walk.apply(seen.trace);
    walk.apply(seen.script);
}

void Redactor::apply(model::DropGroup& group) {
    Walk(map_, names_).apply(group);
}

void Redactor::apply(model::DropSample& sample) {
    Walk(map_, names_).apply(sample);
}

void Redactor::apply(model::TracedCall& call) {
    Walk(map_, names_).apply(call);
}

std::vector<std::string> host_names() {
    utsname system{};
    if (::uname(&system) != 0) return {};
    const std::string whole = system.nodename;
    const std::string part = whole.substr(0, whole.find('.'));
    // Too common a word would be found everywhere.
    if (whole.empty() || whole == "localhost" || whole == "(none)") return {};
    return whole == part ? std::vector{whole} : std::vector{whole, part};
}

}  // namespace knowhy::redact
