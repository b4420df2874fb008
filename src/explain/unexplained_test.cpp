#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "explain/accounts.h"
#include "explain/counter_findings.h"
#include "explain/explain.h"

namespace knowhy::explain {
namespace {

using model::Finding;
using model::Observation;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr uint32_t kNetns = 4026531999;

Observation with_counter(const std::string& name, uint64_t delta) {
    Observation observation;
    model::NetnsState& state = observation.host.namespaces[kNetns];
    state.inum = kNetns;
    state.before[name] = 100;
    state.after[name] = 100 + delta;
    return observation;
}

Finding finding(const std::string& cause, const std::string& function, uint64_t count,
                const std::string& device = {}) {
    Finding one;
    one.cause = cause;
    one.count = count;
    one.netns = kNetns;
    one.device = device;
    one.where.emplace();
    one.where->function = function;
    return one;
}

TEST(Unexplained, WhatTheFindingsCoverIsExplained) {
    const auto observation = with_counter("snmp.Udp.NoPorts", 200000);
    const auto all = finding("no-socket-udp", "__udp4_lib_rcv", 200000);
    EXPECT_THAT(unexplained_counters(observation, {all}), IsEmpty());
}

TEST(Unexplained, TheRestIsNot) {
    const auto observation = with_counter("snmp.Udp.NoPorts", 10);
    const auto open =
        unexplained_counters(observation, {finding("no-socket-udp", "__udp4_lib_rcv", 3)});
    ASSERT_THAT(open, SizeIs(1));
    EXPECT_EQ(open[0].counter, "snmp.Udp.NoPorts");
    EXPECT_EQ(open[0].scope, "netns 4026531999");
    EXPECT_EQ(open[0].delta, 10);
    EXPECT_EQ(open[0].explained, 3);
}

TEST(Unexplained, FamiliesDoNotExplainEachOther) {
    const auto observation = with_counter("snmp.Udp.NoPorts", 3);
    const auto six = finding("no-socket-udp", "__udp6_lib_rcv", 3);
    EXPECT_THAT(unexplained_counters(observation, {six}), SizeIs(1));
}

TEST(Unexplained, NamespacesDoNotExplainEachOther) {
    const auto observation = with_counter("snmp.Udp.NoPorts", 3);
    auto elsewhere = finding("no-socket-udp", "__udp4_lib_rcv", 3);
    elsewhere.netns = 1;
    EXPECT_THAT(unexplained_counters(observation, {elsewhere}), SizeIs(1));
}

TEST(Unexplained, DevicesAreTakenFromTheCounter) {
    const auto observation = with_counter("link.v1.7.rx_dropped", 3);
    const auto open =
        unexplained_counters(observation, {finding("no-protocol-handler", "f", 3, "v1")});
    ASSERT_THAT(open, SizeIs(1));
    EXPECT_EQ(open[0].device, "v1.7");
    EXPECT_THAT(unexplained_counters(observation, {finding("no-protocol-handler", "f", 3, "v1.7")}),
                IsEmpty());
}

TEST(Unexplained, AQdiscsCounterBelongsToItsDevice) {
    const auto observation = with_counter("qdisc.va.1:.drops", 5);
    EXPECT_THAT(unexplained_counters(observation, {finding("qdisc-limit", "f", 5, "va")}),
                IsEmpty());
    const auto open = unexplained_counters(observation, {});
    ASSERT_THAT(open, SizeIs(1));
    EXPECT_EQ(open[0].device, "va");
}

TEST(Unexplained, WhatNeverBecameAPacketIsAlwaysOpen) {
    const auto open = unexplained_counters(with_counter("link.eth1.rx_missed_errors", 840), {});
    ASSERT_THAT(open, SizeIs(1));
    EXPECT_EQ(open[0].explained, 0);
}

TEST(Unexplained, AFilterHidesWhatItCannotCompare) {
    auto observation = with_counter("snmp.Udp.NoPorts", 10);
    observation.filter = "udp port 9";
    EXPECT_THAT(unexplained_counters(observation, {}), IsEmpty());
    auto missed = with_counter("link.eth1.rx_missed_errors", 1);
    missed.filter = "udp port 9";
    EXPECT_THAT(unexplained_counters(missed, {}), SizeIs(1));
}

TEST(Unexplained, HostWideMartiansMayConfirmAndNeverAccount) {
    Observation observation;
    observation.host.before["rt_cache.in_martian_src"] = 0;
    observation.host.after["rt_cache.in_martian_src"] = 50;
    EXPECT_THAT(unexplained_counters(observation, {}), IsEmpty());
    observation.host.before["softnet.dropped"] = 0;
    observation.host.after["softnet.dropped"] = 4;
    EXPECT_THAT(unexplained_counters(observation, {}), SizeIs(1));
    EXPECT_THAT(unexplained_counters(observation, {finding("cpu-backlog", "f", 4)}), IsEmpty());
}

TEST(Unexplained, CountersThatAreNoLossAreLeftOut) {
    EXPECT_THAT(unexplained_counters(with_counter("snmp.Udp.InDatagrams", 9), {}), IsEmpty());
}

TEST(CounterFindings, ASilentRefusalHasNoPlace) {
    auto observation = with_counter("netstat.TcpExt.ListenOverflows", 8);
    model::Listener full;
    full.protocol = 6;
    full.port = 80;
    full.state = 10;
    full.receive_queue = 2;
    full.send_queue = 1;
    observation.host.namespaces[kNetns].listeners.push_back(full);

    const auto found = counter_findings(observation, {});
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].cause, "listen-queue");
    EXPECT_EQ(found[0].count, 8U);
    EXPECT_FALSE(found[0].where.has_value());
    EXPECT_EQ(found[0].verdict, model::Verdict::Lost);
    ASSERT_THAT(found[0].evidence, SizeIs(2));
    EXPECT_EQ(found[0].evidence[1].value, "2 waiting, limit 1");
    // It accounts for itself.
    EXPECT_THAT(unexplained_counters(observation, found), IsEmpty());
}

TEST(CounterFindings, OnlyWhatNoGroupAccountsFor) {
    const auto observation = with_counter("netstat.TcpExt.TCPReqQFullDrop", 7);
    const auto found =
        counter_findings(observation, {finding("syn-backlog", "tcp_conn_request", 5)});
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].cause, "syn-backlog");
    EXPECT_EQ(found[0].count, 2U);
    EXPECT_EQ(found[0].sentence,
              "2 connection requests were refused because the SYN backlog of a listening socket "
              "was full");
}

}  // namespace
}  // namespace knowhy::explain
