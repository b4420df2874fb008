// Packets built from the inside out, for tests: each function puts its header before a payload.
// Lengths and checksums are right unless a field says otherwise.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "model/address.h"
#include "net/decode/decode.h"

namespace knowhy::net::test {

using Bytes = std::vector<uint8_t>;

inline void put16(Bytes& to, unsigned value) {
    to.push_back(static_cast<uint8_t>(value >> 8U));
    to.push_back(static_cast<uint8_t>(value));
}
inline void put32(Bytes& to, uint32_t value) {
    put16(to, value >> 16U);
    put16(to, value & 0xffffU);
}
inline void put(Bytes& to, const Bytes& more) {
    to.insert(to.end(), more.begin(), more.end());
}
inline void put_address(Bytes& to, std::string_view text) {
    const auto address = model::IpAddress::parse(text).value();
    to.insert(to.end(), address.bytes().begin(), address.bytes().end());
}

// RFC 1071.
inline uint16_t checksum(const Bytes& bytes) {
    uint32_t sum = 0;
    for (size_t i = 0; i < bytes.size(); ++i)
        sum += i % 2 == 0 ? static_cast<uint32_t>(bytes[i]) << 8U : bytes[i];
    while (sum > 0xffff) sum = (sum & 0xffffU) + (sum >> 16U);
    return static_cast<uint16_t>(~sum);
}

inline Bytes ethernet(unsigned ethertype, const Bytes& payload) {
    Bytes frame{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1};
    put16(frame, ethertype);
    put(frame, payload);
    return frame;
}

// What follows an EtherType of 0x8100 or 0x88a8.
inline Bytes vlan_tag(unsigned control, unsigned ethertype, const Bytes& payload) {
    Bytes tag;
    put16(tag, control);
    put16(tag, ethertype);
    put(tag, payload);
    return tag;
}

struct Ipv4Fields {
    uint8_t protocol = 17;
    std::string_view source = "10.1.0.1";
    std::string_view destination = "10.1.0.2";
    uint8_t ttl = 64;
    uint8_t version = 4;
    unsigned fragment = 0;  // the field with its flags: 0x4000 DF, 0x2000 MF
    Bytes options = {};     // a multiple of four
    std::optional<unsigned> header_words = {};
    std::optional<unsigned> total_length = {};
    bool bad_checksum = false;
};

inline Bytes ipv4(const Ipv4Fields& fields, const Bytes& payload) {
    const size_t header_bytes = 20 + fields.options.size();
    const auto words = fields.header_words.value_or(static_cast<unsigned>(header_bytes / 4));
    const auto total = static_cast<unsigned>(header_bytes + payload.size());
    Bytes packet{static_cast<uint8_t>(unsigned{fields.version} << 4U | words), 0};
    put16(packet, fields.total_length.value_or(total));
    put16(packet, 77);
    put16(packet, fields.fragment);
    packet.push_back(fields.ttl);
    packet.push_back(fields.protocol);
    put16(packet, 0);
    put_address(packet, fields.source);
    put_address(packet, fields.destination);
    put(packet, fields.options);
    const uint16_t sum = checksum(packet) ^ (fields.bad_checksum ? 0x5555U : 0U);
    packet[10] = static_cast<uint8_t>(sum >> 8U);
    packet[11] = static_cast<uint8_t>(sum);
    put(packet, payload);
    return packet;
}

struct Ipv6Fields {
    uint8_t next_header = 17;
    std::string_view source = "2001:db8::1";
    std::string_view destination = "2001:db8::2";
    uint8_t version = 6;
    std::optional<unsigned> payload_length = {};
};

inline Bytes ipv6(const Ipv6Fields& fields, const Bytes& payload) {
    Bytes packet;
    put32(packet, uint32_t{fields.version} << 28U | 0x02800000U);
    put16(packet, fields.payload_length.value_or(static_cast<unsigned>(payload.size())));
    packet.push_back(fields.next_header);
    packet.push_back(64);
    put_address(packet, fields.source);
    put_address(packet, fields.destination);
    put(packet, payload);
    return packet;
}

// An IPv6 extension header of 8 * (1 + more) bytes.
inline Bytes extension(uint8_t next_header, uint8_t more, const Bytes& payload) {
    Bytes header{next_header, more};
    header.resize(8 + size_t{more} * 8);
    put(header, payload);
    return header;
}

inline Bytes fragment6(uint8_t next_header, unsigned field, const Bytes& payload) {
    Bytes header{next_header, 0};
    put16(header, field);
    put32(header, 0x12345678);
    put(header, payload);
    return header;
}

struct UdpFields {
    unsigned source = 1111;
    unsigned destination = 9;
    std::optional<unsigned> length = {};
};

inline Bytes udp(const UdpFields& fields, const Bytes& payload) {
    Bytes packet;
    put16(packet, fields.source);
    put16(packet, fields.destination);
    put16(packet, fields.length.value_or(static_cast<unsigned>(8 + payload.size())));
    put16(packet, 0);
    put(packet, payload);
    return packet;
}

struct TcpFields {
    unsigned source = 41250;
    unsigned destination = 443;
    uint8_t flags = 2;   // SYN
    Bytes options = {};  // a multiple of four
    std::optional<unsigned> header_words = {};
};

inline Bytes tcp(const TcpFields& fields, const Bytes& payload) {
    Bytes packet;
    put16(packet, fields.source);
    put16(packet, fields.destination);
    put32(packet, 1000);
    put32(packet, 2000);
    const auto words = fields.header_words.value_or(5 + unsigned(fields.options.size() / 4));
    packet.push_back(static_cast<uint8_t>(words << 4U));
    packet.push_back(fields.flags);
    put16(packet, 512);
    put32(packet, 0);
    put(packet, fields.options);
    put(packet, payload);
    return packet;
}

// NOP, NOP, timestamps.
inline Bytes timestamps(uint32_t value, uint32_t echo) {
    Bytes options{1, 1, 8, 10};
    put32(options, value);
    put32(options, echo);
    return options;
}

inline Bytes icmp_echo(uint8_t type, unsigned id, unsigned sequence) {
    Bytes packet{type, 0};
    put16(packet, 0);
    put16(packet, id);
    put16(packet, sequence);
    return packet;
}

inline Bytes arp(unsigned operation, uint8_t mac_bytes = 6) {
    Bytes packet;
    put16(packet, 1);
    put16(packet, 0x0800);
    packet.push_back(mac_bytes);
    packet.push_back(4);
    put16(packet, operation);
    put(packet, {2, 0, 0, 0, 0, 1});
    put_address(packet, "10.1.0.1");
    put(packet, {0, 0, 0, 0, 0, 0});
    put_address(packet, "10.1.0.2");
    return packet;
}

inline Bytes vxlan(uint32_t vni, const Bytes& payload) {
    Bytes packet{8, 0, 0, 0};
    put32(packet, vni << 8U);
    put(packet, payload);
    return packet;
}

inline Bytes geneve(uint32_t vni, unsigned ethertype, uint8_t option_words, const Bytes& payload) {
    Bytes packet{option_words, 0};
    put16(packet, ethertype);
    put32(packet, vni << 8U);
    packet.resize(packet.size() + size_t{option_words} * 4);
    put(packet, payload);
    return packet;
}

// `fields`: checksum, key and sequence as far as `flags` asks for them.
inline Bytes gre(unsigned flags, unsigned ethertype, const Bytes& fields, const Bytes& payload) {
    Bytes packet;
    put16(packet, flags);
    put16(packet, ethertype);
    put(packet, fields);
    put(packet, payload);
    return packet;
}

inline Bytes roce(uint8_t opcode, uint32_t queue_pair, uint32_t sequence) {
    Bytes packet{opcode, 0, 0xff, 0xff};
    put32(packet, queue_pair);
    put32(packet, sequence);
    put32(packet, 0);  // the invariant CRC
    return packet;
}

inline Bytes zeros(size_t count) {
    return Bytes(count, 0);
}

// The packet as it is decoded when only `copied` bytes of it were copied.
inline model::Decoded decode_as(model::RawPacket::Start start, uint16_t protocol, Bytes bytes,
                                size_t copied) {
    const auto wire = static_cast<uint32_t>(bytes.size());
    bytes.resize(std::min(copied, bytes.size()));
    return decode({start, protocol, wire, std::move(bytes)});
}
inline model::Decoded decode_frame(const Bytes& bytes, size_t copied = SIZE_MAX) {
    return decode_as(model::RawPacket::Start::Mac, 0, bytes, copied);
}
inline model::Decoded decode_network(uint16_t protocol, const Bytes& bytes,
                                     size_t copied = SIZE_MAX) {
    return decode_as(model::RawPacket::Start::Network, protocol, bytes, copied);
}

inline void expect_good(const model::Decoded& packet) {
    EXPECT_FALSE(packet.malformed) << packet.problem;
    EXPECT_FALSE(packet.truncated);
}

}  // namespace knowhy::net::test
