// The decoder against an independent one: generated packets, every field that both know.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <random>
#include <string>

#include "base/text.h"
#include "net/decode/packets_for_tests.h"

namespace knowhy::net {
namespace {

using namespace test;  // NOLINT: the builders read as the packets they make
using model::Decoded;

constexpr int kPackets = 600;

class Generator {
  public:
    Bytes frame(int depth = 0) {
        Bytes payload;
        unsigned ethertype = network(payload, depth);
        for (unsigned tags = below(3); tags > 0; --tags) {
            payload = vlan_tag(below(0x10000), ethertype, payload);
            ethertype = tags > 1 ? 0x8100 : 0x88a8;
        }
        return ethernet(ethertype, payload);
    }

  private:
    unsigned below(unsigned bound) {
        return std::uniform_int_distribution<unsigned>(0, bound - 1)(random_);
    }

    unsigned network(Bytes& packet, int depth) {
        if (below(8) == 0) {
            packet = arp(1 + below(2));
            return 0x0806;
        }
        return ip(packet, depth);
    }
    unsigned ip(Bytes& packet, int depth) {
        uint8_t protocol = 0;
        Bytes payload = upper(protocol, depth);
        if (below(2) == 0) {
            packet = ipv4({.protocol = protocol,
                           .ttl = static_cast<uint8_t>(1 + below(255)),
                           .fragment = below(4) == 0 ? 0x4000U : 0U,
                           .options = Bytes(4 * below(4), 1)},
                          payload);
            return 0x0800;
        }
        if (protocol == 1) protocol = 58;
        if (below(2) == 0) {
            payload = extension(protocol, static_cast<uint8_t>(below(3)), payload);
            protocol = 60;
        }
        packet = ipv6({.next_header = protocol}, payload);
        return 0x86dd;
    }
    Bytes upper(uint8_t& protocol, int depth) {
        switch (below(depth < 2 ? 8 : 4)) {
            case 0:
                protocol = 6;
                return tcp({.source = 1024 + below(60000),
                            .flags = static_cast<uint8_t>(below(64)),
                            .options = below(2) == 0 ? timestamps(below(9999), 5) : Bytes{}},
                           zeros(below(60)));
            case 1:
                protocol = 132;
                return {4, 0, 0, static_cast<uint8_t>(1 + below(9)), 0, 0, 0, 0, 0, 0, 0, 0};
            case 2:
                protocol = 17;
                return udp({.destination = 4791},
                           roce(below(24) & 4U, below(1U << 24U), below(99)));
            case 4:
                protocol = 17;
                return udp({.destination = 4789}, vxlan(below(1U << 24U), frame(depth + 1)));
            case 5:
                protocol = 17;
                return udp({.destination = 6081},
                           geneve(below(1U << 24U), 0x6558, 0, frame(depth + 1)));
            case 6:
                return gre_with_key(protocol, depth);
            case 7:
                return ip_in_ip(protocol, depth);
            default:
                protocol = 17;
                return udp({.source = 1024 + below(3000), .destination = 9}, zeros(below(60)));
        }
    }
    Bytes gre_with_key(uint8_t& protocol, int depth) {
        protocol = 47;
        Bytes key;
        put32(key, below(1U << 31U));
        return gre(0x2000, 0x6558, key, frame(depth + 1));
    }
    Bytes ip_in_ip(uint8_t& protocol, int depth) {
        Bytes inner;
        protocol = ip(inner, depth + 1) == 0x0800 ? 4 : 41;
        return inner;
    }

    std::mt19937 random_{20261121};
};

// A capture in the oldest pcap format, microseconds, Ethernet.
void write_pcap(const std::string& path, const std::vector<Bytes>& frames) {
    std::ofstream file(path, std::ios::binary);
    const auto word = [&](uint32_t value) {
        file.write(static_cast<const char*>(static_cast<const void*>(&value)), sizeof value);
    };
    for (const uint32_t value : {0xa1b2c3d4U, 0x00040002U, 0U, 0U, 65535U, 1U}) word(value);
    for (const Bytes& frame : frames) {
        const auto size = static_cast<uint32_t>(frame.size());
        for (const uint32_t value : {0U, 0U, size, size}) word(value);
        file.write(static_cast<const char*>(static_cast<const void*>(frame.data())), size);
    }
}

// One column for each of these, one occurrence for each tunnel level that has the field.
constexpr const char* kFields[] = {
    "vlan.id",
    "ieee8021ad.id",
    "ip.src",
    "ip.dst",
    "ip.ttl",
    "ip.hdr_len",
    "ip.len",
    "ipv6.src",
    "ipv6.hlim",
    "arp.opcode",
    "tcp.srcport",
    "tcp.dstport",
    "tcp.seq_raw",
    "tcp.flags",
    "tcp.len",
    "tcp.options.timestamp.tsval",
    "udp.srcport",
    "udp.dstport",
    "udp.length",
    "vxlan.vni",
    "geneve.vni",
    "gre.key",
    "sctp.dstport",
    "infiniband.bth.opcode",
    "infiniband.bth.destqp",
    "infiniband.bth.psn",
};

std::vector<std::string> ask_tshark(const std::string& path) {
    std::string command =
        "tshark -n -r " + path +
        " -o ip.defragment:FALSE -o ipv6.defragment:FALSE -T fields -E separator=';'";
    for (const char* field : kFields) command += std::string(" -e ") + field;
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(
        ::popen((command + " 2>/dev/null").c_str(), "r"), ::pclose);
    std::string output;
    std::array<char, 65536> buffer{};
    while (const size_t got = fread(buffer.data(), 1, buffer.size(), pipe.get()))
        output.append(buffer.data(), got);
    std::vector<std::string> lines;
    for (const auto line : split(trimmed(output), '\n')) lines.emplace_back(line);
    return lines;
}

class Row {
  public:
    explicit Row(const Decoded& packet) {
        for (const Decoded* at = &packet; at != nullptr;
             at = at->tunnel ? at->tunnel->inner.get() : nullptr)
            add(*at);
    }
    [[nodiscard]] std::string text() const {
        std::string line;
        for (size_t i = 0; i < std::size(kFields); ++i) line += (i > 0 ? ";" : "") + columns_[i];
        return line;
    }

