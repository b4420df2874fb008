// Who does the work of receiving: queues of a device, and the softirq's turn.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>

#include "base/text.h"
#include "explain/context.h"
#include "explain/diagnose/rule.h"

namespace knowhy::explain {
namespace {

// Since the watch began, or without one since the counters did.
uint64_t so_far(const Inspection& inspection, const std::string& name) {
    if (!inspection.watched) return inspection.counter(name).value_or(0);
    return static_cast<uint64_t>(std::max<int64_t>(0, inspection.moved(name).value_or(0)));
}

struct Queues {
    std::string what;                    // "packets", "interrupts"
    std::map<uint64_t, uint64_t> count;  // by queue
};

// The only number in a name: "rx_queue_0_packets", "rx-0.packets", "virtio0-input.0" past its "-".
std::optional<uint64_t> number_in(std::string_view name) {
    const auto is_digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
    const auto first = std::find_if(name.begin(), name.end(), is_digit);
    const auto last = std::find_if_not(first, name.end(), is_digit);
    if (first == name.end() || std::any_of(last, name.end(), is_digit)) return std::nullopt;
    return parse_u64(std::string_view(&*first, static_cast<size_t>(last - first)));
}

// Of a statistic of the driver's: the receive queue that it counts packets of.
std::optional<uint64_t> queue_of_statistic(std::string_view name) {
    const bool counts = name.ends_with("packets") || name.ends_with("rx_cnt");
    if (!counts || name.find("rx") == std::string_view::npos) return std::nullopt;
    return number_in(name);
}

// Of an interrupt's name: drivers put their own name, and its number, before the first "-".
std::optional<uint64_t> queue_of_interrupt(std::string_view name) {
    const size_t dash = name.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const std::string_view queue = name.substr(dash + 1);
    bool receives = false;
    for (const std::string_view word : {"rx", "Rx", "RX", "input"})
        receives = receives || queue.find(word) != std::string_view::npos;
    return receives ? number_in(queue) : std::nullopt;
}

using QueueOf = std::optional<uint64_t> (*)(std::string_view);

Queues read_queues(const Inspection& inspection, const std::string& prefix, std::string what,
                   QueueOf queue_of) {
    Queues queues{std::move(what), {}};
    for (const auto& [name, sum] : inspection.counters_below(prefix)) {
        const auto queue = queue_of(std::string_view(name).substr(prefix.size()));
        if (!queue) continue;
        queues.count[*queue] += so_far(inspection, name);
    }
    // Numbers that are not those of queues: "rx_64_byte_packets".
    if (!queues.count.empty() && queues.count.rbegin()->first != queues.count.size() - 1)
        queues.count.clear();
    return queues;
}

void one_queue(const Inspection& inspection, const Report& report) {
    for (const model::Link& link : inspection.state.links) {
        Queues queues = read_queues(inspection, fmt::format("ethtool.{}.", link.name), "packets",
                                    queue_of_statistic);
        if (queues.count.size() < 2)
            queues = read_queues(inspection, fmt::format("interrupts.{}.", link.name), "interrupts",
                                 queue_of_interrupt);
        if (queues.count.size() < 2) continue;
        uint64_t sum = 0;
        for (const auto& [queue, count] : queues.count) sum += count;
        const auto busiest =
            std::max_element(queues.count.begin(), queues.count.end(),
                             [](const auto& a, const auto& b) { return a.second < b.second; });
        const uint64_t enough = inspection.watched ? 1000 : 10'000;
        if (sum < enough || busiest->second < sum / 20 * 19) continue;
        const size_t others = queues.count.size() - 1;
        Conclusion found = fault(
            false, fmt::format("queue {} of {} takes {} of its {} {}{}, its other {} hardly any",
                               busiest->first, link.name, busiest->second, sum, queues.what,
                               inspection.watched ? " while watched" : "",
                               others == 1 ? "queue" : fmt::format("{} queues", others)));
        for (const auto& [queue, count] : queues.count) {
            if (found.evidence.size() >= 8) break;
            found.with(link_evidence(fmt::format("{} of queue {}", queues.what, queue),
                                     fmt::format("{}", count)));
        }
        found.attempt(inspection.here("ethtool -x " + shell_word(link.name)),
                      "shows which queues the device spreads flows over; one flow stays in one "
                      "queue whatever is set");
        report(link.name, std::move(found));
    }
}

// Softirqs that end with work left are ordinary now and then.
void time_squeeze(const Inspection& inspection, const Report& report) {
    constexpr uint64_t kMany = 20;
    constexpr const char* kCounter = "softnet.time_squeeze";
    const uint64_t squeezed = so_far(inspection, kCounter);
    const uint64_t processed = so_far(inspection, "softnet.processed");
    if (squeezed < kMany || squeezed < processed / 100) return;
    Conclusion found = fault(
        inspection.watched,
        fmt::format("receiving was cut short with packets left {} times {}, at {} packets in all: "
                    "a CPU got more than a turn of its softirq may take",
                    squeezed, inspection.watched ? "while watched" : "since the counters began",
                    processed));
    found.with(inspection.counter_evidence(kCounter));
    found.with(inspection.counter_evidence("softnet.processed"));
    for (const char* name : {"net.core.netdev_budget", "net.core.netdev_budget_usecs"})
        found.with(inspection.sysctl_evidence(name));
    found.attempt("cat /proc/net/softnet_stat",
                  "third column, a line for each CPU: shows whose turns they were; spread the "
                  "load (RSS, RPS), or raise net.core.netdev_budget");
    report("", std::move(found));
}

void interrupts_missed(const Inspection& inspection, const Report& report) {
    constexpr const char* kCounter = "interrupts.MIS";
    const uint64_t missed = inspection.counter(kCounter).value_or(0);
    const int64_t moved = inspection.moved(kCounter).value_or(0);
    if (moved <= 0 && (inspection.watched || missed == 0)) return;
    Conclusion found = fault(
        moved > 0, fmt::format("the interrupt controller lost {} interrupts {}: a device that "
                               "waits to be served stands still until the next one",
                               moved > 0 ? static_cast<uint64_t>(moved) : missed,
                               moved > 0 ? "while watched" : "since the host was started"));
    found.with(inspection.counter_evidence(kCounter));
    found.with(inspection.counter_evidence("interrupts.ERR"));
    found.attempt("grep -E 'MIS|ERR' /proc/interrupts", "shows whether it goes on");
    report("", std::move(found));
}

}  // namespace

std::vector<Rule> queue_rules() {
    return {
        {.id = "one-queue",
         .title = "One receive queue of a device does all the work",
         .facts = "packets of each queue as the driver counts them, else interrupts of each queue "
                  "(/proc/interrupts); a thousand of them while watched, ten thousand without "
                  "--watch, 95 % in one queue",
         .certainty = "likely: it may all be one flow, which no device spreads",
         .remedy = "One CPU receives all of it. Spread flows over the queues (RSS: ethtool -X), or "
                   "behind them (RPS)",
         .inspect = one_queue},
        {.id = "time-squeeze",
         .title = "Receiving is cut short again and again",
         .facts = "/proc/net/softnet_stat of the whole host: twenty times or more, and once in a "
                  "hundred packets",
         .certainty = "certain when it moved while watched (--watch); else likely",
         .remedy = "The CPU's turn ended with packets waiting, which then come late or overflow "
                   "the ring: spread the load, or raise netdev_budget and netdev_budget_usecs",
         .sysctls = {"net.core.netdev_budget", "net.core.netdev_budget_usecs"},
         .inspect = time_squeeze},
        {.id = "interrupts-missed",
         .title = "The interrupt controller lost interrupts",
         .facts = "the line MIS of /proc/interrupts",
         .certainty = "certain when it moved while watched (--watch); else likely",
         .remedy = "A fault of the machine or of its firmware; MSI instead of old interrupt lines "
                   "avoids it",
         .in_lab = false,
         .inspect = interrupts_missed},
    };
}

}  // namespace knowhy::explain
