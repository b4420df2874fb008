#include "model/packet_names.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "base/named.h"
#include "model/packet.h"

namespace knowhy::model {
namespace {

constexpr Named<uint8_t> kProtocols[] = {
    {0, "HOPOPT"},     {1, "ICMP"},   {2, "IGMP"},       {4, "IPIP"},      {6, "TCP"},
    {17, "UDP"},       {33, "DCCP"},  {41, "IPv6"},      {43, "routing"},  {44, "fragment"},
    {47, "GRE"},       {50, "ESP"},   {51, "AH"},        {58, "ICMPv6"},   {60, "dstopts"},
    {88, "EIGRP"},     {89, "OSPF"},  {103, "PIM"},      {108, "IPComp"},  {112, "VRRP"},
    {115, "L2TP"},     {132, "SCTP"}, {135, "mobility"}, {136, "UDPLite"}, {137, "MPLS"},
    {143, "Ethernet"},
};

constexpr Named<uint16_t> kEthertypes[] = {
    {0x0800, "IPv4"},
    {0x0806, "ARP"},
    {0x22eb, "ERSPAN"},
    {0x22f0, "AVTP"},
    {0x6558, "TEB"},
    {0x8035, "RARP"},
    {0x8100, "802.1Q"},
    {0x86dd, "IPv6"},
    {0x8808, "pause"},
    {0x8809, "LACP"},
    {0x8847, "MPLS"},
    {0x8848, "MPLS"},
    {0x8863, "PPPoE discovery"},
    {0x8864, "PPPoE"},
    {0x888e, "EAPOL"},
    {0x88a8, "802.1ad"},
    {0x88be, "ERSPAN"},
    {0x88cc, "LLDP"},
    {0x88e5, "MACsec"},
    {0x88f7, "PTP"},
    {0x8906, "FCoE"},
    {0x8915, "RoCEv1"},
};

constexpr Named<uint8_t> kIcmp[] = {
    {0, "echo reply"},           {3, "unreachable"},
    {4, "source quench"},        {5, "redirect"},
    {8, "echo request"},         {9, "router advertisement"},
    {10, "router solicitation"}, {11, "time exceeded"},
    {12, "parameter problem"},   {13, "timestamp request"},
    {14, "timestamp reply"},
};

constexpr Named<uint8_t> kIcmp6[] = {
    {1, "unreachable"},
    {2, "packet too big"},
    {3, "time exceeded"},
    {4, "parameter problem"},
    {128, "echo request"},
    {129, "echo reply"},
    {130, "multicast listener query"},
    {131, "multicast listener report"},
    {132, "multicast listener done"},
    {133, "router solicitation"},
    {134, "router advertisement"},
    {135, "neighbour solicitation"},
    {136, "neighbour advertisement"},
    {137, "redirect"},
    {143, "multicast listener report v2"},
};

constexpr Named<uint8_t> kSaps[] = {{0x06, "IP"},  {0x42, "STP"},     {0xaa, "SNAP"},
                                    {0xe0, "IPX"}, {0xf0, "NetBIOS"}, {0xfe, "OSI"}};

// InfiniBand's base transport header: three bits of transport, five of operation.
constexpr std::array<std::string_view, 4> kRoceTransports{"RC", "UC", "RD", "UD"};
constexpr std::array<std::string_view, 24> kRoceOperations{
    "SEND_FIRST",
    "SEND_MIDDLE",
    "SEND_LAST",
    "SEND_LAST_WITH_IMMEDIATE",
    "SEND_ONLY",
    "SEND_ONLY_WITH_IMMEDIATE",
    "RDMA_WRITE_FIRST",
    "RDMA_WRITE_MIDDLE",
    "RDMA_WRITE_LAST",
    "RDMA_WRITE_LAST_WITH_IMMEDIATE",
    "RDMA_WRITE_ONLY",
    "RDMA_WRITE_ONLY_WITH_IMMEDIATE",
    "RDMA_READ_REQUEST",
    "RDMA_READ_RESPONSE_FIRST",
    "RDMA_READ_RESPONSE_MIDDLE",
    "RDMA_READ_RESPONSE_LAST",
    "RDMA_READ_RESPONSE_ONLY",
    "ACKNOWLEDGE",
    "ATOMIC_ACKNOWLEDGE",
    "COMPARE_SWAP",
    "FETCH_ADD",
    "",
    "SEND_LAST_WITH_INVALIDATE",
    "SEND_ONLY_WITH_INVALIDATE",
};
constexpr uint8_t kRoceCnp = 0x81;

}  // namespace

std::string ip_protocol_name(uint8_t protocol) {
    const auto name = name_in(kProtocols, protocol);
    return name.empty() ? fmt::format("proto {}", protocol) : std::string(name);
}

std::string ethertype_name(uint16_t ethertype) {
    const auto name = name_in(kEthertypes, ethertype);
    return name.empty() ? fmt::format("{:#06x}", ethertype) : std::string(name);
}

std::string icmp_type_name(bool v6, uint8_t type) {
    const auto name = v6 ? name_in(kIcmp6, type) : name_in(kIcmp, type);
    return name.empty() ? fmt::format("type {}", type) : std::string(name);
}

std::string llc_sap_name(uint8_t sap) {
    const auto name = name_in(kSaps, sap);
    return name.empty() ? fmt::format("sap {:#04x}", sap) : std::string(name);
}

std::string roce_opcode_name(uint8_t opcode) {
    if (opcode == kRoceCnp) return "CNP";
    const size_t transport = opcode >> 5U;
    const size_t operation = opcode & 0x1fU;
    const bool named = transport < kRoceTransports.size() && operation < kRoceOperations.size() &&
                       !kRoceOperations[operation].empty();
    if (!named) return fmt::format("opcode {:#04x}", opcode);
    return fmt::format("{} {}", kRoceTransports[transport], kRoceOperations[operation]);
}

}  // namespace knowhy::model
