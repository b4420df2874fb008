// Packets that are cut short or contradict themselves.
#include <gtest/gtest.h>

#include "net/decode/packets_for_tests.h"

namespace knowhy::net {
namespace {

using model::Decoded;
using namespace test;  // NOLINT: the builders read as the packets they make

// Truncated: the copy is short. Malformed: the packet is.
struct Damage {
    const char* name;
    Bytes packet;
    std::string_view problem;
};

class Malformed : public testing::TestWithParam<Damage> {};

TEST_P(Malformed, SaysWhatContradictsWhat) {
    const Decoded packet = decode_network(0x0800, GetParam().packet);
    EXPECT_TRUE(packet.malformed);
    EXPECT_FALSE(packet.truncated);
    EXPECT_EQ(packet.problem, GetParam().problem);
    EXPECT_NE(packet.summary().find(packet.problem), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Ipv4, Malformed,
    testing::Values(
        Damage{"version", ipv4({.version = 5}, udp({}, {})), "IP version 5 in an IPv4 packet"},
        Damage{"ihl", ipv4({.header_words = 4}, udp({}, {})),
               "IPv4 header length 16, less than 20"},
        Damage{"total", ipv4({.total_length = 12}, udp({}, {})),
               "IPv4 total length 12, less than its header's 20"},
        Damage{"beyond", ipv4({.total_length = 400}, udp({}, {})),
               "IPv4 total length 400, but the packet has 28 bytes"},
        Damage{"short", {0x45, 0, 0}, "an IPv4 header needs 20 bytes, the packet has 3 left"},
        Damage{"options", ipv4({.header_words = 15, .total_length = 60}, {}),
               "IPv4 total length 60, but the packet has 20 bytes"},
        Damage{"udp", ipv4({}, udp({.length = 7}, {})), "UDP length 7, less than 8"},
        Damage{"udp_zero", ipv4({}, udp({.length = 0}, {})), "UDP length 0, less than 8"},
        Damage{"udp_beyond", ipv4({}, udp({.length = 90}, {})),
               "UDP length 90, but the packet has 8 bytes left"},
        Damage{"udp_short", ipv4({}, {0, 1, 0, 2}),
               "a UDP header needs 8 bytes, the packet has 4 left"},
        Damage{"tcp", ipv4({.protocol = 6}, tcp({.header_words = 4}, {})),
               "TCP header length 16, less than 20"},
        Damage{"tcp_options", ipv4({.protocol = 6}, tcp({.header_words = 8}, {})),
               "a TCP header with its options needs 32 bytes, the packet has 20 left"}),
    [](const auto& test) { return test.param.name; });

TEST(Decode, Ipv6Contradictions) {
    EXPECT_EQ(decode_network(0x86dd, ipv6({.version = 5}, {})).problem,
              "IP version 5 in an IPv6 packet");
    EXPECT_EQ(decode_network(0x86dd, ipv6({.payload_length = 100}, udp({}, {}))).problem,
              "IPv6 payload length 100, but 8 bytes follow");
}

TEST(Decode, ABadChecksumIsNoContradiction) {
    const Decoded packet = decode_network(0x0800, ipv4({.bad_checksum = true}, udp({}, {})));
    expect_good(packet);
    EXPECT_FALSE(packet.ip->checksum_ok);
}

TEST(Decode, EveryShorterCopyIsTruncatedAndNeverMalformed) {
    const Bytes inner =
        ethernet(0x0800, ipv4({.protocol = 6}, tcp({.options = timestamps(1, 2)}, {})));
    const Bytes udp_bytes = udp({.destination = 4789}, vxlan(42, inner));
    const Bytes frame =
        ethernet(0x8100, vlan_tag(7, 0x0800, ipv4({.options = {1, 1, 1, 1}}, udp_bytes)));
    for (size_t copied = 0; copied < frame.size(); ++copied) {
        const Decoded packet = decode_frame(frame, copied);
        EXPECT_FALSE(packet.malformed) << copied << ": " << packet.problem;
        const bool inside = packet.tunnel && packet.tunnel->inner->truncated;
        EXPECT_TRUE(packet.truncated || inside) << copied;
        EXPECT_FALSE(packet.tunnel && packet.tunnel->inner->malformed) << copied;
    }
}

TEST(Decode, ACopyThatEndsBehindThePortsTellsThem) {
    const Bytes packet = ipv4({.protocol = 6}, tcp({}, {}));
    const Decoded cut = decode_network(0x0800, packet, 24);
    EXPECT_TRUE(cut.truncated);
    EXPECT_EQ(cut.summary(), "10.1.0.1:41250 > 10.1.0.2:443 tcp");
    EXPECT_EQ(decode_network(0x0800, packet, 19).summary(), "IPv4 (cut short)");
}

}  // namespace
}  // namespace knowhy::net
