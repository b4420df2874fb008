// Tables and queues that are full, or nearly so.
#include <fmt/format.h>

#include "explain/context.h"
#include "explain/diagnose/rule.h"

namespace knowhy::explain {
namespace {

constexpr uint64_t kNearFull = 80;  // percent

bool near_full(uint64_t used, uint64_t limit) {
    return limit != 0 && used >= limit / 100 * kNearFull + limit % 100 * kNearFull / 100;
}

void conntrack(const Inspection& inspection, const Report& report) {
    constexpr const char* kLimit = "net.netfilter.nf_conntrack_max";
    const auto count = inspection.counter("conntrack.count");
    const auto limit = inspection.setting(kLimit);
    if (!count || !limit || *limit <= 0 || !near_full(*count, static_cast<uint64_t>(*limit)))
        return;
    Conclusion found =
        fault(true, fmt::format("connection tracking holds {} connections of {}: when it is full, "
                                "packets of new ones are dropped",
                                *count, *limit));
    found.with(inspection.counter_evidence("conntrack.count"));
    found.with(inspection.sysctl_evidence(kLimit));
    found.with(inspection.counter_evidence("conntrack.drop"));
    found.set("sysctl", kLimit, fmt::format("{}", *limit));
    found.attempt(fmt::format("sysctl -w {}={}", kLimit, *limit * 2),
                  "makes room, in the host's first namespace; or track less with notrack");
    report("", std::move(found));
}

// The tables are the host's, so permanent entries of other namespaces, which do not count against
// the limit, are among those counted here.
void neighbour_table(const Inspection& inspection, const Report& report) {
    for (const auto& [table, family] :
         {std::pair<std::string, std::string>{"arp_cache", "ipv4"}, {"ndisc_cache", "ipv6"}}) {
        const std::string name = fmt::format("net.{}.neigh.default.gc_thresh3", family);
        const auto entries = inspection.counter(table + ".entries");
        const auto limit = inspection.setting(name);
        if (!entries || !limit || *limit <= 0) continue;
        const int64_t refused = inspection.moved(table + ".table_fulls").value_or(0);
        if (!near_full(*entries, static_cast<uint64_t>(*limit)) && refused <= 0) continue;
        Conclusion found = fault(
            refused > 0, fmt::format("the neighbour table holds {} entries of {}: when it is full, "
                                     "new neighbours cannot be reached",
                                     *entries, *limit));
        found.with(inspection.counter_evidence(table + ".entries"));
        found.with(inspection.counter_evidence(table + ".table_fulls"));
        found.with(inspection.sysctl_evidence(name));
        found.set("sysctl", name, fmt::format("{}", *limit));
        found.attempt(fmt::format("sysctl -w {}={}", name, *limit * 4),
                      "makes room, in the host's first namespace");
        found.subject = table;
        report("", std::move(found));
    }
}

void accept_queue(const Inspection& inspection, const Report& report) {
    constexpr uint8_t kTcp = 6;
    constexpr uint8_t kListen = 10;
    for (const model::Listener& listener : inspection.state.listeners) {
        if (listener.protocol != kTcp || listener.state != kListen) continue;
        // The kernel takes one more than the backlog (sk_acceptq_is_full: strictly greater).
        if (listener.receive_queue <= listener.send_queue) continue;
        Conclusion found =
            fault(true, fmt::format("the listener on port {} does not accept: {} connections wait, "
                                    "more than its backlog of {}; new ones are dropped",
                                    listener.port, listener.receive_queue, listener.send_queue));
        found.with(Evidence{Evidence::Kind::Memory, "accept queue",
                            fmt::format("{} of {}", listener.receive_queue, listener.send_queue),
                            "connections", Evidence::Read::Snapshot});
        found.with(inspection.counter_evidence("netstat.TcpExt.ListenOverflows"));
        found.set("socket", fmt::format("port {}", listener.port), "backlog");
        found.attempt(
            inspection.here(fmt::format("ss -ltnp sport = :{}", listener.port)),
            "shows whose it is; the program has to accept faster, or listen with a larger backlog");
        found.subject = fmt::format("{}:{}", listener.address.text(), listener.port);
        report("", std::move(found));
    }
}

}  // namespace

std::vector<Rule> limit_rules() {
    return {
        {.id = "conntrack-near-full",
         .title = "Connection tracking is nearly full",
         .facts = "the namespace's number of connections, nf_conntrack_max",
         .certainty = "certain, from 80 % on",
         .remedy = "More room, shorter timeouts, or less to track",
         .sysctls = {"net.netfilter.nf_conntrack_max"},
         .inspect = conntrack},
        {.id = "neighbour-table-near-full",
         .title = "The neighbour table is nearly full",
         .facts = "the host's number of entries (/proc/net/stat), gc_thresh3",
         .certainty =
             "certain when entries were refused while watched; likely from 80 % on, because "
             "permanent entries are counted there and do not count against the limit",
         .remedy = "Raise gc_thresh1 to 3, or make the subnets smaller",
         .sysctls = {"net.ipv4.neigh.default.gc_thresh3", "net.ipv6.neigh.default.gc_thresh3"},
         .inspect = neighbour_table},
        {.id = "accept-queue-full",
         .title = "A listener's accept queue is full",
         .facts = "the listener's queue and backlog by sock_diag",
         .certainty = "certain",
         .remedy = "The program does not accept fast enough",
         .inspect = accept_queue},
    };
}

}  // namespace knowhy::explain
