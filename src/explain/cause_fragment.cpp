// Fragments that never became a packet.
#include <fmt/format.h>

#include "explain/causes.h"

namespace knowhy::explain {
namespace {

const Names kTimers = {"ip_expire", "ip6_frag_expire", "ip6frag_expire_frag_queue",
                       "nf_ct_frag6_expire"};
const Names kReassembly = {"ip_defrag", "ip_frag_queue"};
const Names kPurges = {"inet_frag_rbtree_purge", "inet_frag_destroy"};

std::string pair_text(const Context& context) {
    const model::Ip* ip = context.ip();
    if (ip == nullptr) return "a packet";
    return fmt::format("the packet {} > {}", ip->source.text(), ip->destination.text());
}

bool timed_out(const Context& context) {
    if (context.kernel_says({"FRAG_REASM_TIMEOUT"})) return true;
    if (!context.says_nothing()) return false;
    // Only the first fragment is freed by the timer itself; the rest goes with the queue.
    return context.at(kTimers) || (context.at(kPurges) && context.under(kTimers));
}

std::optional<Conclusion> frag_timeout(const Context& context) {
    if (!timed_out(context)) return std::nullopt;
    const bool six = context.ip6() != nullptr;
    const auto limit = context.sysctl(six ? "net.ipv6.ip6frag_time" : "net.ipv4.ipfrag_time");
    const std::string within = limit ? fmt::format(" within {} s", limit->value) : " in time";
    Conclusion found = certain(
        Verdict::Lost,
        fmt::format("the other fragments of {} did not come{}", pair_text(context), within));
    if (limit) {
        found.with(*limit);
        found.set("sysctl", limit->name, limit->value);
    }
    found.with(context.counter(six ? "snmp6.Ip6ReasmTimeout" : "snmp.Ip.ReasmTimeout"));
    return found;
}

// ip_defrag gives no reason for memory, overlaps and duplicates alike. What tells them apart are
// counters, so they are believed only if every free of that place is one of theirs.
struct Books {
    int64_t freed = 0;  // in this namespace, by reassembly, without a reason
    std::optional<int64_t> failed;
    std::optional<int64_t> overlaps;
};

bool freed_by_reassembly(const model::DropGroup& group, uint32_t netns) {
    return group.key.netns == netns && group.reason.says_nothing() &&
           (group.place.function == "ip_defrag" || group.place.function == "ip_frag_queue");
}

std::optional<Books> books_of(const Context& context) {
    // With a filter the counters count what was not looked at.
    if (!context.observation.saw_all_of(context.group.key.netns)) return std::nullopt;
    Books books;
    for (const model::DropGroup& group : context.observation.groups) {
        if (freed_by_reassembly(group, context.group.key.netns)) {
            books.freed += static_cast<int64_t>(group.count);
        }
    }
    books.failed = context.counted("snmp.Ip.ReasmFails");
    books.overlaps = context.counted("netstat.IpExt.ReasmOverlaps");
    return books;
}

std::optional<int64_t> memory_in_use(const Context& context) {
    if (context.state == nullptr) return std::nullopt;
    const auto found = context.state->after.find("frag.memory");
    if (found == context.state->after.end()) return std::nullopt;
    return static_cast<int64_t>(found->second);
}

struct Memory {
    std::optional<int64_t> in_use;
    std::optional<Evidence> limit;
    bool over = false;
};

Memory memory_of(const Context& context) {
    Memory memory;
    memory.in_use = memory_in_use(context);
    memory.limit = context.sysctl("net.ipv4.ipfrag_high_thresh");
    const auto limit = context.state != nullptr
                           ? context.state->sysctl("net.ipv4.ipfrag_high_thresh")
                           : std::nullopt;
    memory.over = memory.in_use && limit && *memory.in_use > *limit;
    return memory;
}

// Above the limit nothing is looked at any more: every fragment is refused.
std::optional<Conclusion> frag_memory(const Context& context) {
    if (!context.at(kReassembly) || !context.says_nothing()) return std::nullopt;
    const Memory memory = memory_of(context);
    const auto books = books_of(context);
    if (!memory.over || (books && books->failed == 0)) return std::nullopt;
    const bool all_failed = books && books->failed.value_or(0) >= books->freed;
    const bool proven = all_failed && books->overlaps == 0;
    Conclusion found =
        when(proven, Verdict::Lost,
             fmt::format("fragments waiting for the rest of their packets hold {} bytes, more than "
                         "ipfrag_high_thresh={}",
                         *memory.in_use, memory.limit->value));
    found.with(Evidence{Evidence::Kind::Memory, "frag.memory", fmt::format("{}", *memory.in_use),
                        "bytes", Evidence::Read::Now});
    found.with(*memory.limit);
    found.set("sysctl", memory.limit->name, memory.limit->value);
    found.with(context.counter("snmp.Ip.ReasmFails"))
        .with(context.counter("netstat.IpExt.ReasmOverlaps"));
    found.attempt(context.here("cat /proc/net/sockstat"), "shows the memory that fragments hold");
    return found;
}

Conclusion fragment_came_twice(const Context& context, bool proven) {
    Conclusion found = when(proven, Verdict::Harmless,
                            fmt::format("a fragment of {} came twice", pair_text(context)));
    found.with(context.counter("snmp.Ip.ReasmFails"));
    return found;
}

std::optional<Conclusion> frag_overlap(const Context& context) {
    if (context.kernel_says({"DUP_FRAG"})) return fragment_came_twice(context, true);
    const bool purged = context.at(kPurges) && context.under(kReassembly);
    if (!context.says_nothing() || (!context.at(kReassembly) && !purged)) return std::nullopt;
    const auto books = books_of(context);
    const bool over = memory_of(context).over;
    if (!books || over || !books->overlaps) return std::nullopt;
    const bool no_failure = books->overlaps == 0 && books->failed == 0;
    if (no_failure && !purged) return fragment_came_twice(context, false);
    if (*books->overlaps == 0) return std::nullopt;
    Conclusion found =
        when(books->freed > 0 && books->freed <= *books->overlaps, Verdict::Lost,
             fmt::format("fragments of {} overlap, so all of them are thrown away (an attack, or "
                         "two packets with one id)",
                         pair_text(context)));
    found.with(context.counter("netstat.IpExt.ReasmOverlaps"))
        .with(context.counter("snmp.Ip.ReasmFails"));
    return found;
}

}  // namespace

std::vector<Cause> fragment_causes() {
    return {
        {.id = "frag-timeout",
         .title = "The rest of a fragmented packet did not come",
         .facts = "the kernel's FRAG_REASM_TIMEOUT, or freed without a reason by the timer of a "
                  "reassembly queue (ip_expire)",
         .certainty = "certain",
         .reasons = {"FRAG_REASM_TIMEOUT"},
         .places = {"ip_expire", "ip6_frag_expire", "ip6frag_expire_frag_queue",
                    "nf_ct_frag6_expire", "inet_frag_rbtree_purge", "inet_frag_destroy"},
         .sysctls = {"net.ipv4.ipfrag_time", "net.ipv6.ip6frag_time"},
         .match = frag_timeout},
        {.id = "frag-memory",
         .title = "Waiting fragments hold too much memory",
         .facts = "freed in ip_defrag without a reason; the memory that fragments hold is above "
                  "ipfrag_high_thresh; ReasmFails moves, ReasmOverlaps does not",
         .certainty = "certain when both counters agree with every packet freed there; else likely",
         .places = {"ip_defrag", "ip_frag_queue"},
         .sysctls = {"net.ipv4.ipfrag_high_thresh"},
         .match = frag_memory},
        {.id = "frag-overlap",
         .title = "Fragments that overlap, or came twice",
         .facts = "freed in ip_defrag without a reason, or with the queue there; ReasmOverlaps "
                  "moves. A duplicate: the kernel's DUP_FRAG, or no counter moves",
         .certainty = "certain when ReasmOverlaps accounts for every packet freed there; likely "
                      "for duplicates without DUP_FRAG, which are harmless",
         .reasons = {"DUP_FRAG"},
         .places = {"ip_defrag", "ip_frag_queue", "inet_frag_rbtree_purge", "inet_frag_destroy"},
         .sysctls = {"net.ipv4.ipfrag_high_thresh"},
         .match = frag_overlap},
    };
}

}  // namespace knowhy::explain
