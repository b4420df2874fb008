#include "explain/fixture.h"

namespace knowhy::explain::testing {
namespace {

Drop fragment(Drop drop, const std::string& place) {
    return drop.at(place).dev("v1").ip("10.1.0.1", "10.1.0.2").fragment(0, true);
}

// What /proc/net/sockstat says of the memory that fragments hold.
Drop holding(Drop drop, uint64_t bytes) {
    drop.state().before["frag.memory"] = 0;
    drop.state().after["frag.memory"] = bytes;
    return drop.sysctl("net.ipv4.ipfrag_high_thresh", "1000");
}

std::vector<Fixture> timeouts() {
    return {
        fragment(Drop::on_6_1("reassembly timer"), "ip_expire")
            .sysctl("net.ipv4.ipfrag_time", "1")
            .counter("snmp.Ip.ReasmTimeout", 3)
            .lost("frag-timeout",
                  "the other fragments of the packet 10.1.0.1 > 10.1.0.2 did not come within 1 s",
                  {"place"}),
        fragment(Drop::on_6_1("reassembly timer, the rest of the queue"), "inet_frag_rbtree_purge")
            .under({"inet_frag_destroy", "ip_expire", "call_timer_fn"})
            .lost("frag-timeout", "did not come", {"stack", "sample"}),
        fragment(Drop::on_6_18("reassembly timer"), "ip_expire")
            .reason("FRAG_REASM_TIMEOUT")
            .lost("frag-timeout", "did not come", {"reason+place"}),
        fragment(Drop::on_6_18("reassembly timer, IPv6"), "inet_frag_rbtree_purge")
            .ip("fd00::1", "fd00::2")
            .reason("FRAG_REASM_TIMEOUT")
            .lost("frag-timeout", "fd00::1 > fd00::2", {"reason"}),
        fragment(Drop::on_6_1("a queue that went with its namespace"), "inet_frag_rbtree_purge")
            .under({"inet_frag_destroy", "fqdir_free_fn"})
            .unknown(),
    };
}

std::vector<Fixture> memory() {
    return {
        holding(fragment(Drop::on_6_1("fragment memory"), "ip_defrag"), 4000)
            .counter("snmp.Ip.ReasmFails", 3)
            .counter("netstat.IpExt.ReasmOverlaps", 0)
            .likely_lost("frag-memory"),
        holding(fragment(Drop::on_6_18("fragment memory"), "ip_defrag"), 4000)
            .counter("snmp.Ip.ReasmFails", 3)
            .counter("netstat.IpExt.ReasmOverlaps", 0)
            .likely_lost("frag-memory", "hold 4000 bytes, more than ipfrag_high_thresh=1000"),
        holding(fragment(Drop::on_6_1("fragment memory, and overlaps"), "ip_defrag"), 4000)
            .counter("snmp.Ip.ReasmFails", 3)
            .counter("netstat.IpExt.ReasmOverlaps", 1)
            .likely_lost("frag-memory"),
        // As the packet met it, whatever is left of it at the end.
        holding(fragment(Drop::on_6_1("fragment memory, seen"), "ip_defrag"), 0)
            .around("ip_defrag", {{"mem", 4000}, {"high_thresh", 1}})
            .lost("frag-memory", "hold 4000 bytes, more than ipfrag_high_thresh=1",
                  {"fact:ip_defrag"}),
        holding(fragment(Drop::on_6_1("fragment memory, full only later"), "ip_defrag"), 4000)
            .around("ip_defrag", {{"mem", 100}, {"high_thresh", 1000}})
            .counter("snmp.Ip.ReasmFails", 3)
            .counter("netstat.IpExt.ReasmOverlaps", 0)
            .unknown(),
        holding(fragment(Drop::on_6_1("a malformed fragment"), "ip_defrag"), 100)
            .counter("snmp.Ip.ReasmFails", 3)
            .counter("netstat.IpExt.ReasmOverlaps", 0)
            .unknown(),
    };
}

std::vector<Fixture> overlaps() {
    return {
        holding(fragment(Drop::on_6_1("overlap"), "ip_defrag"), 100)
            .counter("snmp.Ip.ReasmFails", 3)
            .counter("netstat.IpExt.ReasmOverlaps", 3)
            .lost("frag-overlap", "fragments of the packet 10.1.0.1 > 10.1.0.2 overlap",
                  {"counters", "state"}),
        fragment(Drop::on_6_18("overlap"), "ip_defrag")
            .counter("snmp.Ip.ReasmFails", 3)
            .counter("netstat.IpExt.ReasmOverlaps", 3)
            .lost("frag-overlap", "overlap", {"counters"}),
        fragment(Drop::on_6_1("overlap, and others"), "ip_defrag")
            .counter("snmp.Ip.ReasmFails", 3)
            .counter("netstat.IpExt.ReasmOverlaps", 1)
            .likely_lost("frag-overlap"),
        fragment(Drop::on_6_1("overlap, the queue goes"), "inet_frag_rbtree_purge")
            .under({"inet_frag_destroy", "ip_defrag"})
            .counter("snmp.Ip.ReasmFails", 3)
            .counter("netstat.IpExt.ReasmOverlaps", 3)
            .likely_lost("frag-overlap"),
        fragment(Drop::on_6_1("overlap, seen"), "ip_defrag")
            .fact("inet_frag_queue_insert", 2)
            .lost("frag-overlap", "overlap", {"fact:inet_frag_queue_insert"}),
        fragment(Drop::on_6_1("duplicate, seen"), "ip_defrag")
            .fact("inet_frag_queue_insert", 1)
            .harmless("frag-overlap", {"fact:inet_frag_queue_insert"}),
        // With a filter the counters say nothing about these packets.
        fragment(Drop::on_6_1("overlap, filtered"), "ip_defrag")
            .filter("host 10.1.0.1")
            .counter("snmp.Ip.ReasmFails", 3)
            .counter("netstat.IpExt.ReasmOverlaps", 3)
            .unknown(),
        fragment(Drop::on_6_1("duplicate"), "ip_defrag")
            .counter("snmp.Ip.ReasmFails", 0)
            .counter("netstat.IpExt.ReasmOverlaps", 0)
            .likely_harmless("frag-overlap"),
        fragment(Drop::on_6_18("duplicate"), "ip_defrag")
            .reason("DUP_FRAG")
            .harmless("frag-overlap", {"reason"}),
        fragment(Drop::on_6_18("too far"), "ip_defrag")
            .reason("FRAG_TOO_FAR")
            .sysctl("net.ipv4.ipfrag_max_dist", "64")
            .lost("frag-too-far", "ipfrag_max_dist", {"reason"}),
    };
}

Drop fragment6(Drop drop, const std::string& place) {
    return drop.at(place).dev("v1").ip("fd00::1", "fd00::2").fragment(0, true);
}

std::vector<Fixture> ipv6_fragments() {
    const auto holding6 = [](Drop drop, uint64_t bytes) {
        drop.state().after["frag6.memory"] = bytes;
        return drop.sysctl("net.ipv6.ip6frag_high_thresh", "1000");
    };
    return {
        holding6(fragment6(Drop::on_6_1("IPv6 fragment memory"), "ipv6_frag_rcv"), 4000)
            .counter("snmp6.Ip6ReasmFails", 3)
            .likely_lost("frag-memory", "hold 4000 bytes, more than ip6frag_high_thresh=1000"),
        holding6(fragment6(Drop::on_6_1("IPv6 overlap"), "ipv6_frag_rcv"), 100)
            .counter("snmp6.Ip6ReasmFails", 3)
            .likely_lost("frag-overlap", "fragments of the packet fd00::1 > fd00::2 overlap or"),
        fragment6(Drop::on_6_1("IPv6 overlap, the queue goes"), "inet_frag_rbtree_purge")
            .under({"inet_frag_destroy", "ipv6_frag_rcv"})
            .counter("snmp6.Ip6ReasmFails", 1)
            .likely_lost("frag-overlap"),
        fragment6(Drop::on_6_1("IPv6 duplicate"), "ipv6_frag_rcv")
            .counter("snmp6.Ip6ReasmFails", 0)
            .likely_harmless("frag-overlap"),
        fragment6(Drop::on_6_1("IPv6, nothing counted"), "ipv6_frag_rcv").unknown(),
    };
}

}  // namespace

std::vector<Fixture> fragment_fixtures() {
    return join({timeouts, memory, overlaps, ipv6_fragments});
}

}  // namespace knowhy::explain::testing
