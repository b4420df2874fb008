// Sockets that could take a packet: listening TCP and all UDP ones, from sock_diag.
#include <endian.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <fmt/format.h>

#include "net/snapshot/look.h"

namespace knowhy::net {
namespace {

model::IpAddress address_in(const __be32 (&words)[4], uint8_t family) {
    const auto* bytes = static_cast<const uint8_t*>(static_cast<const void*>(words));
    return address_from({bytes, family == AF_INET ? 4U : 16U});
}

model::Listener listener_from(const inet_diag_msg& socket, uint8_t protocol,
                              const host::Attributes& attributes) {
    model::Listener listener;
    listener.protocol = protocol;
    listener.address = address_in(socket.id.idiag_src, socket.idiag_family);
    listener.port = be16toh(socket.id.idiag_sport);
    listener.ifindex = socket.id.idiag_if;
    listener.peer_port = be16toh(socket.id.idiag_dport);
    if (listener.peer_port != 0)
        listener.peer = address_in(socket.id.idiag_dst, socket.idiag_family);
    listener.state = socket.idiag_state;
    listener.receive_queue = socket.idiag_rqueue;
    listener.send_queue = socket.idiag_wqueue;
    if (const auto only = attributes.u8(INET_DIAG_SKV6ONLY)) listener.v6_only = *only != 0;
    return listener;
}

void read_sockets(Look& look, host::NetlinkSocket& socket, uint8_t family, uint8_t protocol,
                  uint32_t states) {
    host::NetlinkMessage request(SOCK_DIAG_BY_FAMILY, 0);
    auto& header = request.header<inet_diag_req_v2>();
    header.sdiag_family = family;
    header.sdiag_protocol = protocol;
    header.idiag_states = states;
    const std::string what = fmt::format("{}{} sockets", protocol == IPPROTO_TCP ? "TCP" : "UDP",
                                         family == AF_INET6 ? "v6" : "");
    look.dump(what, socket, request, [&](const nlmsghdr* message) {
        const auto* found = static_cast<const inet_diag_msg*>(NLMSG_DATA(message));
        const host::Attributes attributes(message, sizeof(inet_diag_msg));
        look.state.listeners.push_back(listener_from(*found, protocol, attributes));
    });
}

}  // namespace

void read_listeners(Look& look) {
    auto socket = host::NetlinkSocket::open(NETLINK_SOCK_DIAG);
    if (!socket) return look.incomplete("sockets", socket.error());
    constexpr uint32_t kListening = 1U << TCP_LISTEN;
    constexpr uint32_t kUdp = 1U << TCP_CLOSE | 1U << TCP_ESTABLISHED;
    for (const uint8_t family : {AF_INET, AF_INET6}) {
        read_sockets(look, *socket, family, IPPROTO_TCP, kListening);
        read_sockets(look, *socket, family, IPPROTO_UDP, kUdp);
    }
}

}  // namespace knowhy::net
