#include "explain/compare/flow.h"

#include <fmt/format.h>
#include <linux/if_ether.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>

#include <algorithm>
#include <array>

namespace knowhy::explain {
namespace {

using model::Decoded;
using model::IpAddress;

constexpr uint16_t kFirstEphemeral = 32768;
// DHCP, NTP, SSDP, DHCPv6, mDNS, LLMNR.
constexpr std::array<uint16_t, 8> kBackgroundPorts = {67, 68, 123, 546, 547, 1900, 5353, 5355};
constexpr uint16_t kLldp = 0x88cc;
constexpr uint8_t kIgmp = 2;
constexpr uint8_t kMldV2Report = 143;

std::string address_words(const IpAddress& address) {
    if (address.is_v6() && address.is_link_local()) return "fe80::*";
    // Solicited-node groups are made of link-local addresses (RFC 4291, 2.7.1).
    if (address.is_v6() && address.text().starts_with("ff02::1:ff")) return "ff02::1:ff*";
    return address.text();
}

std::string port_words(std::optional<uint16_t> port) {
    return port && *port < kFirstEphemeral ? fmt::format(":{}", *port) : "";
}

bool is_background_port(std::optional<uint16_t> port) {
    return port && std::find(kBackgroundPorts.begin(), kBackgroundPorts.end(), *port) !=
                       kBackgroundPorts.end();
}

// What the kernel and daemons say by themselves.
bool is_background(const model::Transport& transport, uint8_t protocol) {
    if (protocol == kIgmp) return true;
    if (protocol == IPPROTO_ICMPV6 && transport.icmp) {
        const uint8_t type = transport.icmp->type;
        return (type >= MLD_LISTENER_QUERY && type <= ND_REDIRECT) || type == kMldV2Report;
    }
    return protocol == IPPROTO_UDP && (is_background_port(transport.source_port) ||
                                       is_background_port(transport.destination_port));
}

std::string icmp_words(const model::IcmpHeader& icmp, uint8_t protocol) {
    if (protocol == IPPROTO_ICMP && icmp.type == ICMP_ECHO) return "icmp echo request";
    if (protocol == IPPROTO_ICMP && icmp.type == ICMP_ECHOREPLY) return "icmp echo reply";
    const char* name = protocol == IPPROTO_ICMP ? "icmp" : "icmpv6";
    return fmt::format("{} type {} code {}", name, icmp.type, icmp.code);
}

void add_transport(const model::Transport& transport, uint8_t protocol, Flow& flow) {
    flow.background = is_background(transport, protocol);
    if (transport.icmp) {
        const model::IcmpHeader& icmp = *transport.icmp;
        flow.name += icmp_words(icmp, protocol);
        flow.instance += fmt::format(" {} {}", icmp.id, icmp.sequence);
        flow.resolves = protocol == IPPROTO_ICMPV6 && icmp.type >= ND_ROUTER_SOLICIT &&
                        icmp.type <= ND_NEIGHBOR_ADVERT;
        return;
    }
    flow.name += model::ip_protocol_name(protocol);
    if (!transport.tcp) return;
    const model::TcpHeader& tcp = *transport.tcp;
    flow.is_stream = true;
    flow.name += fmt::format(" {}{}{}",
                             tcp.syn   ? "S"
                             : tcp.fin ? "F"
                             : tcp.rst ? "R"
                                       : "",
                             tcp.ack ? "." : "", tcp.payload_length != 0 ? " data" : "");
    flow.instance += fmt::format(" {} {}", tcp.sequence, tcp.acknowledgement);
}

std::optional<Flow> ip_flow(const Decoded& packet) {
    const model::Ip& ip = *packet.ip;
    if (ip.version != 4 && ip.version != 6) return std::nullopt;
    if (ip.version == 4 && !ip.checksum_ok) return std::nullopt;  // not finished yet
    Flow flow;
    flow.instance = fmt::format("{} {}", ip.id, ip.fragment_offset);
    const auto* transport = packet.transport ? &*packet.transport : nullptr;
    flow.name = fmt::format("{}{} > {}{} ", address_words(ip.source),
                            transport != nullptr ? port_words(transport->source_port) : "",
                            address_words(ip.destination),
                            transport != nullptr ? port_words(transport->destination_port) : "");
    if (transport != nullptr)
        add_transport(*transport, ip.protocol, flow);
    else
        flow.name += model::ip_protocol_name(ip.protocol);
    if (ip.fragment_offset != 0) flow.name += " later fragment";
    return flow;
}

Flow arp_flow(const model::Arp& arp) {
    constexpr uint16_t kRequest = 1;
    Flow flow;
    flow.background = true;
    flow.resolves = true;
    flow.name = arp.operation == kRequest
                    ? fmt::format("ARP who-has {} tell {}", arp.target.text(), arp.sender.text())
                    : fmt::format("ARP {} answers {}", arp.sender.text(), arp.target.text());
    return flow;
}

}  // namespace

std::optional<Flow> flow_of(const Decoded& packet) {
    if (packet.malformed) return std::nullopt;
    if (packet.arp) return arp_flow(*packet.arp);
    if (packet.ip) return ip_flow(packet);
    if (packet.ethertype == 0 || packet.ethertype == ETH_P_IP || packet.ethertype == ETH_P_IPV6)
        return std::nullopt;
    Flow flow;
    flow.name = model::ethertype_name(packet.ethertype);
    flow.background = packet.ethertype == kLldp;
    return flow;
}

}  // namespace knowhy::explain
