// Counters that moved by more than the findings say.
#include <fmt/format.h>

#include <algorithm>

#include "explain/accounts.h"
#include "explain/explain.h"

namespace knowhy::explain {
namespace {

struct Books {
    const model::Observation& observation;
    const std::vector<model::Finding>& findings;
    std::vector<model::UnexplainedCounter> open;
};

// "qdisc.v0.1:.drops" names the device and the qdisc's handle; "link.v0.rx_dropped" the device.
std::string device_of(std::string_view part, const std::string& counter) {
    const bool is_qdisc = counter.rfind("qdisc.", 0) == 0;
    const size_t dot = part.rfind('.');
    return std::string(is_qdisc && dot != std::string_view::npos ? part.substr(0, dot) : part);
}

// With a filter the findings are a part of the traffic, while counters count all of it: then only
// what never becomes a packet can be compared. What is out of scope is nobody's business.
bool comparable(const Books& books, const Account& account, uint32_t netns,
                const std::string& device) {
    const model::Scope& scope = books.observation.scope;
    if (!scope.has(netns) || (scope.ifindex != 0 && device != scope.device)) return false;
    return books.observation.saw_all_of(netns) || account.causes.empty();
}

void compare(Books& books, const std::string& counter, int64_t delta, uint32_t netns,
             const std::string& scope) {
    if (delta <= 0) return;
    std::string part;
    const Account* account = account_of(counter, part);
    if (account == nullptr) return;
    const std::string device = device_of(part, counter);
    if (!comparable(books, *account, netns, device)) return;
    const auto explained = static_cast<int64_t>(covered(*account, books.findings, netns, device));
    if (delta > explained) books.open.push_back({counter, scope, device, delta, explained});
}

void compare_all(Books& books, const model::Counters& before, const model::Counters& after,
                 uint32_t netns, const std::string& scope) {
    for (const auto& [counter, last] : after) {
        const auto first = before.find(counter);
        if (first == before.end()) continue;
        compare(books, counter, static_cast<int64_t>(last - first->second), netns, scope);
    }
}

}  // namespace

std::vector<model::UnexplainedCounter> unexplained_counters(
    const model::Observation& observation, const std::vector<model::Finding>& findings) {
    Books books{observation, findings, {}};
    for (const auto& [inum, state] : observation.host.namespaces) {
        compare_all(books, state.before, state.after, inum, fmt::format("netns {}", inum));
    }
    compare_all(books, observation.host.before, observation.host.after, 0, "host");
    return std::move(books.open);
}

}  // namespace knowhy::explain
