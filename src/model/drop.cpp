#include "model/drop.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace knowhy::model {

std::string Place::text() const {
    if (symbol.empty()) return fmt::format("{:#x}", address);
    std::string out = offset == 0 ? symbol : fmt::format("{}+{:#x}", symbol, offset);
    if (!module.empty()) out += fmt::format(" [{}]", module);
    return out;
}

std::string without_clone_suffix(const std::string& symbol) {
    // The suffixes GCC and clang give to functions they specialise, split or move.
    constexpr std::array<std::string_view, 6> kSuffixes = {".constprop.", ".isra.", ".part.",
                                                           ".cold",       ".llvm.", ".lto_priv."};
    size_t end = symbol.size();
    for (const std::string_view suffix : kSuffixes) end = std::min(end, symbol.find(suffix));
    return symbol.substr(0, end);
}

DropGroup without_samples(const DropGroup& group) {
    return {group.key,   group.count, group.first_ns, group.last_ns, group.reason,
            group.place, group.point, group.device,   group.sysctls, {}};
}

std::optional<int64_t> Fact::number(const std::string& arg) const {
    const auto found = args.find(arg);
    if (found == args.end()) return std::nullopt;
    const auto* value_of = std::get_if<int64_t>(&found->second);
    return value_of != nullptr ? std::optional(*value_of) : std::nullopt;
}

std::string Fact::text(const std::string& arg) const {
    const auto found = args.find(arg);
    if (found == args.end()) return {};
    const auto* value_of = std::get_if<std::string>(&found->second);
    return value_of != nullptr ? *value_of : std::string();
}

std::optional<int64_t> SocketState::field(const std::string& name) const {
    const auto found = fields.find(name);
    return found != fields.end() ? std::optional(found->second) : std::nullopt;
}

const Fact* DropSample::fact(const std::string& point) const {
    const auto found = std::find_if(facts.rbegin(), facts.rend(),
                                    [&](const Fact& fact) { return fact.point == point; });
    return found != facts.rend() ? &*found : nullptr;
}

bool DropSample::on_stack(const std::string& function) const {
    return std::any_of(stack.begin(), stack.end(),
                       [&](const Place& frame) { return frame.function == function; });
}

}  // namespace knowhy::model
