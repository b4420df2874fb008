// What bridges know: which VLANs a port belongs to, and which addresses are behind it.
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "net/snapshot/look.h"

namespace knowhy::net {
namespace {

using host::Attributes;

std::vector<model::VlanMembership> memberships_from(const Attributes& specification) {
    std::vector<model::VlanMembership> vlans;
    specification.for_each([&](uint16_t type, std::span<const uint8_t> payload) {
        bridge_vlan_info info{};
        if (type != IFLA_BRIDGE_VLAN_INFO || payload.size() < sizeof info) return;
        std::memcpy(&info, payload.data(), sizeof info);
        vlans.push_back({info.vid, (info.flags & BRIDGE_VLAN_INFO_PVID) != 0,
                         (info.flags & BRIDGE_VLAN_INFO_UNTAGGED) != 0});
    });
    return vlans;
}

void read_vlans(Look& look) {
    host::NetlinkMessage request(RTM_GETLINK, 0);
    request.header<ifinfomsg>().ifi_family = AF_BRIDGE;
    request.put_u32(IFLA_EXT_MASK, RTEXT_FILTER_BRVLAN);
    look.dump("bridge VLANs", request, [&](const nlmsghdr* message) {
        const auto* header = static_cast<const ifinfomsg*>(NLMSG_DATA(message));
        const Attributes attributes(message, sizeof(ifinfomsg));
        auto vlans = memberships_from(attributes.nested(IFLA_AF_SPEC));
        auto& links = look.state.links;
        const auto link = std::find_if(links.begin(), links.end(), [&](const model::Link& each) {
            return each.ifindex == static_cast<uint32_t>(header->ifi_index);
        });
        if (link != links.end() && !vlans.empty()) link->vlans = std::move(vlans);
    });
}

void read_fdb(Look& look) {
    host::NetlinkMessage request(RTM_GETNEIGH, 0);
    request.header<ndmsg>().ndm_family = AF_BRIDGE;
    look.dump("bridge fdb", request, [&](const nlmsghdr* message) {
        const auto* header = static_cast<const ndmsg*>(NLMSG_DATA(message));
        const Attributes attributes(message, sizeof(ndmsg));
        const auto mac = mac_from(attributes.bytes(NDA_LLADDR));
        // Without a master it is a device's own filter list, or a VXLAN device's table.
        if (!mac || !attributes.has(NDA_MASTER)) return;
        look.state.fdb.push_back({static_cast<uint32_t>(header->ndm_ifindex), *mac,
                                  attributes.u16(NDA_VLAN).value_or(0),
                                  (header->ndm_state & NUD_PERMANENT) != 0});
    });
}

}  // namespace

void read_bridges(Look& look) {
    const auto& links = look.state.links;
    const bool any = std::any_of(links.begin(), links.end(),
                                 [](const model::Link& link) { return link.kind == "bridge"; });
    if (!any) return;
    read_vlans(look);
    read_fdb(look);
}

}  // namespace knowhy::net
