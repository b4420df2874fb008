// A packet as it was copied from an skb, and what it says.
//
// RawPacket is what the kernel gave; it is what a recording keeps. Decoded is filled from it by
// net/decode. All numbers in Decoded are in host order; addresses stay in network order inside
// their types. Protocol numbers are IANA's (an EtherType, an IP protocol).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/address.h"

namespace knowhy::model {

struct RawPacket {
    enum class Start { None, Mac, Network };

    Start start = Start::None;   // what bytes[0] is: the MAC header, the network header, or nothing
    uint16_t protocol = 0;       // skb->protocol in host order: the EtherType when start is Network
    uint32_t wire_length = 0;    // length from the first byte copied to the packet's end
    std::vector<uint8_t> bytes;  // at most the snap length
};

struct Ethernet {
    MacAddress source;
    MacAddress destination;
    uint16_t ethertype = 0;  // after the VLAN tags; below 0x600 it is an 802.3 length
};

struct VlanTag {
    uint16_t tpid = 0;  // 0x8100 or 0x88a8
    uint16_t id = 0;    // 12 bits
    uint8_t priority = 0;
};

struct Llc {  // IEEE 802.2, in 802.3 frames
    uint8_t destination_sap = 0;
    uint8_t source_sap = 0;
};

struct Arp {
    uint16_t operation = 0;  // 1 request, 2 reply
    MacAddress sender_mac;
    MacAddress target_mac;
    IpAddress sender;
    IpAddress target;
};

struct Ip {
    uint8_t version = 0;  // as the header says, also when it is wrong
    IpAddress source;
    IpAddress destination;
    uint8_t ttl = 0;             // TTL, or hop limit
    uint8_t protocol = 0;        // the upper layer's, after IPv6 extension headers
    uint8_t tos = 0;             // TOS or traffic class
    uint32_t total_length = 0;   // IPv4 tot_len, or 40 + IPv6 payload_len; a BIG TCP segment's own
    uint16_t header_length = 0;  // IPv4 ihl * 4; IPv6 40 + extension headers seen
    uint16_t id = 0;             // IPv4 only
    bool dont_fragment = false;  // IPv4 only
    bool more_fragments = false;
    uint16_t fragment_offset = 0;     // bytes
    bool checksum_ok = true;          // IPv4 header checksum, when the whole header was copied
    std::vector<uint8_t> extensions;  // IPv6 extension headers, in order, by protocol number
    bool has_options = false;         // IPv4 options present

    [[nodiscard]] bool is_fragment() const { return more_fragments || fragment_offset != 0; }
};

struct TcpHeader {
    uint32_t sequence = 0;
    uint32_t acknowledgement = 0;
    uint8_t header_length = 0;  // doff * 4
    uint16_t window = 0;        // unscaled
    bool fin = false, syn = false, rst = false, psh = false, ack = false, urg = false;
    uint32_t payload_length = 0;             // as IP's length has it, not as far as it was copied
    std::optional<uint32_t> timestamp;       // option 8, TSval
    std::optional<uint32_t> timestamp_echo;  // option 8, TSecr

    [[nodiscard]] std::string flags() const;  // as tcpdump prints them: "S", "S.", "P.", "R", "."
};

struct IcmpHeader {
    uint8_t type = 0;
    uint8_t code = 0;
    uint16_t id = 0;        // echo only
    uint16_t sequence = 0;  // echo only
};

struct Transport {
    uint8_t protocol = 0;  // 6, 17, 132, 136, 1, 58...
    std::optional<uint16_t> source_port;
    std::optional<uint16_t> destination_port;
    std::optional<uint16_t> udp_length;
    std::optional<uint16_t> udp_checksum;
    std::optional<TcpHeader> tcp;
    std::optional<IcmpHeader> icmp;
};

struct Roce {  // InfiniBand BTH, on UDP 4791
    uint8_t opcode = 0;
    uint32_t destination_qp = 0;
    uint32_t psn = 0;
};

struct Decoded;

struct Tunnel {
    std::string kind;  // "vxlan", "geneve", "gre", "gretap", "erspan"; IP in IP as iproute2
                       // has it: "ipip", "sit", "ipip6", "ip6ip6"
    std::optional<uint32_t> id;            // VNI, or the GRE key
    std::shared_ptr<const Decoded> inner;  // never null; its own truncated, malformed and problem
};

struct Decoded {
    std::optional<Ethernet> ethernet;
    std::vector<VlanTag> vlans;
    uint16_t ethertype = 0;  // of the network layer, 0 when unknown
    std::optional<Llc> llc;
    std::optional<Arp> arp;
    std::optional<Ip> ip;
    std::optional<Transport> transport;  // absent in later fragments, which have no ports
    std::optional<Tunnel> tunnel;
    std::optional<Roce> roce;
    bool truncated = false;  // the copy ended inside a header
    bool malformed = false;  // a header contradicts itself: `problem` says how
    std::string problem;

    // One line: "10.9.0.1:1111 > 10.9.0.2:4791 udp", "ARP who-has 10.1.0.2 tell 10.1.0.1",
    // "10.0.0.1 > 10.0.0.2 vxlan 42: 10.1.0.1:41250 > 10.1.0.2:443 tcp S".
    [[nodiscard]] std::string summary() const;
};

// "UDP" for 17, "proto 253" for one without a usual name.
std::string ip_protocol_name(uint8_t protocol);
// "IPv4" for 0x0800, "LACP" for 0x8809, "0x88b5" for one without a usual name.
std::string ethertype_name(uint16_t ethertype);

}  // namespace knowhy::model
