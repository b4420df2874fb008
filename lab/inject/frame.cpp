#include "frame.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstdio>

namespace knowhy::lab {
namespace {

constexpr uint16_t kEtherIpv4 = 0x0800;
constexpr uint16_t kEtherIpv6 = 0x86dd;
constexpr uint16_t kEtherArp = 0x0806;
constexpr uint16_t kEtherVlan = 0x8100;
constexpr size_t kNoOffset = SIZE_MAX;

void put16(Bytes& out, uint64_t value) {
    out.push_back(static_cast<uint8_t>(value >> 8));
    out.push_back(static_cast<uint8_t>(value));
}

void put32(Bytes& out, uint64_t value) {
    put16(out, value >> 16);
    put16(out, value);
}

template <typename Range>
void append(Bytes& out, const Range& more) {
    out.insert(out.end(), more.begin(), more.end());
}

void store16(Bytes& out, size_t at, uint16_t value) {
    out[at] = static_cast<uint8_t>(value >> 8);
    out[at + 1] = static_cast<uint8_t>(value);
}

// RFC 1071 over one piece; the result still has its carries and is not complemented.
uint32_t sum16(const Bytes& bytes, uint32_t sum = 0) {
    for (size_t i = 0; i < bytes.size(); i += 2) {
        sum += static_cast<uint32_t>(bytes[i] << 8) + (i + 1 < bytes.size() ? bytes[i + 1] : 0U);
    }
    return sum;
}

uint16_t fold(uint32_t sum) {
    while (sum >> 16 != 0) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return static_cast<uint16_t>(~sum);
}

Bytes parse_address(const std::string& text) {
    const bool six = text.find(':') != std::string::npos;
    Bytes bytes(six ? 16 : 4);
    if (inet_pton(six ? AF_INET6 : AF_INET, text.c_str(), bytes.data()) != 1) {
        die(fmt::format("'{}' is no address", text));
    }
    return bytes;
}

uint8_t tcp_flags(const std::string& letters) {
    constexpr std::string_view kOrder = "FSRPAU";  // bit 0 upwards
    uint8_t flags = 0;
    for (const char letter : letters) {
        const auto bit = kOrder.find(letter);
        if (bit == std::string_view::npos) {
            die(fmt::format("fl={}: flags are letters out of {}", letters, kOrder));
        }
        flags = static_cast<uint8_t>(flags | (1U << bit));
    }
    return flags;
}

// A transport header with payload, and where its checksum goes.
struct Segment {
    Bytes bytes;
    size_t checksum_at = kNoOffset;
};

Segment udp_segment(const Args& args, const Bytes& payload, uint16_t sport, uint16_t dport) {
    Segment udp;
    put16(udp.bytes, sport);
    put16(udp.bytes, dport);
    put16(udp.bytes,
          static_cast<uint64_t>(args.number("ulen", static_cast<int64_t>(payload.size() + 8))));
    put16(udp.bytes, 0);
    append(udp.bytes, payload);
    udp.checksum_at = 6;
    return udp;
}

Segment tcp_segment(const Args& args, const Bytes& payload, uint16_t sport, uint16_t dport) {
    Segment tcp;
    const bool stamped = args.has("ts");
    put16(tcp.bytes, sport);
    put16(tcp.bytes, dport);
    put32(tcp.bytes, static_cast<uint64_t>(args.number("seq", 1000)));
    put32(tcp.bytes, static_cast<uint64_t>(args.number("ack", 0)));
    const auto words = args.number("doff", stamped ? 8 : 5);
    tcp.bytes.push_back(static_cast<uint8_t>(words << 4));
    tcp.bytes.push_back(tcp_flags(args.text("fl", "S")));
    put16(tcp.bytes, static_cast<uint64_t>(args.number("win", 64240)));
    put32(tcp.bytes, 0);  // checksum, urgent pointer
    if (stamped) {
        put32(tcp.bytes, 0x0101080a);  // NOP, NOP, kind 8, length 10
        put32(tcp.bytes, static_cast<uint64_t>(args.number("ts", 0)));
        put32(tcp.bytes, static_cast<uint64_t>(args.number("tsecr", 0)));
    }
    append(tcp.bytes, payload);
    tcp.checksum_at = 16;
    return tcp;
}

Segment icmp_segment(const Args& args, const Bytes& payload, bool six) {
    Segment icmp;
    icmp.bytes.push_back(static_cast<uint8_t>(args.number("type", six ? 128 : 8)));
    icmp.bytes.push_back(static_cast<uint8_t>(args.number("code", 0)));
    put16(icmp.bytes, 0);
    append(icmp.bytes, payload);
    icmp.checksum_at = 2;
    return icmp;
}

// IANA number of proto=udp|tcp|icmp|N.
uint8_t protocol_number(const Args& args, bool six) {
    const auto name = args.text("proto", "udp");
    if (name == "udp") return IPPROTO_UDP;
    if (name == "tcp") return IPPROTO_TCP;
    if (name == "icmp") return static_cast<uint8_t>(six ? int{IPPROTO_ICMPV6} : int{IPPROTO_ICMP});
    return static_cast<uint8_t>(args.number("proto", 0));
}

Bytes payload_of(const Args& args) {
    auto payload = args.hex("payload");
    if (payload.empty() || args.has("len")) {
        payload.resize(static_cast<size_t>(args.number("len", 20)));
    }
    return payload;
}

void set_checksum(const Args& args, Segment& segment, uint8_t protocol, const Bytes& source,
                  const Bytes& destination) {
    const bool wrong = args.number("badl4", 0) != 0;
    const bool none = args.number("nocs", 0) != 0;
    if (segment.checksum_at == kNoOffset || none) {
        return;
    }
    uint32_t sum = 0;
    if (protocol != IPPROTO_ICMP) {  // ICMP alone has no pseudo-header
        sum = sum16(destination, sum16(source)) + protocol +
              static_cast<uint32_t>(segment.bytes.size());
    }
    const auto checksum = fold(sum16(segment.bytes, sum));
    store16(segment.bytes, segment.checksum_at,
            static_cast<uint16_t>(wrong ? checksum ^ 0x5555 : checksum));
}

Segment build_segment(const Args& args, unsigned index, uint8_t protocol, const Bytes& source,
                      const Bytes& destination) {
    const auto payload = payload_of(args);
    const bool vary = args.text("vary", "") == "sport";
    const auto sport = static_cast<uint16_t>(args.number("sport", 1111) + (vary ? index : 0));
    const auto dport = static_cast<uint16_t>(args.number("dport", 9));
    Segment segment;
    switch (protocol) {
        case IPPROTO_UDP:
            segment = udp_segment(args, payload, sport, dport);
            break;
        case IPPROTO_TCP:
            segment = tcp_segment(args, payload, sport, dport);
            break;
        case IPPROTO_ICMP:
        case IPPROTO_ICMPV6:
            segment = icmp_segment(args, payload, protocol == IPPROTO_ICMPV6);
            break;
        default:
            segment.bytes = payload;
    }
    set_checksum(args, segment, protocol, source, destination);
    if (args.has("short")) {
        segment.bytes.resize(static_cast<size_t>(args.number("short", 0)));
    }
    return segment;
}

Bytes build_ipv4(const Args& args, unsigned index) {
    auto source = parse_address(args.text("src", "10.1.0.1"));
    const auto destination = parse_address(args.text("dst", "10.1.0.2"));
    if (args.text("vary", "") == "src") {
        source[3] = static_cast<uint8_t>(source[3] + index);
    }
    const auto protocol = protocol_number(args, false);
    const auto segment = build_segment(args, index, protocol, source, destination);
    const auto options = args.hex("ipopt");
    const auto header = 20 + options.size();
    const auto total = header + segment.bytes.size();

    Bytes ip;
    const auto words = args.number("ihl", static_cast<int64_t>(header / 4));
    ip.push_back(static_cast<uint8_t>(args.number("ver", 4) << 4 | words));
    ip.push_back(static_cast<uint8_t>(args.number("tos", 0)));
    put16(ip, static_cast<uint64_t>(args.number("tot", static_cast<int64_t>(total))));
    put16(ip, static_cast<uint64_t>(args.number("id", 77)));
    put16(ip, static_cast<uint64_t>(args.number("fo", 0)));
    ip.push_back(static_cast<uint8_t>(args.number("ttl", 64)));
    ip.push_back(protocol);
    put16(ip, 0);
    append(ip, source);
    append(ip, destination);
    append(ip, options);
    const auto checksum = fold(sum16(ip));
    store16(ip, 10, args.number("badip", 0) != 0 ? checksum ^ 0x5555 : checksum);
    append(ip, segment.bytes);
    return ip;
}

Bytes build_ipv6(const Args& args, unsigned index) {
    const auto source = parse_address(args.text("src", "fd00::1"));
    const auto destination = parse_address(args.text("dst", "fd00::2"));
    const auto protocol = protocol_number(args, true);
    const auto segment = build_segment(args, index, protocol, source, destination);

    Bytes ip;
    put32(ip, static_cast<uint64_t>(args.number("ver", 6)) << 28);
    put16(ip,
          static_cast<uint64_t>(args.number("plen", static_cast<int64_t>(segment.bytes.size()))));
    ip.push_back(static_cast<uint8_t>(args.number("nh", protocol)));
    ip.push_back(static_cast<uint8_t>(args.number("ttl", 64)));
    append(ip, source);
    append(ip, destination);
    append(ip, segment.bytes);
    return ip;
}

Bytes build_arp(const Args& args, const Mac& sender) {
    Bytes arp;
    put16(arp, 1);  // Ethernet
    put16(arp, kEtherIpv4);
    put16(arp, 0x0604);  // address lengths
    put16(arp, static_cast<uint64_t>(args.number("arp", 1)));
    append(arp, sender);
    append(arp, parse_address(args.text("src", "10.1.0.1")));
    append(arp, Mac{});
    append(arp, parse_address(args.text("dst", "10.1.0.2")));
    return arp;
}

}  // namespace

Mac parse_mac(const std::string& text) {
    Mac mac{};
    unsigned parts[6];
    if (std::sscanf(text.c_str(), "%x:%x:%x:%x:%x:%x", &parts[0], &parts[1], &parts[2], &parts[3],
                    &parts[4], &parts[5]) != 6) {
        die(fmt::format("'{}' is no MAC address", text));
    }
    std::copy(std::begin(parts), std::end(parts), mac.begin());
    return mac;
}

Bytes build_frame(const Args& args, unsigned index) {
    const auto source = parse_mac(args.text("smac", kMacA));
    Bytes frame;
    append(frame, parse_mac(args.text("dmac", kMacB)));
    append(frame, source);
    if (args.has("vlan")) {
        put16(frame, kEtherVlan);
        put16(frame, static_cast<uint64_t>(args.number("vlan", 0)));
    }
    if (args.has("eth")) {
        put16(frame, static_cast<uint64_t>(args.number("eth", 0)));
        append(frame, payload_of(args));
    } else if (args.has("arp")) {
        put16(frame, kEtherArp);
        append(frame, build_arp(args, source));
    } else if (args.text("dst", "10.1.0.2").find(':') != std::string::npos) {
        put16(frame, kEtherIpv6);
        append(frame, build_ipv6(args, index));
    } else {
        put16(frame, kEtherIpv4);
        append(frame, build_ipv4(args, index));
    }
    if (args.has("trunc")) {
        frame.resize(std::min(frame.size(), static_cast<size_t>(args.number("trunc", 0))));
    }
    return frame;
}

}  // namespace knowhy::lab
