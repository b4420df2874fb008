// Fragments that never became a packet.
#include <fmt/format.h>

#include <algorithm>

#include "explain/causes.h"

namespace knowhy::explain {
namespace {

const Names kTimers = {"ip_expire", "ip6_frag_expire", "ip6frag_expire_frag_queue",
                       "nf_ct_frag6_expire"};
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

// What reassembly of one IP version is called. IPv6 counts no overlaps.
struct Family {
    Names places;
    const char* fails;
    const char* overlaps;  // "" for none
    const char* memory;
    const char* limit;
};

const Family kIpv4 = {{"ip_defrag", "ip_frag_queue"},
                      "snmp.Ip.ReasmFails",
                      "netstat.IpExt.ReasmOverlaps",
                      "frag.memory",
                      "net.ipv4.ipfrag_high_thresh"};
const Family kIpv6 = {{"ipv6_frag_rcv", "ip6_frag_queue"},
                      "snmp6.Ip6ReasmFails",
                      "",
                      "frag6.memory",
                      "net.ipv6.ip6frag_high_thresh"};

const Family& family_of(const Context& context) {
    const bool six = context.at(kIpv6.places) || context.under(kIpv6.places);
    return six ? kIpv6 : kIpv4;
}

// Reassembly gives no reason for memory, overlaps and duplicates alike. What tells them apart are
// counters, so they are believed only if every free of that place is one of theirs.
struct Books {
    int64_t freed = 0;  // in this namespace, by reassembly, without a reason
    std::optional<int64_t> failed;
    std::optional<int64_t> overlaps;
};

bool freed_by(const Family& family, const model::DropGroup& group, uint32_t netns) {
    const bool there = std::find(family.places.begin(), family.places.end(),
                                 group.place.function) != family.places.end();
    return there && group.key.netns == netns && group.reason.says_nothing();
}

std::optional<Books> books_of(const Context& context, const Family& family) {
    // With a filter the counters count what was not looked at.
    if (!context.observation.saw_all_of(context.group.key.netns)) return std::nullopt;
    Books books;
    for (const model::DropGroup& group : context.observation.groups) {
        if (freed_by(family, group, context.group.key.netns)) {
            books.freed += static_cast<int64_t>(group.count);
        }
    }
    books.failed = context.counted(family.fails);
    books.overlaps = context.counted(family.overlaps);
    return books;
}

struct Memory {
    std::optional<int64_t> in_use;
    std::optional<int64_t> limit;
    bool seen = false;  // as the packet met it, else as it was when the run ended
    // Without any memory allowed nothing is reassembled.
    [[nodiscard]] bool over() const { return in_use && limit && (*limit == 0 || *in_use > *limit); }
};

Memory memory_of(const Context& context, const Family& family) {
    if (const model::Fact* fact = context.around("ip_defrag")) {
        Memory met{fact->number("mem"), fact->number("high_thresh"), true};
        if (met.in_use && met.limit) return met;
    }
    return {context.counter_after(family.memory), context.setting(family.limit), false};
}

void tell_counters(const Context& context, const Family& family, Conclusion& found) {
    found.with(context.counter(family.fails)).with(context.counter(family.overlaps));
}

// Above the limit nothing is looked at any more: every fragment is refused.
std::optional<Conclusion> frag_memory(const Context& context) {
    const Family& family = family_of(context);
    if (!context.at(family.places) || !context.says_nothing()) return std::nullopt;
    const Memory memory = memory_of(context, family);
    const auto books = books_of(context, family);
    if (!memory.over() || (!memory.seen && books && books->failed == 0)) return std::nullopt;
    const std::string name = family.limit;
    const std::string limit = fmt::format("{}", *memory.limit);
    const auto read = memory.seen ? Evidence::Read::Event : Evidence::Read::Now;
    Conclusion found =
        when(memory.seen, Verdict::Lost,
             fmt::format("fragments waiting for the rest of their packets hold {} bytes, more than "
                         "{}={}",
                         *memory.in_use, name.substr(name.rfind('.') + 1), limit));
    found.with(Evidence{Evidence::Kind::Memory, family.memory, fmt::format("{}", *memory.in_use),
                        "bytes", read});
    found.with(Evidence{Evidence::Kind::Sysctl, name, limit, "bytes", read});
    found.set("sysctl", name, limit);
    tell_counters(context, family, found);
    found.attempt(context.here("cat /proc/net/sockstat /proc/net/sockstat6"),
                  "shows the memory that fragments hold");
    return found;
}

Conclusion fragment_came_twice(const Context& context, bool proven) {
    Conclusion found = when(proven, Verdict::Harmless,
                            fmt::format("a fragment of {} came twice", pair_text(context)));
    found.with(context.counter(family_of(context).fails));
    return found;
}

// IPv6 throws the whole queue away for an overlap and for an end that contradicts another, and
// counts both as a failure.
std::optional<Conclusion> contradicting(const Context& context, const Family& family,
                                        const Books& books, bool purged) {
    if (books.failed.value_or(0) <= 0 || (!purged && *books.failed < books.freed)) {
        return std::nullopt;
    }
    Conclusion found = likely(
        Verdict::Lost, fmt::format("fragments of {} overlap or contradict each other, so all of "
                                   "them are thrown away",
                                   pair_text(context)));
    tell_counters(context, family, found);
    return found;
}

// What inet_frag_queue_insert() returns (include/net/inet_frag.h).
constexpr int64_t kDuplicate = 1;
constexpr int64_t kOverlap = 2;

Conclusion fragments_overlap(const Context& context, const Family& family, bool proven) {
    Conclusion found =
        when(proven, Verdict::Lost,
             fmt::format("fragments of {} overlap, so all of them are thrown away (an attack, or "
                         "two packets with one id)",
                         pair_text(context)));
    found.with(context.return_of("inet_frag_queue_insert"));
    tell_counters(context, family, found);
    return found;
}

std::optional<Conclusion> frag_overlap(const Context& context) {
    const auto inserted = context.returned("inet_frag_queue_insert");
    if (context.kernel_says({"DUP_FRAG"}) || inserted == kDuplicate)
        return fragment_came_twice(context, true);
    const Family& family = family_of(context);
    if (inserted == kOverlap) return fragments_overlap(context, family, true);
    const bool purged = context.at(kPurges) && context.under(family.places);
    if (!context.says_nothing() || (!context.at(family.places) && !purged)) return std::nullopt;
    const auto books = books_of(context, family);
    if (!books || !books->failed || memory_of(context, family).over()) return std::nullopt;
    const bool six = &family == &kIpv6;
    if (!six && !books->overlaps) return std::nullopt;
    const bool no_failure = books->overlaps.value_or(0) == 0 && books->failed == 0;
    if (no_failure && !purged) return fragment_came_twice(context, false);
    if (six) return contradicting(context, family, *books, purged);
    if (*books->overlaps == 0) return std::nullopt;
    const bool all = books->freed > 0 && books->freed <= *books->overlaps;
    return fragments_overlap(context, family, all);
}

std::optional<Conclusion> frag_too_far(const Context& context) {
    if (!context.kernel_says({"FRAG_TOO_FAR"})) return std::nullopt;
    Conclusion found =
        certain(Verdict::Lost,
                fmt::format("more packets of the same sender came between two fragments of {} than "
                            "ipfrag_max_dist allows, so those that waited are thrown away",
                            pair_text(context)));
    if (const auto limit = context.sysctl("net.ipv4.ipfrag_max_dist")) {
        found.with(*limit);
        found.set("sysctl", limit->name, limit->value);
    }
    found.with(context.counter("snmp.Ip.ReasmFails"));
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
         .facts = "freed in ip_defrag or ipv6_frag_rcv without a reason; the memory that fragments "
                  "hold is above ipfrag_high_thresh (ip6frag_high_thresh), as ip_defrag met it or, "
                  "where that was not seen, as it is when the run ends",
         .certainty = "certain when ip_defrag met it so; else likely",
         .places = {"ip_defrag", "ip_frag_queue", "ipv6_frag_rcv", "ip6_frag_queue"},
         .sysctls = {"net.ipv4.ipfrag_high_thresh", "net.ipv6.ip6frag_high_thresh"},
         .match = frag_memory},
        {.id = "frag-overlap",
         .title = "Fragments that overlap, or came twice",
         .facts = "inet_frag_queue_insert refused the fragment. Else: freed in ip_defrag without a "
                  "reason, or with the queue there, and ReasmOverlaps moves; IPv6: freed in "
                  "ipv6_frag_rcv, or with the queue there; Ip6ReasmFails "
                  "moves. A duplicate: the kernel's DUP_FRAG, or no counter moves",
         .certainty = "certain by inet_frag_queue_insert, or when ReasmOverlaps accounts for every "
                      "packet freed there; likely "
                      "for IPv6, and for duplicates without DUP_FRAG, which are harmless",
         .reasons = {"DUP_FRAG"},
         .places = {"ip_defrag", "ip_frag_queue", "ipv6_frag_rcv", "ip6_frag_queue",
                    "inet_frag_rbtree_purge", "inet_frag_destroy"},
         .sysctls = {"net.ipv4.ipfrag_high_thresh", "net.ipv6.ip6frag_high_thresh"},
         .match = frag_overlap},
        {.id = "frag-too-far",
         .title = "Too many packets between two fragments",
         .facts = "the kernel's FRAG_TOO_FAR, which those before 6.3 do not have",
         .certainty = "certain",
         .in_lab = false,
         .reasons = {"FRAG_TOO_FAR"},
         .sysctls = {"net.ipv4.ipfrag_max_dist"},
         .match = frag_too_far},
    };
}

}  // namespace knowhy::explain
