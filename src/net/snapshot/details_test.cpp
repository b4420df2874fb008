// The files that a diagnosis reads beyond netlink.
#include <gtest/gtest.h>

#include "host/sysctl.h"
#include "net/snapshot/bonds.h"
#include "net/snapshot/handlers.h"
#include "net/snapshot/netns_for_tests.h"

namespace knowhy::net {
namespace {

TEST(Bonding, KeysAndPartnersArePerSlave) {
    const auto ports = parse_bonding(
        "Bonding Mode: IEEE 802.3ad Dynamic link aggregation\nMII Status: up\n"
        "802.3ad info\nSystem MAC address: 76:b9:50:c0:5c:eb\n\n"
        "Slave Interface: d0\nMII Status: up\nSpeed: Unknown\nDuplex: Unknown\nAggregator ID: 1\n"
        "details actor lacp pdu:\n    system priority: 65535\n    port key: 0\n"
        "details partner lacp pdu:\n    system mac address: 00:00:00:00:00:00\n    oper key: 1\n"
        "\nSlave Interface: s0\nSpeed: 10000 Mbps\nDuplex: full\n");
    ASSERT_EQ(ports.size(), 2U);
    EXPECT_EQ(ports.at("d0").speed, "Unknown");
    EXPECT_EQ(ports.at("d0").actor_key, 0);
    EXPECT_EQ(ports.at("d0").partner_key, 1);
    EXPECT_EQ(ports.at("d0").partner_mac, model::MacAddress{});
    EXPECT_EQ(ports.at("s0").duplex, "full");
    EXPECT_EQ(ports.at("s0").actor_key, std::nullopt);
}

TEST(Bonding, WhatIsNoNumberIsAbsent) {
    const auto ports = parse_bonding(
        "Slave Interface: x\ndetails actor lacp pdu:\n port key: 70000\n"
        "details partner lacp pdu:\n oper key: y\n system mac address: z\n");
    EXPECT_EQ(ports.at("x").actor_key, std::nullopt);
    EXPECT_EQ(ports.at("x").partner_key, std::nullopt);
    EXPECT_EQ(ports.at("x").partner_mac, std::nullopt);
}

TEST(PacketHandlers, DeviceAndModuleAreOptional) {
    const auto handlers = parse_ptype(
        "Type Device      Function\n0800          ip_rcv\nALL  eth0     packet_rcv\n"
        "0806          rlb_arp_recv [bonding]\n\n");
    ASSERT_EQ(handlers.size(), 3U);
    EXPECT_EQ(handlers[0].device, "");
    EXPECT_EQ(handlers[1].device, "eth0");
    EXPECT_EQ(handlers[1].protocol, "ALL");
    EXPECT_EQ(handlers[2].function, "rlb_arp_recv [bonding]");
    EXPECT_EQ(handlers[2].device, "");
}

class Details : public test::NetnsTest {};

TEST_F(Details, OfAVethAndOfLoopback) {
    run("ip link add v0 type veth peer name v1");
    run("ip link set v0 up");
    run("ip link set v1 up");
    model::NetnsState state = look();
    const auto read = read_details(netns_, state);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_TRUE(state.detailed);
    const model::Link* veth = state.link("v0");
    ASSERT_NE(veth, nullptr);
    ASSERT_TRUE(veth->settings);
    EXPECT_EQ(veth->settings->error, 0);
    EXPECT_EQ(veth->settings->speed, 10000U);
    EXPECT_EQ(veth->settings->duplex, "full");
    EXPECT_FALSE(veth->features.empty());
    EXPECT_FALSE(veth->virtio_features);
    EXPECT_FALSE(state.packet_handlers.empty());
}

TEST_F(Details, AllSysctlsAreThoseOfTheNamespace) {
    run("ip link add v0.7 type veth peer name v1");
    run("sysctl -qw net.ipv4.conf.v0/7.rp_filter=2");
    model::NetnsState state = look();
    const auto read = read_all_sysctls(netns_, state);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(state.sysctl("net.ipv4.conf.v0.7.rp_filter"), 2);
    EXPECT_TRUE(state.sysctl("net.ipv4.ip_forward"));
    // One that can only be written.
    EXPECT_FALSE(state.sysctls.contains("net.ipv4.route.flush"));
    for (const auto& [name, value] : state.sysctls) {
        EXPECT_TRUE(name.starts_with("net.")) << name;
        EXPECT_TRUE(value) << name;
    }
}

TEST_F(Details, KeysAreNeverTaken) {
    const std::string key = "0badc0de-0badc0de-0badc0de-0badc0de";
    const std::string secret = "2001:db8:0bad:c0de:0bad:c0de:0bad:c0de";
    run("sysctl -qw net.ipv4.tcp_fastopen_key=" + key);
    run("ip link add v0 type veth peer name v1");
    const bool has_ipv6 = try_run("sysctl -qw net.ipv6.conf.v0.stable_secret=" + secret);
    model::NetnsState state = look();
    ASSERT_TRUE(read_all_sysctls(netns_, state));
    ASSERT_TRUE(read_sysctls(
        netns_, {"net.ipv4.tcp_fastopen_key", "net.ipv6.conf.v0.stable_secret"}, state));
    EXPECT_EQ(has_ipv6, state.sysctls.contains("net.ipv6.conf.v0.accept_ra"));
    for (const auto& [name, value] : state.sysctls) {
        EXPECT_FALSE(host::sysctl_is_secret(name)) << name;
        EXPECT_EQ(value.value_or("").find("0bad"), std::string::npos) << name;
    }
}

}  // namespace
}  // namespace knowhy::net
