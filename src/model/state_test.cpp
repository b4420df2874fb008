#include "model/state.h"

#include <gtest/gtest.h>

namespace knowhy::model {
namespace {

Route route(std::string_view destination, uint32_t table, uint32_t out, uint32_t metric = 0) {
    Route r;
    r.destination = Prefix::parse(destination).value();
    r.type = "unicast";
    r.table = table;
    r.out_ifindex = out;
    r.metric = metric;
    return r;
}

TEST(NetnsState, LooksUpTheLongestPrefix) {
    NetnsState state;
    state.routes = {route("0.0.0.0/0", 254, 1), route("10.0.0.0/8", 254, 2),
                    route("10.1.0.0/16", 254, 3), route("10.1.0.0/16", 100, 4)};
    const auto out = [&](std::string_view address, uint32_t table) {
        const Route* found = state.lookup(IpAddress::parse(address).value(), table);
        return found != nullptr ? found->out_ifindex : 0;
    };
    EXPECT_EQ(out("10.1.2.3", 254), 3U);
    EXPECT_EQ(out("10.2.2.3", 254), 2U);
    EXPECT_EQ(out("192.0.2.1", 254), 1U);
    EXPECT_EQ(out("10.1.2.3", 100), 4U);
    EXPECT_EQ(out("10.2.2.3", 100), 0U) << "no default route in that table";
}

TEST(NetnsState, PrefersTheLowerMetric) {
    NetnsState state;
    state.routes = {route("10.0.0.0/8", 254, 1, 600), route("10.0.0.0/8", 254, 2, 100)};
    EXPECT_EQ(state.lookup(IpAddress::parse("10.9.9.9").value(), 254)->out_ifindex, 2U);
}

TEST(NetnsState, TellsUnknownFromZero) {
    NetnsState state;
    state.sysctls = {{"net.ipv4.conf.v1.rp_filter", "2"}, {"net.ipv4.conf.v1.gone", std::nullopt}};
    EXPECT_EQ(state.sysctl("net.ipv4.conf.v1.rp_filter"), 2);
    EXPECT_EQ(state.sysctl("net.ipv4.conf.v1.gone"), std::nullopt);
    EXPECT_EQ(state.sysctl("net.ipv4.conf.v1.never_asked"), std::nullopt);

    state.before = {{"snmp.Udp.NoPorts", 5}, {"snmp.Udp.InErrors", 1}};
    state.after = {{"snmp.Udp.NoPorts", 8}};
    EXPECT_EQ(state.delta("snmp.Udp.NoPorts"), 3);
    EXPECT_EQ(state.delta("snmp.Udp.InErrors"), std::nullopt) << "not read a second time";
}

// Two looks at one namespace: a change between 200 and 300 parts them.
HostState changed_once() {
    HostState host;
    NetnsState& now = host.namespaces[7];
    now.inum = 7;
    now.from_ns = 300;
    host.earlier.resize(2);
    host.earlier[0].inum = 7;
    host.earlier[0].from_ns = 100;
    host.earlier[0].until_ns = 200;
    host.earlier[1].inum = 8;
    return host;
}

TEST(HostState, TellsHowANamespaceWasAtATime) {
    const HostState host = changed_once();
    EXPECT_EQ(host.netns_at(7, 150).state, &host.earlier[0]);
    EXPECT_FALSE(host.netns_at(7, 150).changing);
    EXPECT_EQ(host.netns_at(7, 300).state, &host.namespaces.at(7));
    EXPECT_FALSE(host.netns_at(7, 9000).changing);
    EXPECT_EQ(host.netns_at(7, 50).state, &host.earlier[0]) << "nothing is known to have changed";
    EXPECT_FALSE(host.netns_at(7, 50).changing);
    EXPECT_EQ(host.netns_at(9, 50).state, nullptr);
}

TEST(HostState, BetweenTwoLooksItMayHaveBeenEither) {
    const HostState host = changed_once();
    const StateAt between = host.netns_at(7, 250);
    EXPECT_EQ(between.state, &host.namespaces.at(7));
    EXPECT_EQ(between.other, &host.earlier[0]);
    EXPECT_TRUE(between.changing);
}

TEST(HostState, AfterTheLastLookItIsNotKnown) {
    HostState host = changed_once();
    host.namespaces[7].until_ns = 400;
    const StateAt after = host.netns_at(7, 401);
    EXPECT_EQ(after.state, &host.namespaces.at(7));
    EXPECT_EQ(after.other, nullptr);
    EXPECT_TRUE(after.changing);
}

TEST(NetnsState, FindsAnAddressOnAnyDevice) {
    NetnsState state;
    state.addresses = {{7, Prefix::parse("10.9.0.1/24").value(), "global", false, false, {}}};
    ASSERT_NE(state.local_address(IpAddress::parse("10.9.0.1").value()), nullptr);
    EXPECT_EQ(state.local_address(IpAddress::parse("10.9.0.1").value())->ifindex, 7U);
    EXPECT_EQ(state.local_address(IpAddress::parse("10.9.0.2").value()), nullptr);
}

}  // namespace
}  // namespace knowhy::model
