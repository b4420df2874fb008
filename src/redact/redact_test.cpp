#include "redact/redact.h"

#include <gtest/gtest.h>

#include <random>

#include "net/decode/decode.h"
#include "redact/packet.h"
#include "redact/text.h"

namespace knowhy::redact {
namespace {

using model::IpAddress;
using model::MacAddress;
using model::Prefix;

IpAddress ip(const std::string& text) {
    return *IpAddress::parse(text);
}
Prefix prefix(const std::string& text) {
    return *Prefix::parse(text);
}

AddressMap::Random seeded(unsigned seed) {
    return [random = std::mt19937_64(seed)]() mutable { return random(); };
}

unsigned shared_bits(const IpAddress& a, const IpAddress& b) {
    unsigned shared = 0;
    for (size_t i = 0; i < a.bytes().size(); ++i) {
        for (unsigned mask = 0x80; mask != 0; mask >>= 1U, ++shared)
            if ((a.bytes()[i] & mask) != (b.bytes()[i] & mask)) return shared;
    }
    return shared;
}

TEST(AddressMap, WhatSharesBitsStillDoes) {
    std::mt19937 random(7);
    AddressMap map(seeded(1));
    std::vector<IpAddress> all;
    for (int i = 0; i < 60; ++i) {
        std::array<uint8_t, 4> four{};
        for (uint8_t& byte : four) byte = static_cast<uint8_t>(random() % (i % 2 == 0 ? 256 : 3));
        all.push_back(IpAddress::v4(four));
        std::array<uint8_t, 16> sixteen{0x20, 0x01};
        for (uint8_t& byte : std::span(sixteen).subspan(2))
            byte = static_cast<uint8_t>(random() % 3);
        all.push_back(IpAddress::v6(sixteen));
    }
    for (const IpAddress& a : all) {
        for (const IpAddress& b : all) {
            if (a.family() != b.family()) continue;
            EXPECT_EQ(shared_bits(a, b), shared_bits(map.ip(a), map.ip(b))) << a.text() << b.text();
        }
    }
}

TEST(AddressMap, AddressesAreOthers) {
    unsigned same = 0;
    for (unsigned seed = 0; seed < 100; ++seed) {
        AddressMap map(seeded(seed));
        same += map.ip(ip("93.184.216.34")) == ip("93.184.216.34") ? 1U : 0U;
        same += map.ip(ip("2001:db8:12::34")) == ip("2001:db8:12::34") ? 1U : 0U;
    }
    EXPECT_LT(same, 3U);
}

TEST(AddressMap, RangesAndEveryonesAddressesAreKept) {
    for (unsigned seed = 0; seed < 50; ++seed) {
        AddressMap map(seeded(seed));
        for (const char* text :
             {"127.0.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.251", "::1", "::", "ff02::1"})
            EXPECT_EQ(map.ip(ip(text)), ip(text));
        for (const char* range :
             {"10.0.0.0/8", "192.168.0.0/16", "172.16.0.0/12", "169.254.0.0/16", "100.64.0.0/10"})
            EXPECT_TRUE(prefix(range).contains(map.ip({prefix(range).address}))) << range;
        EXPECT_TRUE(prefix("fe80::/64").contains(map.ip(ip("fe80::1234"))));
        EXPECT_TRUE(prefix("2000::/3").contains(map.ip(ip("2a00:1450::5"))));
        const IpAddress outside = map.ip(ip("8.8.8.8"));
        EXPECT_FALSE(prefix("10.0.0.0/8").contains(outside) || outside.is_multicast() ||
                     outside.is_loopback());
    }
}

TEST(AddressMap, FirstAndLastAddressesOfASubnetStaySuch) {
    for (unsigned seed = 0; seed < 50; ++seed) {
        AddressMap map(seeded(seed));
        map.learn(prefix("10.77.12.5/22"));
        const Prefix subnet = map.prefix(prefix("10.77.12.0/22"));
        EXPECT_EQ(map.ip(ip("10.77.12.0")), subnet.address);
        const IpAddress last = map.ip(ip("10.77.15.255"));
        EXPECT_EQ(last.v4_host(), subnet.address.v4_host() + 1023);
        EXPECT_TRUE(subnet.contains(map.ip(ip("10.77.13.9"))));
    }
}

TEST(AddressMap, MacAddressesKeepWhatTheirBitsSay) {
    AddressMap map(seeded(3));
    const auto mac = [](const char* text) { return *MacAddress::parse(text); };
    for (const char* text : {"ff:ff:ff:ff:ff:ff", "01:80:c2:00:00:02", "00:00:00:00:00:00"})
        EXPECT_EQ(map.mac(mac(text)), mac(text));
    const MacAddress local = map.mac(mac("02:00:00:00:0b:01"));
    EXPECT_NE(local, mac("02:00:00:00:0b:01"));
    EXPECT_EQ(local.bytes[0] & 3U, 2U);
    EXPECT_EQ(map.mac(mac("52:54:00:12:34:56")).bytes[0] & 3U, 2U);
    EXPECT_EQ(map.mac(mac("00:1b:21:12:34:56")).bytes[0] & 3U, 0U);
    EXPECT_EQ(local, map.mac(mac("02:00:00:00:0b:01")));
}

TEST(AddressMap, GroupsFollowTheAddressThatTheyAreMadeOf) {
    AddressMap map(seeded(4));
    const IpAddress host = map.ip(ip("2001:db8::12:3456"));
    const IpAddress group = map.ip(ip("ff02::1:ff12:3456"));
    const MacAddress mac = map.mac(*MacAddress::parse("33:33:ff:12:34:56"));
    for (size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(host.bytes()[13 + i], group.bytes()[13 + i]);
        EXPECT_EQ(host.bytes()[13 + i], mac.bytes[3 + i]);
    }
}

TEST(Text, AddressesInSentences) {
    AddressMap map(seeded(5));
    const std::string host = map.ip(ip("10.9.0.1")).text();
    const std::string six = map.ip(ip("fd00::7")).text();
    const std::string mac = map.mac(*MacAddress::parse("02:00:00:00:00:51")).text();
    const auto redacted = [&](const std::string& text) { return redact_text(text, map, {"db1"}); };
    EXPECT_EQ(redacted("ip saddr 10.9.0.1/24 drop."), "ip saddr " + host + "/24 drop.");
    EXPECT_EQ(redacted("to 10.9.0.1:53, 10.9.0.1."), "to " + host + ":53, " + host + ".");
    EXPECT_EQ(redacted("fd00::7 lladdr 02:00:00:00:00:51"), six + " lladdr " + mac);
    EXPECT_EQ(redacted("tcp dport 22 on db1, not db10: db1-a"),
              "tcp dport 22 on host, not db10: db1-a");
    for (const char* same : {"6.1.0-56-amd64", "eth0.10.0.0.1", "kernel 6.1.0.56.7", "a::b::c",
                             "ip_rcv_finish_core.constprop.0", "0000:00:03.0", "12:34:56", "::"})
        EXPECT_EQ(redacted(same), same);
}

// Ethernet, IPv4, UDP and six bytes; both checksums are right.
std::vector<uint8_t> udp_frame() {
    return {0x02, 0,    0,    0,  0x0b, 0x01, 0x02, 0,   0,    0,   0x0a, 0x01,
            0x08, 0x00, 0x45, 0,  0,    34,   0,    1,   0x40, 0,   64,   17,
            0x26, 0xc5, 10,   1,  0,    1,    10,   1,   0,    2,   0x04, 0x57,
            0,    9,    0,    14, 0,    0,    's',  'e', 'c',  'r', 'e',  't'};
}

// The sum of the segment and its pseudo header, checksum included: 0xffff when that is right.
uint16_t udp_sum(const std::vector<uint8_t>& frame) {
    uint32_t sum = 17 + static_cast<uint32_t>(frame.size() - 34);
    for (size_t i = 26; i < frame.size(); i += 2) sum += frame[i] * 256U + frame[i + 1];
    while (sum > 0xffff) sum = (sum & 0xffffU) + (sum >> 16U);
    return static_cast<uint16_t>(sum);
}

TEST(Packet, ChecksumsStayAsRightAsTheyWere) {
    for (const bool right : {true, false}) {
        AddressMap map(seeded(6));
        model::RawPacket packet;
        packet.start = model::RawPacket::Start::Mac;
        packet.bytes = udp_frame();
        const auto checksum = static_cast<uint16_t>(~udp_sum(packet.bytes) - (right ? 0 : 1));
        packet.bytes[40] = static_cast<uint8_t>(checksum >> 8U);
        packet.bytes[41] = static_cast<uint8_t>(checksum);
        packet.wire_length = static_cast<uint32_t>(packet.bytes.size());
        const auto before = net::decode(packet);
        redact_packet(packet, map);
        const auto after = net::decode(packet);
        EXPECT_EQ(udp_sum(packet.bytes) == 0xffff, right);
        ASSERT_TRUE(before.ip && after.ip && after.transport && after.ethernet);
        EXPECT_EQ(after.ip->checksum_ok, before.ip->checksum_ok);
        EXPECT_EQ(after.ip->source, map.ip(before.ip->source));
        EXPECT_NE(after.ip->source, before.ip->source);
        EXPECT_EQ(after.ethernet->destination, map.mac(before.ethernet->destination));
        EXPECT_EQ(after.transport->destination_port, 9);
        EXPECT_EQ(packet.bytes.back(), 0);
    }
}

TEST(Packet, AnyBytesWillDo) {
    std::mt19937 random(8);
    AddressMap map(seeded(9));
    for (int i = 0; i < 3000; ++i) {
        model::RawPacket packet;
        packet.start = i % 2 == 0 ? model::RawPacket::Start::Mac : model::RawPacket::Start::Network;
        constexpr std::array<uint16_t, 4> kTypes = {0x0800, 0x86dd, 0x0806, 0x8809};
        packet.protocol = kTypes[random() % kTypes.size()];
        packet.bytes.resize(random() % 120);
        for (uint8_t& byte : packet.bytes) byte = static_cast<uint8_t>(random());
        const size_t at = i % 2 == 0 ? 12 : 0;
        if (packet.bytes.size() > at + 30 && i % 2 == 0) {
            packet.bytes[at] = static_cast<uint8_t>(packet.protocol >> 8U);
            packet.bytes[at + 1] = static_cast<uint8_t>(packet.protocol);
        }
        const size_t size = packet.bytes.size();
        redact_packet(packet, map);
        EXPECT_EQ(packet.bytes.size(), size);
    }
}

TEST(Redactor, NothingOfAnObservationsAddressesIsLeft) {
    model::Observation seen;
    seen.filter = "host 10.9.0.1";
    model::NetnsState& state = seen.host.namespaces[1];
    state.addresses.push_back({2, prefix("10.9.0.1/24"), "global", false, false, {}});
    state.neighbours.push_back(
        {2, ip("10.9.0.7"), MacAddress::parse("02:00:00:00:00:07"), "STALE"});
    state.nft_rules.push_back({"ip", "t", "c", 1, "ip saddr 10.9.0.7 drop", "drop", 3});
    state.sysctls["net.ipv4.conf.all.rp_filter"] = "1";
    model::DropSample& sample = seen.groups.emplace_back().samples.emplace_back();
    sample.packet.start = model::RawPacket::Start::Mac;
    sample.packet.bytes = udp_frame();
    model::TracedCall& call = seen.trace.calls.emplace_back();
    model::TracedValue& value = call.values.emplace_back();
    value.name = "saddr";
    value.value = model::Value::integer(0x0100090a, false, 4);

    Redactor({"db1"}, seeded(11)).apply(seen);
    const auto own = state.addresses[0].prefix;
    EXPECT_NE(own.address, ip("10.9.0.1"));
    EXPECT_EQ(own.length, 24);
    EXPECT_EQ(seen.filter, "host " + own.address.text());
    EXPECT_TRUE(own.contains(state.neighbours[0].address));
    EXPECT_EQ(state.nft_rules[0].text, "ip saddr " + state.neighbours[0].address.text() + " drop");
    EXPECT_EQ(state.sysctl("net.ipv4.conf.all.rp_filter"), 1);
    const auto* number = value.value.get<model::Value::Integer>();
    ASSERT_NE(number, nullptr);
    std::array<uint8_t, 4> bytes{};
    for (size_t i = 0; i < 4; ++i) bytes[i] = static_cast<uint8_t>(number->bits >> (8 * i));
    EXPECT_EQ(IpAddress::v4(bytes), own.address);
}

}  // namespace
}  // namespace knowhy::redact
