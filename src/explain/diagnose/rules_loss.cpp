// Counters of what was dropped. While watched, any movement counts. Without a watch only the sums
// since the counters began are known, so that they must be a share of the traffic that is worth a
// word.
#include <fmt/format.h>

#include <optional>

#include "explain/context.h"
#include "explain/diagnose/rule.h"

namespace knowhy::explain {
namespace {

constexpr uint64_t kFew = 100;  // fewer since the start are no news

struct Loss {
    uint64_t packets = 0;
    bool watched = false;

    [[nodiscard]] std::string_view when() const {
        return watched ? "while watched" : "since its counters began";
    }
};

// `one_in`: without a watch, one packet in that many.
std::optional<Loss> loss(const Inspection& inspection, const std::string& dropped,
                         const std::string& passed, uint64_t one_in) {
    if (const auto moved = inspection.moved(dropped)) {
        if (*moved <= 0) return std::nullopt;
        return Loss{static_cast<uint64_t>(*moved), true};
    }
    if (inspection.watched) return std::nullopt;
    const auto sum = inspection.counter(dropped);
    const auto all = inspection.counter(passed);
    if (!sum || !all || *sum < kFew || *sum < *all / one_in) return std::nullopt;
    return Loss{*sum, false};
}

void backlog(const Inspection& inspection, const Report& report) {
    const auto lost = loss(inspection, "softnet.dropped", "softnet.processed", 1000);
    if (!lost) return;
    constexpr const char* kLimit = "net.core.netdev_max_backlog";
    Conclusion found =
        fault(lost->watched,
              fmt::format("the backlog of a CPU overflowed: {} packets were dropped {}, before any "
                          "protocol saw them",
                          lost->packets, lost->when()));
    found.with(inspection.counter_evidence("softnet.dropped"));
    found.with(inspection.counter_evidence("softnet.time_squeeze"));
    found.with(inspection.sysctl_evidence(kLimit));
    found.set("sysctl", kLimit,
              inspection.setting(kLimit) ? fmt::format("{}", *inspection.setting(kLimit)) : "");
    found.attempt("cat /proc/net/softnet_stat",
                  "second column, a line for each CPU: shows whether one does all the work");
    report("", std::move(found));
}

void ring(const Inspection& inspection, const Report& report) {
    for (const model::Link& link : inspection.state.links) {
        for (const std::string_view name :
             {"rx_missed_errors", "rx_fifo_errors", "rx_over_errors"}) {
            const std::string counter = fmt::format("link.{}.{}", link.name, name);
            const auto lost =
                loss(inspection, counter, fmt::format("link.{}.rx_packets", link.name), 1000);
            if (!lost) continue;
            Conclusion found =
                fault(lost->watched,
                      fmt::format("{} had no room for packets that arrived: {} of them were lost "
                                  "in the device {}",
                                  link.name, lost->packets, lost->when()));
            found.with(inspection.counter_evidence(counter));
            if (link.rings) {
                found.with(
                    link_evidence("rx ring of " + link.name,
                                  fmt::format("{} of {}", link.rings->rx, link.rings->rx_max)));
            }
            if (link.rings && link.rings->rx < link.rings->rx_max) {
                found.set("link", "rx ring of " + link.name, fmt::format("{}", link.rings->rx));
                found.attempt(
                    inspection.here(fmt::format("ethtool -G {} rx {}", shell_word(link.name),
                                                link.rings->rx_max)),
                    "makes the ring as large as the device can");
            }
            report(link.name, std::move(found));
            break;  // drivers count the same loss under two names
        }
    }
}

std::string handle_text(uint32_t handle) {
    const uint32_t minor = handle & 0xffffU;
    return minor == 0 ? fmt::format("{:x}:", handle >> 16U)
                      : fmt::format("{:x}:{:x}", handle >> 16U, minor);
}

void qdisc(const Inspection& inspection, const Report& report) {
    constexpr uint32_t kRoot = 0xffffffff;  // TC_H_ROOT
    for (const model::Qdisc& qdisc : inspection.state.qdiscs) {
        const model::Link* link = inspection.state.link(qdisc.ifindex);
        if (link == nullptr || qdisc.parent != kRoot) continue;  // the root's counts its children's
        const std::string handle = handle_text(qdisc.handle);
        const std::string counter = fmt::format("qdisc.{}.{}.drops", link->name, handle);
        const auto lost =
            loss(inspection, counter, fmt::format("link.{}.tx_packets", link->name), 100);
        if (!lost) continue;
        Conclusion found =
            fault(lost->watched,
                  fmt::format("the queueing discipline {} {} of {} drops: {} packets {}",
                              qdisc.kind, handle, link->name, lost->packets, lost->when()));
        found.with(inspection.counter_evidence(counter));
        if (qdisc.limit) found.with(link_evidence("limit", fmt::format("{}", *qdisc.limit)));
        found.set("qdisc", fmt::format("{} {} dev {}", qdisc.kind, handle, link->name), "");
        found.attempt(inspection.here("tc -s qdisc show dev " + shell_word(link->name)),
                      "shows its rate, limit and counters");
        report(link->name, std::move(found));
    }
}

// A firewall drops what it is meant to: worth a word only when that is much of what arrives.
void nft_rule(const Inspection& inspection, const Report& report) {
    const uint64_t arrived = inspection.counter("snmp.Ip.InReceives").value_or(0) +
                             inspection.counter("snmp6.Ip6InReceives").value_or(0);
    for (const model::NftRule& rule : inspection.state.nft_rules) {
        const bool refuses = rule.verdict == "drop" || rule.verdict == "reject";
        if (!refuses || !rule.packets || *rule.packets < kFew || arrived == 0) continue;
        if (*rule.packets < arrived / 10) continue;
        const std::string place =
            fmt::format("{} {} {} handle {}", rule.family, rule.table, rule.chain, rule.handle);
        Conclusion found =
            fault(false, fmt::format("the nft rule \"{}\" ({}) dropped {} packets, of {} that this "
                                     "namespace received",
                                     rule.text, place, *rule.packets, arrived));
        found.with(state_evidence(Evidence::Kind::Rule, place, rule.text));
        found.with(Evidence{Evidence::Kind::Counter, "counter of the rule",
                            fmt::format("{}", *rule.packets), "packets", Evidence::Read::Snapshot});
        found.set("nft-rule", place, rule.text);
        found.attempt("knowhy drops --for 10s", "shows the packets that it drops now");
        found.subject = place;
        report("", std::move(found));
    }
}

void listen_overflows(const Inspection& inspection, const Report& report) {
    const auto lost =
        loss(inspection, "netstat.TcpExt.ListenOverflows", "snmp.Tcp.PassiveOpens", 100);
    if (!lost) return;
    Conclusion found = fault(
        lost->watched, fmt::format("listeners refused {} connections {}: their accept queues were "
                                   "full",
                                   lost->packets, lost->when()));
    found.with(inspection.counter_evidence("netstat.TcpExt.ListenOverflows"));
    found.with(inspection.counter_evidence("netstat.TcpExt.ListenDrops"));
    found.with(inspection.counter_evidence("snmp.Tcp.PassiveOpens"));
    found.attempt(inspection.here("ss -ltn"), "shows each listener's queue and its limit");
    report("", std::move(found));
}

}  // namespace

std::vector<Rule> loss_rules() {
    constexpr const char* kShare =
        "certain when it moved while watched (--watch); likely when it is a share of all traffic "
        "since the counters began";
    return {
        {.id = "backlog-drops",
         .title = "A CPU's backlog overflowed",
         .facts = "/proc/net/softnet_stat of the whole host; without --watch, one in a thousand",
         .certainty = kShare,
         .remedy = "One CPU gets more packets than it can handle: spread them (RSS, RPS), or raise "
                   "netdev_max_backlog for bursts",
         .sysctls = {"net.core.netdev_max_backlog"},
         .inspect = backlog},
        {.id = "ring-drops",
         .title = "A device lost packets for want of room",
         .facts = "the link's rx_missed, rx_fifo and rx_over errors; without --watch, one in a "
                  "thousand",
         .certainty = kShare,
         .remedy = "The ring is too small for the bursts, or its CPU too busy. Such packets never "
                   "became an skb: no trace of drops shows them",
         .inspect = ring},
        {.id = "qdisc-drops",
         .title = "A queueing discipline drops",
         .facts = "the root qdisc's drops; without --watch, one in a hundred",
         .certainty = kShare,
         .remedy = "More is sent than its rate or the link lets out, or its limit is small",
         .inspect = qdisc},
        {.id = "nft-rule-drops",
         .title = "An nft rule drops much of what arrives",
         .facts = "counters of rules that drop or reject; all IP packets received. A tenth or more",
         .certainty = "likely: it may be meant",
         .remedy = "knowhy drops names the packets",
         .inspect = nft_rule},
        {.id = "listen-overflows",
         .title = "Listeners refused connections",
         .facts = "ListenOverflows and PassiveOpens; without --watch, one in a hundred",
         .certainty = kShare,
         .remedy = "A program does not accept fast enough, or listens with a small backlog",
         .inspect = listen_overflows},
    };
}

}  // namespace knowhy::explain
