#include <fmt/format.h>
#include <linux/if_arp.h>
#include <linux/if_bonding.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "base/named.h"
#include "host/ethtool.h"
#include "net/snapshot/look.h"

namespace knowhy::net {
namespace {

using host::Attributes;

constexpr Named<uint8_t> kOperstates[] = {
    {0, "UNKNOWN"}, {1, "NOTPRESENT"}, {2, "DOWN"}, {3, "LOWERLAYERDOWN"},
    {4, "TESTING"}, {5, "DORMANT"},    {6, "UP"},
};

// As `ip link` prints them after "link/".
constexpr Named<uint16_t> kTypes[] = {
    {ARPHRD_ETHER, "ether"}, {ARPHRD_LOOPBACK, "loopback"},
    {ARPHRD_TUNNEL, "ipip"}, {ARPHRD_TUNNEL6, "tunnel6"},
    {ARPHRD_SIT, "sit"},     {ARPHRD_IPGRE, "gre"},
    {ARPHRD_IP6GRE, "gre6"}, {ARPHRD_INFINIBAND, "infiniband"},
    {ARPHRD_PPP, "ppp"},     {ARPHRD_NONE, "none"},
    {ARPHRD_RAWIP, "rawip"}, {ARPHRD_NETLINK, "netlink"},
};

constexpr Named<uint8_t> kBondModes[] = {
    {BOND_MODE_ROUNDROBIN, "balance-rr"}, {BOND_MODE_ACTIVEBACKUP, "active-backup"},
    {BOND_MODE_XOR, "balance-xor"},       {BOND_MODE_BROADCAST, "broadcast"},
    {BOND_MODE_8023AD, "802.3ad"},        {BOND_MODE_TLB, "balance-tlb"},
    {BOND_MODE_ALB, "balance-alb"},
};

constexpr Named<uint8_t> kXdpModes[] = {
    {XDP_ATTACHED_DRV, "drv"},
    {XDP_ATTACHED_SKB, "skb"},
    {XDP_ATTACHED_HW, "hw"},
    {XDP_ATTACHED_MULTI, "multi"},
};

constexpr Named<uint8_t> kMiiStatuses[] = {
    {BOND_LINK_UP, "up"},
    {BOND_LINK_FAIL, "going down"},
    {BOND_LINK_DOWN, "down"},
    {BOND_LINK_BACK, "going back"},
};

// As IFLA_* flags are: one byte, 0 or 1.
std::optional<bool> flag(const Attributes& attributes, uint16_t type) {
    const auto value = attributes.u8(type);
    return value ? std::optional(*value != 0) : std::nullopt;
}

model::BridgePort bridge_port(const Attributes& data) {
    model::BridgePort port;
    port.state = data.u8(IFLA_BRPORT_STATE).value_or(0);
    port.isolated = flag(data, IFLA_BRPORT_ISOLATED).value_or(false);
    port.locked = flag(data, IFLA_BRPORT_LOCKED).value_or(false);
    port.hairpin = flag(data, IFLA_BRPORT_MODE).value_or(false);
    // Before they could be turned off, everything was flooded.
    port.unicast_flood = flag(data, IFLA_BRPORT_UNICAST_FLOOD).value_or(true);
    port.multicast_flood = flag(data, IFLA_BRPORT_MCAST_FLOOD).value_or(true);
    port.broadcast_flood = flag(data, IFLA_BRPORT_BCAST_FLOOD).value_or(true);
    return port;
}

model::BondPort bond_port(const Attributes& data) {
    model::BondPort port;
    if (const auto state = data.u8(IFLA_BOND_SLAVE_STATE))
        port.state = *state == BOND_STATE_BACKUP ? "backup" : "active";
    port.aggregator = data.u16(IFLA_BOND_SLAVE_AD_AGGREGATOR_ID);
    port.actor_oper_port_state = data.u8(IFLA_BOND_SLAVE_AD_ACTOR_OPER_PORT_STATE);
    port.partner_oper_port_state = data.u16(IFLA_BOND_SLAVE_AD_PARTNER_OPER_PORT_STATE);
    if (const auto status = data.u8(IFLA_BOND_SLAVE_MII_STATUS))
        port.mii_status = name_or_number(kMiiStatuses, *status);
    port.link_failures = data.u32(IFLA_BOND_SLAVE_LINK_FAILURE_COUNT);
    port.permanent_mac = mac_from(data.bytes(IFLA_BOND_SLAVE_PERM_HWADDR));
    return port;
}

model::Bond bond_from(const Attributes& data) {
    model::Bond bond;
    bond.miimon = data.u32(IFLA_BOND_MIIMON);
    bond.arp_interval = data.u32(IFLA_BOND_ARP_INTERVAL);
    data.nested(IFLA_BOND_ARP_IP_TARGET).for_each([&](uint16_t, std::span<const uint8_t> bytes) {
        bond.arp_ip_targets.push_back(address_from(bytes));
    });
    bond.active_slave = data.u32(IFLA_BOND_ACTIVE_SLAVE).value_or(0);
    if (const auto rate = data.u8(IFLA_BOND_AD_LACP_RATE))
        bond.lacp_rate = *rate != 0 ? "fast" : "slow";
    bond.aggregator = data.nested(IFLA_BOND_AD_INFO).u16(IFLA_BOND_AD_INFO_AGGREGATOR);
    return bond;
}

void read_kind(const Attributes& info, model::Link& link) {
    link.kind = info.text(IFLA_INFO_KIND);
    const Attributes data = info.nested(IFLA_INFO_DATA);
    if (link.kind == "vlan") link.vlan_id = data.u16(IFLA_VLAN_ID);
    // A tunnel's device is in attributes of its kind: IFLA_LINK does not name it.
    if (link.kind == "vxlan") link.lower = data.u32(IFLA_VXLAN_LINK).value_or(0);
    if (link.kind == "bridge") {
        link.vlan_filtering = flag(data, IFLA_BR_VLAN_FILTERING);
        if (const auto stp = data.u32(IFLA_BR_STP_STATE)) link.stp = *stp != 0;
    }
    if (link.kind == "bond") {
        if (const auto mode = data.u8(IFLA_BOND_MODE))
            link.bond_mode = name_or_number(kBondModes, *mode);
        link.bond_all_slaves_active = flag(data, IFLA_BOND_ALL_SLAVES_ACTIVE);
        link.bond = bond_from(data);
    }
    const std::string master = info.text(IFLA_INFO_SLAVE_KIND);
    const Attributes port = info.nested(IFLA_INFO_SLAVE_DATA);
    if (master == "bridge") link.bridge_port = bridge_port(port);
    if (master == "bond") link.bond_port = bond_port(port);
}

void read_xdp(const Attributes& xdp, model::Link& link) {
    const auto mode = xdp.u8(IFLA_XDP_ATTACHED);
    if (!mode || *mode == XDP_ATTACHED_NONE) return;
    link.xdp_mode = name_or_number(kXdpModes, *mode);
    // One program in several modes has no IFLA_XDP_PROG_ID of its own.
    for (const uint16_t id : {IFLA_XDP_PROG_ID, IFLA_XDP_DRV_PROG_ID, IFLA_XDP_SKB_PROG_ID}) {
        if (!link.xdp_prog_id) link.xdp_prog_id = xdp.u32(id);
    }
}

model::Link link_from(const nlmsghdr* message) {
    const auto* header = static_cast<const ifinfomsg*>(NLMSG_DATA(message));
    const Attributes attributes(message, sizeof(ifinfomsg));
    model::Link link;
    link.ifindex = static_cast<uint32_t>(header->ifi_index);
    link.type = name_or_number(kTypes, uint16_t{header->ifi_type});
    link.flags = header->ifi_flags;
    link.name = attributes.text(IFLA_IFNAME);
    link.mac = mac_from(attributes.bytes(IFLA_ADDRESS)).value_or(model::MacAddress{});
    link.mtu = attributes.u32(IFLA_MTU).value_or(0);
    link.operstate = name_or_number(kOperstates, attributes.u8(IFLA_OPERSTATE).value_or(0));
    link.carrier = flag(attributes, IFLA_CARRIER);
    link.carrier_changes = attributes.u32(IFLA_CARRIER_CHANGES);
    link.master = attributes.u32(IFLA_MASTER).value_or(0);
    const bool lower_is_elsewhere = attributes.has(IFLA_LINK_NETNSID);
    link.lower = lower_is_elsewhere ? 0 : attributes.u32(IFLA_LINK).value_or(0);
    link.qdisc = attributes.text(IFLA_QDISC);
    link.tx_queue_length = attributes.u32(IFLA_TXQLEN).value_or(0);
    link.promiscuity = attributes.u32(IFLA_PROMISCUITY).value_or(0);
    read_kind(attributes.nested(IFLA_LINKINFO), link);
    read_xdp(attributes.nested(IFLA_XDP), link);
    return link;
}

void read_drivers(Look& look) {
    const auto ethtool = host::Ethtool::open();
    if (!ethtool) return look.note(ethtool.error().message);
    // Not every device has a driver that names itself: lo has none.
    for (model::Link& link : look.state.links) {
        auto info = ethtool->driver(link.name).value_or(host::DriverInfo{});
        link.driver = std::move(info.name);
        link.bus = std::move(info.bus);
    }
}

}  // namespace

void read_links(Look& look) {
    host::NetlinkMessage request(RTM_GETLINK, 0);
    request.header<ifinfomsg>().ifi_family = AF_UNSPEC;
    request.put_u32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    look.dump("links", request,
              [&](const nlmsghdr* message) { look.state.links.push_back(link_from(message)); });
    read_drivers(look);
}

}  // namespace knowhy::net
