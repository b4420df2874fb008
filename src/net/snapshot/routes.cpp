#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "base/named.h"
#include "net/snapshot/look.h"

namespace knowhy::net {
namespace {

using host::Attributes;

constexpr Named<uint8_t> kTypes[] = {
    {RTN_UNICAST, "unicast"},
    {RTN_LOCAL, "local"},
    {RTN_BROADCAST, "broadcast"},
    {RTN_ANYCAST, "anycast"},
    {RTN_MULTICAST, "multicast"},
    {RTN_BLACKHOLE, "blackhole"},
    {RTN_UNREACHABLE, "unreachable"},
    {RTN_PROHIBIT, "prohibit"},
    {RTN_THROW, "throw"},
    {RTN_NAT, "nat"},
};

// As /etc/iproute2/rt_protos has them.
constexpr Named<uint8_t> kProtocols[] = {
    {RTPROT_REDIRECT, "redirect"}, {RTPROT_KERNEL, "kernel"},
    {RTPROT_BOOT, "boot"},         {RTPROT_STATIC, "static"},
    {RTPROT_GATED, "gated"},       {RTPROT_RA, "ra"},
    {RTPROT_ZEBRA, "zebra"},       {RTPROT_BIRD, "bird"},
    {RTPROT_DHCP, "dhcp"},         {RTPROT_KEEPALIVED, "keepalived"},
    {RTPROT_BABEL, "babel"},       {RTPROT_BGP, "bgp"},
    {RTPROT_ISIS, "isis"},         {RTPROT_OSPF, "ospf"},
    {RTPROT_RIP, "rip"},           {RTPROT_EIGRP, "eigrp"},
};

// RTA_MULTIPATH is a row of rtnexthop structs, each followed by attributes of its own.
void read_next_hops(std::span<const uint8_t> hops, model::Route& route) {
    while (hops.size() >= sizeof(rtnexthop)) {
        const auto* hop = static_cast<const rtnexthop*>(static_cast<const void*>(hops.data()));
        const size_t length = hop->rtnh_len;
        if (length < sizeof(rtnexthop) || length > hops.size()) return;
        route.nexthop_ifindexes.push_back(static_cast<uint32_t>(hop->rtnh_ifindex));
        hops = hops.subspan(std::min<size_t>(RTNH_ALIGN(length), hops.size()));
    }
}

// RTA_VIA: an IPv4 route through an IPv6 neighbour; two bytes of family, then the address.
model::IpAddress gateway_from(const Attributes& attributes) {
    if (attributes.has(RTA_GATEWAY)) return address_from(attributes.bytes(RTA_GATEWAY));
    const auto via = attributes.bytes(RTA_VIA);
    return via.size() > sizeof(uint16_t) ? address_from(via.subspan(sizeof(uint16_t)))
                                         : model::IpAddress{};
}

model::Route route_from(const rtmsg& header, const Attributes& attributes) {
    model::Route route;
    route.destination =
        prefix_from(attributes.bytes(RTA_DST), header.rtm_family, header.rtm_dst_len);
    route.type = name_or_number(kTypes, header.rtm_type);
    route.table = attributes.u32(RTA_TABLE).value_or(header.rtm_table);
    route.gateway = gateway_from(attributes);
    route.out_ifindex = attributes.u32(RTA_OIF).value_or(0);
    route.metric = attributes.u32(RTA_PRIORITY);
    route.preferred_source = address_from(attributes.bytes(RTA_PREFSRC));
    route.protocol = name_or_number(kProtocols, header.rtm_protocol);
    route.mtu = attributes.nested(RTA_METRICS).u32(RTAX_MTU);
    route.linkdown = (header.rtm_flags & RTNH_F_LINKDOWN) != 0;
    route.onlink = (header.rtm_flags & RTNH_F_ONLINK) != 0;
    read_next_hops(attributes.bytes(RTA_MULTIPATH), route);
    return route;
}

}  // namespace

void read_routes(Look& look) {
    host::NetlinkMessage request(RTM_GETROUTE, 0);
    request.header<rtmsg>().rtm_family = AF_UNSPEC;
    look.dump("routes", request, [&](const nlmsghdr* message) {
        const auto* header = static_cast<const rtmsg*>(NLMSG_DATA(message));
        if (header->rtm_family != AF_INET && header->rtm_family != AF_INET6) return;
        // IPv6 dumps its learned exceptions among the routes; they are no configuration.
        if ((header->rtm_flags & RTM_F_CLONED) != 0) return;
        look.state.routes.push_back(route_from(*header, Attributes(message, sizeof(rtmsg))));
    });
}

}  // namespace knowhy::net
