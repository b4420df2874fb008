#include "lang/values/number_names.h"

#include <fmt/format.h>
#include <linux/net.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <span>

namespace knowhy::lang {
namespace {

struct Named {
    int64_t number;
    std::string_view name;
};

constexpr Named kFamilies[] = {
    {AF_UNSPEC, "UNSPEC"},
    {AF_LOCAL, "LOCAL"},
    {AF_INET, "INET"},
    {AF_AX25, "AX25"},
    {AF_IPX, "IPX"},
    {AF_APPLETALK, "APPLETALK"},
    {AF_NETROM, "NETROM"},
    {AF_BRIDGE, "BRIDGE"},
    {AF_ATMPVC, "ATMPVC"},
    {AF_X25, "X25"},
    {AF_INET6, "INET6"},
    {AF_ROSE, "ROSE"},
    {AF_DECnet, "DECnet"},
    {AF_NETBEUI, "NETBEUI"},
    {AF_SECURITY, "SECURITY"},
    {AF_KEY, "KEY"},
    {AF_NETLINK, "NETLINK"},
    {AF_PACKET, "PACKET"},
    {AF_ASH, "ASH"},
    {AF_ECONET, "ECONET"},
    {AF_ATMSVC, "ATMSVC"},
    {AF_RDS, "RDS"},
    {AF_SNA, "SNA"},
    {AF_IRDA, "IRDA"},
    {AF_PPPOX, "PPPOX"},
    {AF_WANPIPE, "WANPIPE"},
    {AF_LLC, "LLC"},
    {AF_IB, "IB"},
    {AF_MPLS, "MPLS"},
    {AF_CAN, "CAN"},
    {AF_TIPC, "TIPC"},
    {AF_BLUETOOTH, "BLUETOOTH"},
    {AF_IUCV, "IUCV"},
    {AF_RXRPC, "RXRPC"},
    {AF_ISDN, "ISDN"},
    {AF_PHONET, "PHONET"},
    {AF_IEEE802154, "IEEE802154"},
    {AF_CAIF, "CAIF"},
    {AF_ALG, "ALG"},
    {AF_NFC, "NFC"},
    {AF_VSOCK, "VSOCK"},
    {AF_KCM, "KCM"},
    {AF_QIPCRTR, "QIPCRTR"},
    {AF_SMC, "SMC"},
    {AF_XDP, "XDP"},
};

constexpr Named kProtocols[] = {
    {IPPROTO_IP, "IP"},           {IPPROTO_ICMP, "ICMP"},
    {IPPROTO_IGMP, "IGMP"},       {IPPROTO_IPIP, "IPENCAP"},
    {IPPROTO_TCP, "TCP"},         {IPPROTO_EGP, "EGP"},
    {IPPROTO_PUP, "PUP"},         {IPPROTO_UDP, "UDP"},
    {IPPROTO_IDP, "XNS-IDP"},     {IPPROTO_DCCP, "DCCP"},
    {IPPROTO_IPV6, "IPV6"},       {IPPROTO_RSVP, "RSVP"},
    {IPPROTO_GRE, "GRE"},         {IPPROTO_ESP, "IPV6-CRYPT"},
    {IPPROTO_AH, "IPV6-AUTH"},    {IPPROTO_ICMPV6, "IPV6-ICMP"},
    {IPPROTO_ENCAP, "ENCAP"},     {IPPROTO_PIM, "PIM"},
    {IPPROTO_COMP, "IPCOMP"},     {IPPROTO_SCTP, "SCTP"},
    {IPPROTO_UDPLITE, "UDPLITE"}, {IPPROTO_MPLS, "MPLS"},
    {IPPROTO_RAW, "RAW"},
};

constexpr Named kSocketStates[] = {
    {SS_FREE, "FREE"},           {SS_UNCONNECTED, "UNCONNECTED"},     {SS_CONNECTING, "CONNECTING"},
    {SS_CONNECTED, "CONNECTED"}, {SS_DISCONNECTING, "DISCONNECTING"},
};

constexpr Named kSocketTypes[] = {
    {SOCK_STREAM, "STREAM"}, {SOCK_DGRAM, "DGRAM"},         {SOCK_RAW, "RAW"},
    {SOCK_RDM, "RDM"},       {SOCK_SEQPACKET, "SEQPACKET"}, {SOCK_DCCP, "DCCP"},
    {SOCK_PACKET, "PACKET"},
};

constexpr Named kTcpStates[] = {
    {TCP_ESTABLISHED, "TCP_ESTABLISHED"},
    {TCP_SYN_SENT, "TCP_SYN_SENT"},
    {TCP_SYN_RECV, "TCP_SYN_RECV"},
    {TCP_FIN_WAIT1, "TCP_FIN_WAIT1"},
    {TCP_FIN_WAIT2, "TCP_FIN_WAIT2"},
    {TCP_TIME_WAIT, "TCP_TIME_WAIT"},
    {TCP_CLOSE, "TCP_CLOSE"},
    {TCP_CLOSE_WAIT, "TCP_CLOSE_WAIT"},
    {TCP_LAST_ACK, "TCP_LAST_ACK"},
    {TCP_LISTEN, "TCP_LISTEN"},
    {TCP_CLOSING, "TCP_CLOSING"},
};

struct Table {
    std::string_view name;
    std::span<const Named> numbers;
};

constexpr Table kTables[] = {{"family", kFamilies},
                             {"protocol", kProtocols},
                             {"socket state", kSocketStates},
                             {"socket type", kSocketTypes},
                             {"tcp state", kTcpStates}};

bool is_int(int64_t number) {
    return number >= 0 && number <= INT32_MAX;
}

std::string error_text(int64_t number) {
    const char* text = is_int(number) ? ::strerrordesc_np(static_cast<int>(number)) : nullptr;
    return text != nullptr ? text : fmt::format("Unknown error {}", number);
}

std::string signal_name(int64_t number) {
    const char* name = is_int(number) ? ::sigabbrev_np(static_cast<int>(number)) : nullptr;
    return name != nullptr ? fmt::format("SIG{}", name) : fmt::format("Unknown signal {}", number);
}

}  // namespace

std::string number_name(std::string_view table, int64_t number) {
    if (table == "error text") return error_text(number);
    if (table == "signal") return signal_name(number);
    const auto* known = std::ranges::find(kTables, table, &Table::name);
    if (known == std::end(kTables)) return "UNDEF";
    const auto found = std::ranges::find(known->numbers, number, &Named::number);
    return std::string(found == known->numbers.end() ? "UNDEF" : found->name);
}

std::vector<std::string_view> number_tables() {
    std::vector<std::string_view> names;
    for (const Table& table : kTables) names.push_back(table.name);
    return names;
}

}  // namespace knowhy::lang