  private:
    template <typename Value>
    void put(std::string_view field, const Value& value) {
        const auto* found = std::find(std::begin(kFields), std::end(kFields), field);
        std::string& column = columns_.at(static_cast<size_t>(found - std::begin(kFields)));
        column += fmt::format("{}{}", column.empty() ? "" : ",", value);
    }
    void add(const Decoded& packet) {
        for (const auto& tag : packet.vlans)
            put(tag.tpid == 0x8100 ? "vlan.id" : "ieee8021ad.id", tag.id);
        if (packet.arp) put("arp.opcode", packet.arp->operation);
        if (packet.ip) add(*packet.ip);
        if (packet.transport) add(*packet.transport);
        if (packet.tunnel) add(*packet.tunnel);
        if (!packet.roce) return;
        put("infiniband.bth.opcode", packet.roce->opcode);
        put("infiniband.bth.destqp", fmt::format("{:#08x}", packet.roce->destination_qp));
        put("infiniband.bth.psn", packet.roce->psn);
    }
    void add(const model::Ip& ip) {
        if (ip.version == 6) {
            put("ipv6.src", ip.source.text());
            put("ipv6.hlim", ip.ttl);
            return;
        }
        put("ip.src", ip.source.text());
        put("ip.dst", ip.destination.text());
        put("ip.ttl", ip.ttl);
        put("ip.hdr_len", ip.header_length);
        put("ip.len", ip.total_length);
    }
    void add(const model::Transport& transport) {
        if (transport.protocol == 132 && transport.destination_port)
            put("sctp.dstport", *transport.destination_port);
        if (transport.protocol == 17 && transport.udp_length) {
            put("udp.srcport", *transport.source_port);
            put("udp.dstport", *transport.destination_port);
            put("udp.length", *transport.udp_length);
        }
        if (transport.tcp) add(*transport.tcp, transport);
    }
    void add(const model::TcpHeader& tcp, const model::Transport& transport) {
        put("tcp.srcport", *transport.source_port);
        put("tcp.dstport", *transport.destination_port);
        put("tcp.seq_raw", tcp.sequence);
        const unsigned flags = unsigned{tcp.fin} | unsigned{tcp.syn} << 1U |
                               unsigned{tcp.rst} << 2U | unsigned{tcp.psh} << 3U |
                               unsigned{tcp.ack} << 4U | unsigned{tcp.urg} << 5U;
        put("tcp.flags", fmt::format("{:#06x}", flags));
        put("tcp.len", tcp.payload_length);
        if (tcp.timestamp) put("tcp.options.timestamp.tsval", *tcp.timestamp);
    }
    void add(const model::Tunnel& tunnel) {
        if (tunnel.kind == "vxlan") put("vxlan.vni", *tunnel.id);
        if (tunnel.kind == "geneve") put("geneve.vni", fmt::format("{:#08x}", *tunnel.id));
        if (tunnel.kind == "gretap") put("gre.key", fmt::format("{:#010x}", *tunnel.id));
    }

    std::array<std::string, std::size(kFields)> columns_;
};

TEST(Tshark, ReadsTheSameFromGeneratedPackets) {
    if (std::system("command -v tshark >/dev/null 2>&1") != 0)  // NOLINT: a test's own machine
        GTEST_SKIP() << "tshark is not installed";
    Generator generator;
    std::vector<Bytes> frames;
    frames.reserve(kPackets);
    for (int i = 0; i < kPackets; ++i) frames.push_back(generator.frame());
    const std::string path = testing::TempDir() + "knowhy_decode_" + std::to_string(::getpid());
    write_pcap(path, frames);
    const auto lines = ask_tshark(path);
    ::unlink(path.c_str());
    ASSERT_EQ(lines.size(), frames.size());
    for (size_t i = 0; i < frames.size(); ++i) {
        const Decoded packet = decode_frame(frames[i]);
        EXPECT_EQ(Row(packet).text(), lines[i]) << "packet " << i << ": " << packet.summary();
        EXPECT_FALSE(packet.malformed) << packet.problem;
    }
}

}  // namespace
}  // namespace knowhy::net
