#include "model/state.h"

#include <algorithm>

#include "base/text.h"

namespace knowhy::model {
namespace {

std::optional<int64_t> difference(const Counters& before, const Counters& after,
                                  const std::string& name) {
    const auto first = before.find(name);
    const auto last = after.find(name);
    if (first == before.end() || last == after.end()) return std::nullopt;
    return static_cast<int64_t>(last->second - first->second);
}

}  // namespace

const Link* NetnsState::link(uint32_t ifindex) const {
    const auto found = std::find_if(links.begin(), links.end(),
                                    [&](const Link& l) { return l.ifindex == ifindex; });
    return found != links.end() ? &*found : nullptr;
}

const Link* NetnsState::link(const std::string& wanted) const {
    const auto found =
        std::find_if(links.begin(), links.end(), [&](const Link& l) { return l.name == wanted; });
    return found != links.end() ? &*found : nullptr;
}

const Address* NetnsState::local_address(const IpAddress& address) const {
    const auto found = std::find_if(addresses.begin(), addresses.end(),
                                    [&](const Address& a) { return a.prefix.address == address; });
    return found != addresses.end() ? &*found : nullptr;
}

const Route* NetnsState::lookup(const IpAddress& address, uint32_t table) const {
    const Route* best = nullptr;
    for (const Route& route : routes) {
        if (route.table != table || !route.destination.contains(address)) continue;
        const bool longer = best == nullptr || route.destination.length > best->destination.length;
        const bool cheaper = best != nullptr &&
                             route.destination.length == best->destination.length &&
                             route.metric.value_or(0) < best->metric.value_or(0);
        if (longer || cheaper) best = &route;
    }
    return best;
}

std::optional<int64_t> NetnsState::sysctl(const std::string& wanted) const {
    const auto found = sysctls.find(wanted);
    if (found == sysctls.end() || !found->second) return std::nullopt;
    return parse_i64(*found->second);
}

std::optional<int64_t> NetnsState::delta(const std::string& counter) const {
    return difference(before, after, counter);
}

const NetnsState* HostState::netns(uint32_t inum) const {
    const auto found = namespaces.find(inum);
    return found != namespaces.end() ? &found->second : nullptr;
}

StateAt HostState::netns_at(uint32_t inum, uint64_t time_ns) const {
    const NetnsState* last = netns(inum);
    const NetnsState* past = nullptr;  // the latest look that no longer holds
    const auto look = [&](const NetnsState& one) -> std::optional<StateAt> {
        if (time_ns < one.from_ns)
            return past ? StateAt{&one, past, true} : StateAt{&one, nullptr, false};
        if (one.until_ns == 0 || time_ns <= one.until_ns) return StateAt{&one, nullptr, false};
        past = &one;
        return std::nullopt;
    };
    for (const NetnsState& one : earlier) {
        if (one.inum != inum) continue;
        if (const auto found = look(one)) return *found;
    }
    if (last == nullptr) return {};
    return look(*last).value_or(StateAt{last, nullptr, true});
}

std::optional<int64_t> HostState::delta(const std::string& counter) const {
    return difference(before, after, counter);
}

}  // namespace knowhy::model
