#include "net/snapshot/proc_counters.h"

#include <gtest/gtest.h>

#include "net/snapshot/interrupts.h"

namespace knowhy::net {
namespace {

using model::Counters;

TEST(ProcCounters, NamesAndValuesInPairsOfLines) {
    Counters counters;
    add_paired_lines(
        "Ip: Forwarding InReceives\nIp: 2 1234\n"
        "Tcp: MaxConn ActiveOpens\nTcp: -1 7\n",
        "snmp", counters);
    EXPECT_EQ(counters, (Counters{{"snmp.Ip.Forwarding", 2},
                                  {"snmp.Ip.InReceives", 1234},
                                  {"snmp.Tcp.ActiveOpens", 7}}));
}

TEST(ProcCounters, LinesThatDoNotPairAreLeftOut) {
    Counters counters;
    add_paired_lines("Ip: A B\nUdp: C\nUdp: 5\n\nbroken\nIcmp: X Y Z\nIcmp: 1 2\n", "snmp",
                     counters);
    EXPECT_EQ(counters, (Counters{{"snmp.Udp.C", 5}, {"snmp.Icmp.X", 1}, {"snmp.Icmp.Y", 2}}));
}

TEST(ProcCounters, OneALine) {
    Counters counters;
    add_snmp6("Ip6InReceives                   \t12\nIp6InNoRoutes\t0\nbroken\n", counters);
    EXPECT_EQ(counters, (Counters{{"snmp6.Ip6InReceives", 12}, {"snmp6.Ip6InNoRoutes", 0}}));
}

TEST(ProcCounters, SocketsAndFragmentMemory) {
    Counters counters;
    add_sockstat("sockets: used 5\nUDP: inuse 1 mem 2\nFRAG: inuse 3 memory 4096\n", counters);
    add_sockstat("TCP6: inuse 1\nFRAG6: inuse 0 memory 0\n", counters);
    EXPECT_EQ(counters, (Counters{{"frag.inuse", 3},
                                  {"frag.memory", 4096},
                                  {"frag6.inuse", 0},
                                  {"frag6.memory", 0},
                                  {"sockets.TCP6.inuse", 1},
                                  {"sockets.UDP.inuse", 1},
                                  {"sockets.UDP.mem", 2},
                                  {"sockets.used", 5}}));
}

TEST(ProcCounters, TablesPerCpuAreHexadecimalAndSummed) {
    Counters counters;
    add_per_cpu_table(
        "entries  in_hit in_martian_src\n00000005  00000000 0000000a\n"
        "00000005  00000001 00000010\n",
        "rt_cache", counters);
    EXPECT_EQ(counters, (Counters{{"rt_cache.in_hit", 1}, {"rt_cache.in_martian_src", 26}}));
}

TEST(ProcCounters, ANeighbourTableHasItsEntriesOnce) {
    Counters counters;
    add_neighbour_table("entries  table_fulls\n0000000c  00000001\n0000000c  00000002\n",
                        "arp_cache", counters);
    EXPECT_EQ(counters, (Counters{{"arp_cache.entries", 12}, {"arp_cache.table_fulls", 3}}));
}

TEST(ProcCounters, SoftnetHasNoNames) {
    Counters counters;
    add_softnet(
        "00000010 00000002 00000001 0 0 0 0 0 0 00000003 00000004 0 0\n"
        "00000001 00000001 00000000 0 0 0 0 0 0 00000000 00000000 0 1\n",
        counters);
    EXPECT_EQ(counters["softnet.processed"], 17U);
    EXPECT_EQ(counters["softnet.dropped"], 3U);
    EXPECT_EQ(counters["softnet.time_squeeze"], 1U);
    EXPECT_EQ(counters["softnet.received_rps"], 3U);
    EXPECT_EQ(counters["softnet.flow_limit"], 4U);
    EXPECT_EQ(counters["softnet.cpu0.processed"], 16U);
    EXPECT_EQ(counters["softnet.cpu1.dropped"], 1U);
}

TEST(ProcCounters, SoftnetOfOldKernelsIsOfNoCpu) {
    Counters counters;
    add_softnet("00000010 00000002 00000001 0 0 0 0 0 0 00000003 00000004\n", counters);
    EXPECT_EQ(counters, (Counters{{"softnet.processed", 16},
                                  {"softnet.dropped", 2},
                                  {"softnet.time_squeeze", 1},
                                  {"softnet.received_rps", 3},
                                  {"softnet.flow_limit", 4}}));
}

TEST(Interrupts, QueuesByTheirDevices) {
    const auto all = parse_interrupts(
        "           CPU0       CPU1\n"
        " 11:         10          2   IO-APIC  11-fasteoi   eth0\n"
        " 25:          0      12345   PCI-MSI 49153-edge      virtio0-input.0\n"
        "NMI:          3          4   Non-maskable interrupts\n"
        "MIS:          1\n");
    ASSERT_EQ(all.size(), 4U);
    EXPECT_EQ(all[1].line, "25");
    EXPECT_EQ(all[1].count, 12345U);
    EXPECT_EQ(all[1].action, "virtio0-input.0");
    EXPECT_EQ(all[3].line, "MIS");

    Counters counters;
    add_interrupts(all, {"eth0", "0000:00:02.0", {"25"}}, counters);
    EXPECT_EQ(counters,
              (Counters{{"interrupts.eth0.eth0", 12}, {"interrupts.eth0.virtio0-input.0", 12345}}));
    counters.clear();
    add_missed_interrupts(all, counters);
    EXPECT_EQ(counters, (Counters{{"interrupts.MIS", 1}}));
}

}  // namespace
}  // namespace knowhy::net
