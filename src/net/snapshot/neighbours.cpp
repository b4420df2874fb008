#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "base/named.h"
#include "net/snapshot/look.h"

namespace knowhy::net {
namespace {

constexpr Named<uint16_t> kStates[] = {
    {NUD_INCOMPLETE, "INCOMPLETE"}, {NUD_REACHABLE, "REACHABLE"}, {NUD_STALE, "STALE"},
    {NUD_DELAY, "DELAY"},           {NUD_PROBE, "PROBE"},         {NUD_FAILED, "FAILED"},
    {NUD_NOARP, "NOARP"},           {NUD_PERMANENT, "PERMANENT"}, {NUD_NONE, "NONE"},
};

}  // namespace

void read_neighbours(Look& look) {
    host::NetlinkMessage request(RTM_GETNEIGH, 0);
    request.header<ndmsg>().ndm_family = AF_UNSPEC;
    look.dump("neighbours", request, [&](const nlmsghdr* message) {
        const auto* header = static_cast<const ndmsg*>(NLMSG_DATA(message));
        if (header->ndm_family != AF_INET && header->ndm_family != AF_INET6) return;
        const host::Attributes attributes(message, sizeof(ndmsg));
        look.state.neighbours.push_back(
            {static_cast<uint32_t>(header->ndm_ifindex), address_from(attributes.bytes(NDA_DST)),
             mac_from(attributes.bytes(NDA_LLADDR)), name_or_number(kStates, header->ndm_state)});
    });
}

}  // namespace knowhy::net
