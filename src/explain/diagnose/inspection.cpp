#include "explain/diagnose/inspection.h"

#include <fmt/format.h>

#include <algorithm>

#include "explain/context.h"

namespace knowhy::explain {
namespace {

std::optional<uint64_t> value_in(const model::Counters& counters, const std::string& name) {
    const auto found = counters.find(name);
    return found != counters.end() ? std::optional(found->second) : std::nullopt;
}

}  // namespace

std::optional<uint64_t> Inspection::counter(const std::string& name) const {
    const auto own = value_in(state.after, name);
    return own ? own : value_in(host.after, name);
}

std::optional<int64_t> Inspection::moved(const std::string& name) const {
    if (!watched) return std::nullopt;
    const auto own = state.delta(name);
    return own ? own : host.delta(name);
}

std::string Inspection::device_name(uint32_t ifindex) const {
    const model::Link* link = state.link(ifindex);
    return link != nullptr ? link->name : fmt::format("ifindex {}", ifindex);
}

std::vector<const model::Link*> Inspection::ports_of(const model::Link& master) const {
    std::vector<const model::Link*> ports;
    for (const model::Link& link : state.links)
        if (link.master == master.ifindex) ports.push_back(&link);
    return ports;
}

const model::Link* Inspection::master_of(const model::Link& link) const {
    return link.master != 0 ? state.link(link.master) : nullptr;
}

bool Inspection::only_standard_rules() const {
    return std::all_of(state.rules.begin(), state.rules.end(), [](const model::Rule& rule) {
        return rule.family != 4 || rule.priority == 0 || rule.priority == 32766 ||
               rule.priority == 32767;
    });
}

model::Counters Inspection::counters_below(const std::string& prefix) const {
    model::Counters found;
    auto next = state.after.lower_bound(prefix);
    for (; next != state.after.end() && next->first.starts_with(prefix); ++next)
        found.insert(*next);
    return found;
}

std::string Inspection::route_words(const model::Route& route) const {
    std::string words = route.destination.length == 0 ? "default" : route.destination.text();
    if (route.gateway) words += " via " + route.gateway.text();
    if (route.out_ifindex != 0) words += " dev " + device_name(route.out_ifindex);
    return words;
}

std::string Inspection::here(std::string_view command) const {
    if (state.name.empty()) return std::string(command);
    return fmt::format("ip netns exec {} {}", shell_word(state.name), command);
}

std::optional<Evidence> Inspection::sysctl_evidence(const std::string& name) const {
    const auto found = state.sysctls.find(name);
    if (found == state.sysctls.end() || !found->second) return std::nullopt;
    return Evidence{Evidence::Kind::Sysctl, name, *found->second, "", Evidence::Read::Now};
}

std::optional<Evidence> Inspection::counter_evidence(const std::string& name) const {
    const auto value = counter(name);
    if (!value) return std::nullopt;
    const auto change = moved(name);
    std::string words = change ? fmt::format("{} ({:+} while watched)", *value, *change)
                               : fmt::format("{}", *value);
    return Evidence{Evidence::Kind::Counter, name, std::move(words), "", Evidence::Read::Now};
}

Conclusion fault(bool proven, std::string sentence) {
    return when(proven, Verdict::NotApplicable, std::move(sentence));
}

Conclusion normal(std::string sentence) {
    return certain(Verdict::Harmless, std::move(sentence));
}

}  // namespace knowhy::explain
