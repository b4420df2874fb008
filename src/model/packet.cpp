#include "model/packet.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/packet_names.h"

namespace knowhy::model {
namespace {

constexpr uint8_t kIcmpV6 = 58;

std::string endpoint(const IpAddress& address, std::optional<uint16_t> port) {
    if (!port) return address.text();
    if (address.is_v6()) return fmt::format("[{}]:{}", address.text(), *port);
    return fmt::format("{}:{}", address.text(), *port);
}

std::string endpoints(const Ip& ip, const std::optional<Transport>& transport) {
    const auto source = transport ? transport->source_port : std::nullopt;
    const auto destination = transport ? transport->destination_port : std::nullopt;
    return endpoint(ip.source, source) + " > " + endpoint(ip.destination, destination);
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return text;
}

std::string icmp_text(const IcmpHeader& icmp, bool v6) {
    std::string text = " " + icmp_type_name(v6, icmp.type);
    if (icmp.code != 0) text += fmt::format(" code {}", icmp.code);
    if (text.find("echo") != std::string::npos)
        text += fmt::format(" id {} seq {}", icmp.id, icmp.sequence);
    return text;
}

// "tcp S", "icmp echo request id 5 seq 1", "udp fragment id 77 at 1480".
std::string upper_text(const Ip& ip, const std::optional<Transport>& transport) {
    std::string text = lower(ip_protocol_name(ip.protocol));
    if (transport && transport->tcp) text += " " + transport->tcp->flags();
    if (transport && transport->icmp)
        text += icmp_text(*transport->icmp, transport->protocol == kIcmpV6);
    if (ip.is_fragment()) {
        text += " fragment";
        if (ip.version == 4) text += fmt::format(" id {}", ip.id);
        text += fmt::format(" at {}", ip.fragment_offset);
    }
    return text;
}

std::string tunnel_text(const Decoded& packet) {
    const Tunnel& tunnel = *packet.tunnel;
    const std::string id = tunnel.id ? fmt::format(" {}", *tunnel.id) : "";
    return fmt::format("{} {}{}: {}", endpoints(*packet.ip, {}), tunnel.kind, id,
                       tunnel.inner->summary());
}

std::string ip_text(const Decoded& packet) {
    if (packet.tunnel) return tunnel_text(packet);
    const std::string from_to = endpoints(*packet.ip, packet.transport);
    if (packet.roce)
        return fmt::format("{} roce {} qp {} psn {}", from_to,
                           roce_opcode_name(packet.roce->opcode), packet.roce->destination_qp,
                           packet.roce->psn);
    return from_to + " " + upper_text(*packet.ip, packet.transport);
}

std::string arp_text(const Arp& arp) {
    if (!arp.sender || !arp.target) return fmt::format("ARP operation {}", arp.operation);
    if (arp.operation == 1)
        return fmt::format("ARP who-has {} tell {}", arp.target.text(), arp.sender.text());
    if (arp.operation == 2)
        return fmt::format("ARP {} is-at {}", arp.sender.text(), arp.sender_mac.text());
    return fmt::format("ARP operation {} from {} about {}", arp.operation, arp.sender.text(),
                       arp.target.text());
}

std::string frame_text(const Decoded& packet) {
    std::string what;
    if (packet.ethertype != 0) {
        what = ethertype_name(packet.ethertype);
    } else if (packet.llc) {
        what = llc_sap_name(packet.llc->destination_sap);
    }
    if (!packet.ethernet) return what.empty() ? "no packet data" : what;
    if (what.empty()) what = ethertype_name(packet.ethernet->ethertype);
    return fmt::format("{} > {} {}", packet.ethernet->source.text(),
                       packet.ethernet->destination.text(), what);
}

}  // namespace

std::string TcpHeader::flags() const {
    std::string text;
    if (fin) text += 'F';
    if (syn) text += 'S';
    if (rst) text += 'R';
    if (psh) text += 'P';
    if (ack) text += '.';
    if (urg) text += 'U';
    return text.empty() ? "none" : text;
}

std::string Decoded::summary() const {
    std::string text;
    for (const VlanTag& tag : vlans) text += fmt::format("vlan {}, ", tag.id);
    if (arp) {
        text += arp_text(*arp);
    } else {
        text += ip ? ip_text(*this) : frame_text(*this);
    }
    // A copy that ends inside the last header still tells who talks to whom; no need to say so.
    const bool misses_something = truncated && !arp && !transport;
    if (malformed) {
        text += fmt::format(" (malformed: {})", problem);
    } else if (misses_something) {
        text += " (cut short)";
    }
    return text;
}

}  // namespace knowhy::model
