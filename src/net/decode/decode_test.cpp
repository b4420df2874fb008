#include "net/decode/decode.h"

#include <gtest/gtest.h>

#include "net/decode/packets_for_tests.h"

namespace knowhy::net {
namespace {

using model::Decoded;
using model::RawPacket;
using namespace test;  // NOLINT: the builders read as the packets they make

TEST(Decode, NothingIsNothing) {
    const Decoded none = decode({});
    expect_good(none);
    EXPECT_EQ(none.summary(), "no packet data");
}

TEST(Decode, UdpOverEthernet) {
    const Decoded packet = decode_frame(ethernet(0x0800, ipv4({}, udp({}, zeros(20)))));
    expect_good(packet);
    EXPECT_EQ(packet.ethernet->source.text(), "02:00:00:00:00:01");
    EXPECT_EQ(packet.ethernet->destination.text(), "02:00:00:00:00:02");
    EXPECT_EQ(packet.ethertype, 0x0800);
    EXPECT_EQ(packet.ip->ttl, 64);
    EXPECT_EQ(packet.ip->total_length, 48U);
    EXPECT_EQ(packet.ip->header_length, 20);
    EXPECT_EQ(packet.ip->id, 77);
    EXPECT_TRUE(packet.ip->checksum_ok);
    EXPECT_EQ(packet.transport->protocol, 17);
    EXPECT_EQ(packet.transport->source_port, 1111);
    EXPECT_EQ(packet.transport->destination_port, 9);
    EXPECT_EQ(packet.transport->udp_length, 28);
    EXPECT_EQ(packet.summary(), "10.1.0.1:1111 > 10.1.0.2:9 udp");
}

TEST(Decode, TcpWithTimestamps) {
    const Bytes segment = tcp({.options = timestamps(7, 8)}, zeros(100));
    const Decoded packet = decode_network(0x0800, ipv4({.protocol = 6}, segment));
    expect_good(packet);
    const model::TcpHeader& header = *packet.transport->tcp;
    EXPECT_EQ(header.sequence, 1000U);
    EXPECT_EQ(header.acknowledgement, 2000U);
    EXPECT_EQ(header.header_length, 32);
    EXPECT_EQ(header.payload_length, 100U);
    EXPECT_EQ(header.window, 512);
    EXPECT_EQ(header.timestamp, 7U);
    EXPECT_EQ(header.timestamp_echo, 8U);
    EXPECT_TRUE(header.syn);
    EXPECT_FALSE(header.ack);
    EXPECT_EQ(packet.summary(), "10.1.0.1:41250 > 10.1.0.2:443 tcp S");
}

TEST(Decode, TcpPayloadIsCountedWithoutTheFramesPadding) {
    Bytes frame = ethernet(0x0800, ipv4({.protocol = 6}, tcp({.flags = 0x10}, {})));
    frame.resize(60);
    const Decoded packet = decode_frame(frame);
    expect_good(packet);
    EXPECT_EQ(packet.transport->tcp->payload_length, 0U);
    EXPECT_EQ(packet.summary(), "10.1.0.1:41250 > 10.1.0.2:443 tcp .");
}

TEST(Decode, ABadOptionListEndsAndIsNoContradiction) {
    const Bytes options{1, 8, 10, 0, 1, 99, 0, 0};
    const Decoded packet =
        decode_network(0x0800, ipv4({.protocol = 6}, tcp({.options = options}, {})));
    expect_good(packet);
    EXPECT_FALSE(packet.transport->tcp->timestamp);
}

TEST(Decode, VlanTagsStack) {
    const Bytes inner = vlan_tag(7, 0x0800, ipv4({}, udp({}, {})));
    const Decoded packet = decode_frame(ethernet(0x88a8, vlan_tag(0x6064, 0x8100, inner)));
    expect_good(packet);
    ASSERT_EQ(packet.vlans.size(), 2U);
    EXPECT_EQ(packet.vlans[0].tpid, 0x88a8);
    EXPECT_EQ(packet.vlans[0].id, 100);
    EXPECT_EQ(packet.vlans[0].priority, 3);
    EXPECT_EQ(packet.vlans[1].id, 7);
    EXPECT_EQ(packet.ethernet->ethertype, 0x0800);
    EXPECT_EQ(packet.summary(), "vlan 100, vlan 7, 10.1.0.1:1111 > 10.1.0.2:9 udp");
}

TEST(Decode, VlanTagsThatStartAtTheNetworkHeader) {
    const Decoded packet = decode_network(0x8100, vlan_tag(7, 0x0806, arp(1)));
    expect_good(packet);
    EXPECT_EQ(packet.vlans.at(0).id, 7);
    EXPECT_EQ(packet.summary(), "vlan 7, ARP who-has 10.1.0.2 tell 10.1.0.1");
}

TEST(Decode, EndlessVlanTagsAreMalformed) {
    Bytes payload;
    for (int i = 0; i < 100; ++i) payload = vlan_tag(1, 0x8100, payload);
    const Decoded packet = decode_frame(ethernet(0x8100, payload));
    EXPECT_TRUE(packet.malformed);
    EXPECT_EQ(packet.vlans.size(), 8U);
    EXPECT_EQ(packet.problem, "more than 8 VLAN tags");
}

TEST(Decode, LlcAndSnap) {
    const Bytes bpdu{0x42, 0x42, 3, 0, 0, 0};
    const Decoded stp = decode_frame(ethernet(6, bpdu));
    expect_good(stp);
    EXPECT_EQ(stp.llc->destination_sap, 0x42);
    EXPECT_EQ(stp.ethertype, 0);
    EXPECT_EQ(stp.summary(), "02:00:00:00:00:01 > 02:00:00:00:00:02 STP");

    Bytes snap{0xaa, 0xaa, 3, 0, 0, 0, 8, 0};
    put(snap, ipv4({}, udp({}, {})));
    const Decoded packet = decode_frame(ethernet(static_cast<unsigned>(snap.size()), snap));
    expect_good(packet);
    EXPECT_EQ(packet.ethertype, 0x0800);
    EXPECT_EQ(packet.transport->destination_port, 9);
    EXPECT_TRUE(decode_frame(ethernet(99, bpdu)).malformed);
}

TEST(Decode, TheKernelsOwnNumberForLlcFrames) {
    const Decoded packet = decode_network(0x0004, {0x42, 0x42, 3, 0, 0, 0});
    expect_good(packet);
    EXPECT_EQ(packet.summary(), "STP");
}

TEST(Decode, Arp) {
    EXPECT_EQ(decode_frame(ethernet(0x0806, arp(1))).summary(),
              "ARP who-has 10.1.0.2 tell 10.1.0.1");
    EXPECT_EQ(decode_frame(ethernet(0x0806, arp(2))).summary(),
              "ARP 10.1.0.1 is-at 02:00:00:00:00:01");
    const Decoded odd = decode_frame(ethernet(0x0806, arp(1, 5)));
    EXPECT_TRUE(odd.malformed);
    EXPECT_EQ(odd.summary(), "ARP operation 1 (malformed: ARP with addresses of 5 and 4 bytes)");
}

TEST(Decode, ProtocolsWithoutADecoderHaveTheirName) {
    const Decoded lacp = decode_frame(ethernet(0x8809, zeros(50)));
    expect_good(lacp);
    EXPECT_EQ(lacp.summary(), "02:00:00:00:00:01 > 02:00:00:00:00:02 LACP");
    const Decoded strange = decode_network(0x0800, ipv4({.protocol = 253}, zeros(8)));
    expect_good(strange);
    EXPECT_EQ(strange.summary(), "10.1.0.1 > 10.1.0.2 proto 253");
}

TEST(Decode, IcmpEchoAndErrors) {
    const Decoded echo = decode_network(0x0800, ipv4({.protocol = 1}, icmp_echo(8, 5, 1)));
    expect_good(echo);
    EXPECT_EQ(echo.summary(), "10.1.0.1 > 10.1.0.2 icmp echo request id 5 seq 1");
    const Decoded error = decode_network(0x0800, ipv4({.protocol = 1}, {3, 3, 0, 0, 0, 0, 0, 0}));
    EXPECT_EQ(error.summary(), "10.1.0.1 > 10.1.0.2 icmp unreachable code 3");
    const Decoded six = decode_network(0x86dd, ipv6({.next_header = 58}, icmp_echo(128, 5, 1)));
    EXPECT_EQ(six.summary(), "2001:db8::1 > 2001:db8::2 icmpv6 echo request id 5 seq 1");
}

TEST(Decode, PortsOfSctpAndDccp) {
    for (const uint8_t protocol : {uint8_t{132}, uint8_t{33}}) {
        const Decoded packet =
            decode_network(0x0800, ipv4({.protocol = protocol}, {0, 1, 0, 2, 0, 0, 0, 0}));
        expect_good(packet);
        EXPECT_EQ(packet.transport->source_port, 1);
        EXPECT_EQ(packet.transport->destination_port, 2);
    }
}

TEST(Decode, Ipv6ExtensionHeaders) {
    const Bytes inner = extension(60, 1, extension(17, 0, udp({}, zeros(4))));
    const Decoded packet =
        decode_network(0x86dd, ipv6({.next_header = 0}, extension(43, 0, inner)));
    expect_good(packet);
    EXPECT_EQ(packet.ip->extensions, (Bytes{0, 43, 60}));
    EXPECT_EQ(packet.ip->header_length, 40 + 8 + 16 + 8);
    EXPECT_EQ(packet.ip->protocol, 17);
    EXPECT_EQ(packet.ip->tos, 0x28);
    EXPECT_EQ(packet.summary(), "[2001:db8::1]:1111 > [2001:db8::2]:9 udp");
}

TEST(Decode, EndlessExtensionHeadersAreMalformed) {
    Bytes payload;
    for (int i = 0; i < 100; ++i) payload = extension(60, 0, payload);
    const Decoded packet = decode_network(0x86dd, ipv6({.next_header = 60}, payload));
    EXPECT_TRUE(packet.malformed);
    EXPECT_EQ(packet.ip->extensions.size(), 16U);
}

TEST(Decode, NoNextHeaderHasNoTransport) {
    const Decoded packet = decode_network(0x86dd, ipv6({.next_header = 59}, {}));
    expect_good(packet);
    EXPECT_FALSE(packet.transport);
}

TEST(Decode, FirstFragmentsHavePortsAndLaterOnesHaveNot) {
    const Bytes datagram = udp({.length = 4000}, zeros(56));
    const Decoded first = decode_network(0x0800, ipv4({.fragment = 0x2000}, datagram));
    expect_good(first);
    EXPECT_TRUE(first.ip->more_fragments);
    EXPECT_EQ(first.summary(), "10.1.0.1:1111 > 10.1.0.2:9 udp fragment id 77 at 0");
    const Decoded later = decode_network(0x0800, ipv4({.fragment = 8}, zeros(64)));
    expect_good(later);
    EXPECT_EQ(later.ip->fragment_offset, 64);
    EXPECT_FALSE(later.transport);
    EXPECT_EQ(later.summary(), "10.1.0.1 > 10.1.0.2 udp fragment id 77 at 64");
}

TEST(Decode, FragmentsOfIpv6) {
    const Decoded first = decode_network(
        0x86dd, ipv6({.next_header = 44}, fragment6(17, 1, udp({.length = 999}, {}))));
    expect_good(first);
    EXPECT_EQ(first.transport->destination_port, 9);
    const Decoded later =
        decode_network(0x86dd, ipv6({.next_header = 44}, fragment6(17, 64, zeros(8))));
    EXPECT_EQ(later.ip->fragment_offset, 64);
    EXPECT_EQ(later.ip->protocol, 17);
    EXPECT_FALSE(later.transport);
    EXPECT_EQ(later.summary(), "2001:db8::1 > 2001:db8::2 udp fragment at 64");
}

TEST(Decode, AFirstFragmentMayEndInsideItsTransportHeader) {
    const Decoded packet =
        decode_network(0x0800, ipv4({.protocol = 6, .fragment = 0x2000}, zeros(8)));
    EXPECT_FALSE(packet.malformed);
    EXPECT_TRUE(packet.truncated);
    EXPECT_EQ(packet.transport->source_port, 0);
}

TEST(Decode, UdpLiteCountsItsCoverage) {
    expect_good(decode_network(0x0800, ipv4({.protocol = 136}, udp({.length = 0}, zeros(9)))));
    expect_good(decode_network(0x0800, ipv4({.protocol = 136}, udp({.length = 8}, zeros(9)))));
    const Decoded bad =
        decode_network(0x0800, ipv4({.protocol = 136}, udp({.length = 7}, zeros(9))));
    EXPECT_EQ(bad.problem, "UDP-Lite checksum coverage 7, less than 8");
}

TEST(Decode, AnUnsetProtocolIsReadFromTheHeader) {
    EXPECT_EQ(decode_network(0, ipv4({}, udp({}, {}))).ethertype, 0x0800);
    EXPECT_EQ(decode_network(0, ipv6({}, udp({}, {}))).ethertype, 0x86dd);
    EXPECT_EQ(decode_network(0, {0x99, 1, 2}).ethertype, 0);
}

TEST(Decode, ASegmentTooBigForTheLengthField) {
    const Bytes packet = ipv4({.protocol = 6, .total_length = 0}, tcp({}, zeros(40)));
    const Decoded big = decode({RawPacket::Start::Network, 0x0800, 100'000, packet});
    expect_good(big);
    EXPECT_EQ(big.ip->total_length, 100'000U);
    EXPECT_EQ(big.transport->tcp->payload_length, 100'000U - 40);
    EXPECT_TRUE(decode_network(0x0800, packet).malformed);
}

}  // namespace
}  // namespace knowhy::net
