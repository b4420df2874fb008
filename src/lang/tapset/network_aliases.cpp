// Devices, TCP and UDP.
#include "lang/tapset/aliases.h"

namespace knowhy::lang::tapset_points {
namespace {

const AliasVariable kName = {"name", "the alias's own name"};
const AliasVariable kDevice = {"dev_name", "the device's name"};
const AliasVariable kLength = {"length", "the packet's bytes"};
const AliasVariable kProtocol = {"protocol", "its Ethernet protocol, in network order"};
const AliasVariable kTruesize = {"truesize", "the memory that it takes"};
const AliasVariable kSock = {"sock", "the struct sock"};
const AliasVariable kFamily = {"family", "its family: 2 of IPv4, 10 of IPv6"};
const AliasVariable kSource = {"saddr", "its own address"};
const AliasVariable kDestination = {"daddr", "its peer's address"};
const AliasVariable kSourcePort = {"sport", "its own port"};
const AliasVariable kDestinationPort = {"dport", "its peer's port"};
const AliasVariable kSize = {"size", "how many bytes"};
const AliasVariable kSizeDone = {"size", "how many bytes it were, or a negative errno"};
const AliasVariable kFlags = {"flags", "its flags"};
const AliasVariable kRet = {"ret", "0, or a negative errno"};

const std::vector<AliasVariable> kPacket = {kDevice, kLength, kProtocol, kTruesize};
const std::vector<AliasVariable> kFlow = {kName,   kSock,        kSize,       kFamily,
                                          kSource, kDestination, kSourcePort, kDestinationPort};
const std::vector<AliasVariable> kFlowDone = {kName,        kSizeDone,   kFamily,         kSource,
                                              kDestination, kSourcePort, kDestinationPort};
const std::vector<AliasVariable> kFlowEnd = {kName,   kSock,        kFlags,      kFamily,
                                             kSource, kDestination, kSourcePort, kDestinationPort};
const std::vector<AliasVariable> kSegment = {
    kName,
    {"iphdr", "where the IP header is"},
    {"protocol", "the IP protocol"},
    kFamily,
    {"saddr", "the packet's source"},
    {"daddr", "its destination"},
    {"tcphdr", "where the TCP header is"},
    {"sport", "its source port"},
    {"dport", "its destination port"},
    {"urg", "URG"},
    {"ack", "ACK"},
    {"psh", "PSH"},
    {"rst", "RST"},
    {"syn", "SYN"},
    {"fin", "FIN"},
};

}  // namespace

std::vector<Alias> network_aliases() {
    return {
        {"netdev.receive", "a packet came from a device", R"(kernel.trace("netif_receive_skb") {
             dev_name = get_netdev_name($skb->dev); length = $skb->len
             protocol = $skb->protocol; truesize = $skb->truesize })",
         kPacket},
        {"netdev.transmit", "a packet is queued for a device",
         R"(kernel.function("__dev_queue_xmit") !, kernel.function("dev_queue_xmit") {
             dev_name = get_netdev_name($skb->dev); length = $skb->len
             protocol = $skb->protocol; truesize = $skb->truesize })",
         kPacket},
        {"netdev.hard_transmit", "a packet is handed to its driver",
         R"(kernel.function("dev_hard_start_xmit") {
             dev_name = get_netdev_name($dev)
             length = @choose_defined($first->len, $skb->len)
             protocol = @choose_defined($first->protocol, $skb->protocol)
             truesize = @choose_defined($first->truesize, $skb->truesize) })",
         kPacket},
        {"netdev.rx",
         "a driver hands a packet on",
         R"(kernel.function("netif_rx") {
             dev_name = get_netdev_name($skb->dev); protocol = $skb->protocol })",
         {kDevice, kProtocol}},
        {"netdev.open",
         "a device is set up",
         R"(kernel.function("dev_open") { dev_name = get_netdev_name($dev) })",
         {kDevice}},
        {"netdev.close",
         "a device is set down",
         R"(kernel.function("dev_close") { dev_name = get_netdev_name($dev) })",
         {kDevice}},
        {"netdev.change_mtu",
         "a device gets another MTU",
         R"(kernel.function("dev_set_mtu") {
             dev_name = get_netdev_name($dev); old_mtu = $dev->mtu; new_mtu = $new_mtu })",
         {kDevice, {"old_mtu", "the MTU until now"}, {"new_mtu", "the new one"}}},
        {"netdev.register",
         "a device is registered",
         R"(kernel.function("register_netdevice") { dev_name = get_netdev_name($dev) })",
         {kDevice}},
        {"netdev.unregister",
         "a device goes",
         R"(kernel.function("unregister_netdevice_queue") { dev_name = get_netdev_name($dev) })",
         {kDevice}},

        {"tcp.sendmsg",
         "a process sends by TCP",
         R"(kernel.function("tcp_sendmsg") {
             name = "tcp.sendmsg"; sock = $sk; size = $size
             family = __ip_sock_family($sk) })",
         {kName, kSock, kSize, kFamily}},
        {"tcp.sendmsg.return",
         "it has sent",
         R"(kernel.function("tcp_sendmsg").return {
             name = "tcp.sendmsg"; size = $return })",
         {kName, kSizeDone}},
        {"tcp.recvmsg", "a process receives by TCP", R"(kernel.function("tcp_recvmsg") {
             name = "tcp.recvmsg"; sock = $sk; size = $len
             family = __ip_sock_family($sk)
             saddr = format_ipaddr(__ip_sock_saddr($sk), __ip_sock_family($sk))
             daddr = format_ipaddr(__ip_sock_daddr($sk), __ip_sock_family($sk))
             sport = __tcp_sock_sport($sk); dport = __tcp_sock_dport($sk) })",
         kFlow},
        {"tcp.recvmsg.return", "it has received", R"(kernel.function("tcp_recvmsg").return {
             name = "tcp.recvmsg"; size = $return
             family = __ip_sock_family(@entry($sk))
             saddr = format_ipaddr(__ip_sock_saddr(@entry($sk)), __ip_sock_family(@entry($sk)))
             daddr = format_ipaddr(__ip_sock_daddr(@entry($sk)), __ip_sock_family(@entry($sk)))
             sport = __tcp_sock_sport(@entry($sk)); dport = __tcp_sock_dport(@entry($sk)) })",
         kFlowDone},
        {"tcp.disconnect", "a TCP connection is given up", R"(kernel.function("tcp_disconnect") {
             name = "tcp.disconnect"; sock = $sk; flags = $flags
             family = __ip_sock_family($sk)
             saddr = format_ipaddr(__ip_sock_saddr($sk), __ip_sock_family($sk))
             daddr = format_ipaddr(__ip_sock_daddr($sk), __ip_sock_family($sk))
             sport = __tcp_sock_sport($sk); dport = __tcp_sock_dport($sk) })",
         kFlowEnd},
        {"tcp.disconnect.return",
         "it is given up",
         R"(kernel.function("tcp_disconnect").return {
             name = "tcp.disconnect"; ret = $return })",
         {kName, kRet}},
        {"tcp.ipv4.receive", "a TCP segment came by IPv4", R"(kernel.function("tcp_v4_rcv") {
             name = "tcp.ipv4.receive"; family = 2
             iphdr = __get_skb_iphdr($skb)
             protocol = __ip_skb_proto(__get_skb_iphdr($skb))
             saddr = format_ipaddr(__ip_skb_saddr(__get_skb_iphdr($skb)), 2)
             daddr = format_ipaddr(__ip_skb_daddr(__get_skb_iphdr($skb)), 2)
             tcphdr = __get_skb_tcphdr($skb)
             sport = __tcp_skb_sport(__get_skb_tcphdr($skb))
             dport = __tcp_skb_dport(__get_skb_tcphdr($skb))
             urg = __tcp_skb_urg(__get_skb_tcphdr($skb)); ack = __tcp_skb_ack(__get_skb_tcphdr($skb))
             psh = __tcp_skb_psh(__get_skb_tcphdr($skb)); rst = __tcp_skb_rst(__get_skb_tcphdr($skb))
             syn = __tcp_skb_syn(__get_skb_tcphdr($skb)); fin = __tcp_skb_fin(__get_skb_tcphdr($skb)) })",
         kSegment},
        {"tcp.ipv6.receive", "a TCP segment came by IPv6",
         R"(kernel.function("tcp_v6_rcv") !, module("ipv6").function("tcp_v6_rcv") {
             name = "tcp.ipv6.receive"; family = 10; protocol = 6
             iphdr = __get_skb_iphdr($skb)
             saddr = format_ipaddr(&@cast(__get_skb_iphdr($skb), "ipv6hdr")->saddr, 10)
             daddr = format_ipaddr(&@cast(__get_skb_iphdr($skb), "ipv6hdr")->daddr, 10)
             tcphdr = __get_skb_tcphdr($skb)
             sport = __tcp_skb_sport(__get_skb_tcphdr($skb))
             dport = __tcp_skb_dport(__get_skb_tcphdr($skb))
             urg = __tcp_skb_urg(__get_skb_tcphdr($skb)); ack = __tcp_skb_ack(__get_skb_tcphdr($skb))
             psh = __tcp_skb_psh(__get_skb_tcphdr($skb)); rst = __tcp_skb_rst(__get_skb_tcphdr($skb))
             syn = __tcp_skb_syn(__get_skb_tcphdr($skb)); fin = __tcp_skb_fin(__get_skb_tcphdr($skb)) })",
         kSegment},
        {"tcp.receive", "a TCP segment came", "tcp.ipv4.receive, tcp.ipv6.receive {}", kSegment},

        {"udp.sendmsg", "a process sends by UDP", R"(kernel.function("udp_sendmsg") {
             name = "udp.sendmsg"; sock = $sk; size = $len
             family = __ip_sock_family($sk)
             saddr = format_ipaddr(__ip_sock_saddr($sk), __ip_sock_family($sk))
             daddr = format_ipaddr(__ip_sock_daddr($sk), __ip_sock_family($sk))
             sport = __udp_sock_sport($sk); dport = __udp_sock_dport($sk) })",
         kFlow},
        {"udp.sendmsg.return", "it has sent", R"(kernel.function("udp_sendmsg").return {
             name = "udp.sendmsg"; size = $return
             family = __ip_sock_family(@entry($sk))
             saddr = format_ipaddr(__ip_sock_saddr(@entry($sk)), __ip_sock_family(@entry($sk)))
             daddr = format_ipaddr(__ip_sock_daddr(@entry($sk)), __ip_sock_family(@entry($sk)))
             sport = __udp_sock_sport(@entry($sk)); dport = __udp_sock_dport(@entry($sk)) })",
         kFlowDone},
        {"udp.recvmsg", "a process receives by UDP", R"(kernel.function("udp_recvmsg") {
             name = "udp.recvmsg"; sock = $sk; size = $len
             family = __ip_sock_family($sk)
             saddr = format_ipaddr(__ip_sock_saddr($sk), __ip_sock_family($sk))
             daddr = format_ipaddr(__ip_sock_daddr($sk), __ip_sock_family($sk))
             sport = __udp_sock_sport($sk); dport = __udp_sock_dport($sk) })",
         kFlow},
        {"udp.recvmsg.return", "it has received", R"(kernel.function("udp_recvmsg").return {
             name = "udp.recvmsg"; size = $return
             family = __ip_sock_family(@entry($sk))
             saddr = format_ipaddr(__ip_sock_saddr(@entry($sk)), __ip_sock_family(@entry($sk)))
             daddr = format_ipaddr(__ip_sock_daddr(@entry($sk)), __ip_sock_family(@entry($sk)))
             sport = __udp_sock_sport(@entry($sk)); dport = __udp_sock_dport(@entry($sk)) })",
         kFlowDone},
        {"udp.disconnect", "a UDP socket lets go of its peer",
         R"(kernel.function("udp_disconnect") {
             name = "udp.disconnect"; sock = $sk; flags = $flags
             family = __ip_sock_family($sk)
             saddr = format_ipaddr(__ip_sock_saddr($sk), __ip_sock_family($sk))
             daddr = format_ipaddr(__ip_sock_daddr($sk), __ip_sock_family($sk))
             sport = __udp_sock_sport($sk); dport = __udp_sock_dport($sk) })",
         kFlowEnd},
        {"udp.disconnect.return",
         "it has let go",
         R"(kernel.function("udp_disconnect").return {
             name = "udp.disconnect"; ret = $return })",
         {kName, kRet}},
    };
}

}  // namespace knowhy::lang::tapset_points
