#include <gtest/gtest.h>

#include "net/decode/packets_for_tests.h"

namespace knowhy::net {
namespace {

using model::Decoded;
using namespace test;  // NOLINT: the builders read as the packets they make

TEST(Decode, Vxlan) {
    const Bytes inner = ethernet(0x0800, ipv4({.protocol = 6}, tcp({}, {})));
    const Bytes outer = ipv4({.source = "10.0.0.1", .destination = "10.0.0.2"},
                             udp({.destination = 4789}, vxlan(42, inner)));
    const Decoded packet = decode_frame(ethernet(0x0800, outer));
    expect_good(packet);
    EXPECT_EQ(packet.tunnel->id, 42U);
    EXPECT_EQ(packet.tunnel->inner->transport->destination_port, 443);
    EXPECT_EQ(packet.summary(),
              "10.0.0.1 > 10.0.0.2 vxlan 42: 10.1.0.1:41250 > 10.1.0.2:443 tcp S");
}

TEST(Decode, AnotherProtocolOnATunnelsPortIsNoTunnel) {
    const Decoded vx = decode_network(0x0800, ipv4({}, udp({.destination = 4789}, zeros(40))));
    expect_good(vx);
    EXPECT_FALSE(vx.tunnel);
    const Decoded tiny = decode_network(0x0800, ipv4({}, udp({.destination = 6081}, zeros(3))));
    expect_good(tiny);
    EXPECT_FALSE(tiny.tunnel);
    const Decoded short_bth =
        decode_network(0x0800, ipv4({}, udp({.destination = 4791}, zeros(11))));
    expect_good(short_bth);
    EXPECT_FALSE(short_bth.roce);
}

TEST(Decode, Geneve) {
    const Bytes inner = ipv6({}, udp({}, {}));
    const Decoded packet =
        decode_network(0x0800, ipv4({}, udp({.destination = 6081}, geneve(7, 0x86dd, 2, inner))));
    expect_good(packet);
    EXPECT_EQ(packet.summary(),
              "10.1.0.1 > 10.1.0.2 geneve 7: [2001:db8::1]:1111 > [2001:db8::2]:9 udp");
}

TEST(Decode, Gre) {
    const Bytes ip = ipv4({}, udp({}, {}));
    const Bytes everything{0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 9};
    const Decoded keyed =
        decode_network(0x0800, ipv4({.protocol = 47}, gre(0xb000, 0x0800, everything, ip)));
    expect_good(keyed);
    EXPECT_EQ(keyed.tunnel->id, 5U);
    EXPECT_EQ(keyed.summary(), "10.1.0.1 > 10.1.0.2 gre 5: 10.1.0.1:1111 > 10.1.0.2:9 udp");
    const Decoded bridged = decode_network(
        0x0800, ipv4({.protocol = 47}, gre(0, 0x6558, {}, ethernet(0x0806, arp(1)))));
    EXPECT_EQ(bridged.summary(), "10.1.0.1 > 10.1.0.2 gretap: ARP who-has 10.1.0.2 tell 10.1.0.1");
    const Decoded pptp =
        decode_network(0x0800, ipv4({.protocol = 47}, gre(0x2001, 0x880b, {}, {})));
    EXPECT_FALSE(pptp.tunnel);
}

TEST(Decode, IpInIp) {
    const Bytes four = ipv4({}, udp({}, {}));
    const Bytes six = ipv6({}, udp({}, {}));
    EXPECT_EQ(decode_network(0x0800, ipv4({.protocol = 4}, four)).tunnel->kind, "ipip");
    EXPECT_EQ(decode_network(0x0800, ipv4({.protocol = 41}, six)).tunnel->kind, "sit");
    EXPECT_EQ(decode_network(0x86dd, ipv6({.next_header = 4}, four)).tunnel->kind, "ipip6");
    const Decoded both = decode_network(0x86dd, ipv6({.next_header = 41}, six));
    expect_good(both);
    EXPECT_EQ(both.tunnel->kind, "ip6ip6");
    EXPECT_EQ(both.tunnel->inner->transport->destination_port, 9);
}

TEST(Decode, TunnelsEndAtABound) {
    Bytes packet = ipv4({}, udp({}, {}));
    for (int i = 0; i < 50; ++i) packet = ipv4({.protocol = 4}, packet);
    const Decoded outer = decode_network(0x0800, packet);
    expect_good(outer);
    int depth = 0;
    const Decoded* at = &outer;
    for (; at->tunnel; at = at->tunnel->inner.get()) ++depth;
    EXPECT_EQ(depth, 5);
    EXPECT_FALSE(at->ip);
    EXPECT_EQ(at->summary(), "no packet data");
}

TEST(Decode, RoceV2) {
    const Bytes packet = ipv4({.source = "10.9.0.1", .destination = "10.9.0.2"},
                              udp({.destination = 4791}, roce(4, 17, 7)));
    const Decoded decoded = decode_network(0x0800, packet);
    expect_good(decoded);
    EXPECT_EQ(decoded.roce->opcode, 4);
    EXPECT_EQ(decoded.summary(), "10.9.0.1:1111 > 10.9.0.2:4791 roce RC SEND_ONLY qp 17 psn 7");
}

}  // namespace
}  // namespace knowhy::net
