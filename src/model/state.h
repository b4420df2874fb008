// The host's network state, per network namespace, as netlink, procfs and sysfs tell it.
// net/snapshot fills it; explain/ reads it; a recording keeps it. Field comments name the netlink
// attribute. A fact that could not be read is absent (optional, or missing from a map), never a
// default.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/address.h"

namespace knowhy::model {

struct BridgePort {
    uint8_t state = 0;  // IFLA_BRPORT_STATE: 0 disabled, 1 listening, 2 learning, 3 forwarding,
                        // 4 blocking (BR_STATE_*, include/uapi/linux/if_bridge.h)
    bool isolated = false;
    bool locked = false;
    bool hairpin = false;
    bool unicast_flood = true;
    bool multicast_flood = true;
    bool broadcast_flood = true;
};

struct VlanMembership {  // IFLA_BRIDGE_VLAN_INFO
    uint16_t id = 0;
    bool pvid = false;
    bool untagged = false;
};

// What the bonding driver's own structures of a port hold now, walked from the device by the
// module's BTF (struct port and struct aggregator, drivers/net/bonding: include/net/bond_3ad.h).
// Only kept where they were proven to be this port's.
struct LivePort {
    uint64_t address = 0;  // of the struct port
    std::string proof;     // what made it certain: "actor_system is the MAC address of bond0"
    MacAddress actor_system;
    uint16_t sm_vars = 0;       // AD_PORT_*
    std::string sm_names;       // of sm_vars' bits: "LACP_ENABLED|MATCHED"; "" none is set
    bool lacp_enabled = false;  // AD_PORT_LACP_ENABLED in sm_vars
    bool is_enabled = false;
    bool ntt = false;  // need to transmit
    uint16_t actor_oper_port_key = 0;
    uint16_t actor_oper_port_state = 0;  // LACP_STATE_*
    uint16_t sm_tx_timer_counter = 0;
    uint16_t aggregator_id = 0;   // struct port's own note of it; 0: none
    uint64_t aggregator = 0;      // address of the struct aggregator it is in; 0: none
    MacAddress aggregator_mac;    // the rest is that aggregator's
    uint16_t aggregator_key = 0;  // actor_oper_aggregator_key
    bool aggregator_active = false;
    std::optional<uint32_t> speed;  // Mb/s: the bond's note of the slave; absent: unknown
    std::string duplex;             // "full", "half", "" unknown
};

struct BondPort {
    std::string state;  // IFLA_BOND_SLAVE_STATE: "active" or "backup"
    std::optional<uint16_t> aggregator;
    std::optional<uint16_t> actor_oper_port_state;
    std::optional<uint16_t> partner_oper_port_state;
    std::string mii_status;  // IFLA_BOND_SLAVE_MII_STATUS: "up", "going down", "down", "going back"
    std::optional<uint32_t> link_failures;
    std::optional<MacAddress> permanent_mac;
    // The rest is /proc/net/bonding's. Speed and duplex are the bond's own note of what the driver
    // said last: "10000 Mbps", "full", "Unknown"; "" not read.
    std::string speed;
    std::string duplex;
    std::optional<uint16_t> actor_key;  // oper; bit 0 is set for full duplex
    std::optional<uint16_t> partner_key;
    std::optional<MacAddress> partner_mac;  // all zero: nobody has answered
    // Mode 802.3ad, where the kernel's memory may be read; see collect/show/bond_ports.h.
    std::optional<LivePort> live;
};

struct Bond {
    std::optional<uint32_t> miimon;         // ms, 0: off
    std::optional<uint32_t> arp_interval;   // ms, 0: off
    std::vector<IpAddress> arp_ip_targets;  // IPv4 ones
    uint32_t active_slave = 0;              // ifindex; 0 none
    std::string lacp_rate;                  // "slow", "fast"; "" not read
    std::optional<uint16_t> aggregator;     // the active one; of 802.3ad, once there is one
};

// What a driver says of its link (ethtool's get_link_ksettings).
struct LinkSettings {
    int64_t error = 0;  // errno of the refusal (95: the driver has none); 0: it answered
    std::optional<uint32_t> speed;  // Mb/s; absent: it says that it does not know
    std::string duplex;             // "full", "half"; "" when it does not know
    std::optional<bool> autoneg;
    // The fastest link mode of each kind, Mb/s; absent: there are none, or none that we know.
    std::optional<uint32_t> supported_speed;
    std::optional<uint32_t> advertised_speed;
    std::optional<uint32_t> partner_speed;  // that the link partner advertises
};

struct Rings {  // descriptors
    uint32_t rx = 0;
    uint32_t rx_max = 0;
    uint32_t tx = 0;
    uint32_t tx_max = 0;
};

struct Channels {  // queues with an interrupt, as ethtool counts them
    uint32_t rx = 0;
    uint32_t tx = 0;
    uint32_t combined = 0;
    uint32_t combined_max = 0;
};

struct Coalescing {  // how long, or how many packets, the device waits before an interrupt
    uint32_t rx_usecs = 0;
    uint32_t rx_frames = 0;
    uint32_t tx_usecs = 0;
    uint32_t tx_frames = 0;
    bool adaptive_rx = false;
    bool adaptive_tx = false;
};

struct LinkFeature {  // an offload, as ethtool names it: "rx-gro-list"
    std::string name;
    bool active = false;
    bool requested = false;
    bool fixed = false;  // the driver lets nobody change it
};

struct Link {
    uint32_t ifindex = 0;
    std::string name;
    std::string kind;  // IFLA_INFO_KIND: "veth", "bridge", "vlan", "bond"...; "" for plain hardware
    std::string type;  // ARPHRD: "ether", "loopback", "none"...
    MacAddress mac;
    uint32_t mtu = 0;
    uint32_t flags = 0;     // IFF_*
    std::string operstate;  // "UP", "DOWN", "UNKNOWN", "LOWERLAYERDOWN"... (RFC 2863)
    std::optional<bool> carrier;
    std::optional<uint32_t> carrier_changes;
    uint32_t master = 0;  // IFLA_MASTER, ifindex; 0 none
    uint32_t lower = 0;  // IFLA_LINK, ifindex in this namespace (a veth's peer, a VLAN's device); 0
                         // none, or in another namespace
    std::string qdisc;   // IFLA_QDISC
    uint32_t tx_queue_length = 0;
    uint32_t promiscuity = 0;
    std::string driver;  // ethtool's, "" unknown
    std::optional<uint32_t> xdp_prog_id;
    std::string xdp_mode;  // "skb" (generic), "drv", "hw"

    std::optional<uint16_t> vlan_id;     // kind vlan
    std::optional<bool> vlan_filtering;  // kind bridge
    std::optional<bool> stp;             // kind bridge
    std::string bond_mode;               // kind bond: "802.3ad", "active-backup"...
    std::optional<bool> bond_all_slaves_active;
    std::optional<BridgePort> bridge_port;  // when master is a bridge
    std::optional<BondPort> bond_port;      // when master is a bond
    std::vector<VlanMembership> vlans;      // bridge ports and bridges

    std::optional<Bond> bond;  // kind bond
    // What only a diagnosis asks for: see NetnsState::detailed.
    std::optional<LinkSettings> settings;
    std::optional<Rings> rings;  // absent: the driver has none
    std::optional<Channels> channels;
    std::optional<Coalescing> coalescing;
    std::vector<LinkFeature> features;
    std::string bus;                          // "virtio0", "0000:00:03.0"; "" none
    std::optional<uint64_t> virtio_features;  // negotiated: bit 16 is VIRTIO_NET_F_STATUS

    [[nodiscard]] bool is_up() const { return (flags & 1U) != 0; }  // IFF_UP
};

struct Address {
    uint32_t ifindex = 0;
    Prefix prefix;
    std::string scope;  // "global", "link", "host"
    bool tentative = false;
    bool dad_failed = false;
    std::optional<uint64_t> tentative_ms;  // how long it has been so, when it was read
};

struct Route {
    Prefix destination;    // length 0 and the family for the default route
    std::string type;      // "unicast", "local", "broadcast", "blackhole", "unreachable",
                           // "prohibit", "throw", "multicast"
    uint32_t table = 254;  // RT_TABLE_MAIN
    IpAddress gateway;
    uint32_t out_ifindex = 0;
    std::optional<uint32_t> metric;
    IpAddress preferred_source;
    std::string protocol;                     // "kernel", "static", "boot", "ra"...
    std::optional<uint32_t> mtu;              // RTAX_MTU
    bool linkdown = false;                    // RTNH_F_LINKDOWN
    std::vector<uint32_t> nexthop_ifindexes;  // multipath
    bool onlink = false;  // RTNH_F_ONLINK: the gateway is taken to be on the link, whatever routes
                          // say
};

struct Rule {
    uint32_t priority = 0;
    int family = 4;
    std::string action;  // "table", "blackhole", "unreachable", "prohibit", "goto", "nop"
    uint32_t table = 0;
    std::optional<Prefix> source;
    std::optional<Prefix> destination;
    std::string in_device;
    std::string out_device;
    std::optional<uint32_t> mark;
    std::optional<uint32_t> mark_mask;  // absent: the whole mark is compared
    bool invert = false;
    // It has selectors or limits that have no field here (tos, uid, ports, protocol, l3mdev,
    // suppress_prefixlength...): whether it matches cannot be worked out from this alone.
    bool has_more = false;
};

struct Neighbour {
    uint32_t ifindex = 0;
    IpAddress address;
    std::optional<MacAddress> mac;
    std::string state;  // "REACHABLE", "STALE", "INCOMPLETE", "FAILED", "PERMANENT", "NOARP"...
};

struct FdbEntry {
    uint32_t port_ifindex = 0;
    MacAddress mac;
    uint16_t vlan = 0;
    bool local = false;
};

struct Qdisc {
    uint32_t ifindex = 0;
    std::string kind;
    uint32_t handle = 0;  // 0xMMMMmmmm, "1:" is 0x10000
    uint32_t parent = 0;  // TC_H_ROOT 0xffffffff, TC_H_INGRESS 0xfffffff1
    std::optional<uint32_t> limit;
    uint64_t drops = 0;
    uint64_t overlimits = 0;
    uint32_t qlen = 0;
    uint32_t backlog = 0;  // bytes
};

struct TcFilter {
    uint32_t ifindex = 0;
    std::string where;  // "ingress", "egress", or the parent handle "1:"
    std::string kind;   // "matchall", "u32", "flower", "bpf"...
    uint32_t preference = 0;
    std::vector<std::string> actions;  // "gact drop", "police", "mirred"...
    uint64_t action_drops = 0;
    std::optional<uint32_t> program_id;  // of kind bpf
};

struct NftRule {
    std::string family;  // "inet", "ip", "ip6", "netdev", "bridge", "arp"
    std::string table;
    std::string chain;
    uint64_t handle = 0;
    std::string text;                 // short rendering of what it matches and does
    std::string verdict;              // "drop", "accept", "reject", "jump"...; "" when it has none
    std::optional<uint64_t> packets;  // of its counter expression
};

struct NftChain {
    std::string family;
    std::string table;
    std::string name;
    bool base = false;
    std::string hook;  // "prerouting", "input", "forward", "output", "postrouting", "ingress"
    int32_t priority = 0;
    std::string policy;  // "accept", "drop"; "" for a chain that is not a base chain
};

struct Listener {          // a socket that could have taken the packet, from sock_diag
    uint8_t protocol = 0;  // IPPROTO_TCP, IPPROTO_UDP
    IpAddress address;
    uint16_t port = 0;
    uint32_t ifindex = 0;  // SO_BINDTODEVICE; 0 none
    IpAddress peer;        // connected UDP sockets
    uint16_t peer_port = 0;
    uint8_t state = 0;            // TCP_LISTEN 10, TCP_CLOSE 7 (unconnected UDP)
    uint32_t receive_queue = 0;   // bytes; for a listener: connections waiting for accept()
    uint32_t send_queue = 0;      // bytes; for a listener: the accept queue's limit
    std::optional<bool> v6_only;  // IPv6 sockets: false takes IPv4 packets as well
};

struct PacketHandler {     // a line of /proc/net/ptype
    std::string protocol;  // "0806"; "ALL"
    std::string device;    // "": those of every device
    std::string function;  // "arp_rcv", "rlb_arp_recv [bonding]"
};

// Counters by name. Names are fixed: "snmp.Ip.InAddrErrors", "snmp.Udp.NoPorts",
// "netstat.TcpExt.ListenOverflows", "snmp6.Ip6InNoRoutes", "link.v0.rx_dropped",
// "link.v0.rx_otherhost_dropped", "ethtool.v0.rx_queue_0_xdp_drops", "qdisc.v0.1:.drops",
// "conntrack.drop", "conntrack.count", "frag.memory", "sockets.TCP.inuse",
// "link.v0.carrier_changes", "interrupts.eth0.virtio0-input.0" (of all CPUs); host-wide:
// "rt_cache.in_martian_src", "softnet.dropped", "softnet.time_squeeze", "softnet.cpu0.processed",
// "interrupts.MIS". Some are levels: they may fall.
using Counters = std::map<std::string, uint64_t>;

// One look at one network namespace.
struct NetnsState {
    uint32_t inum = 0;
    std::string name;  // as in /run/netns; "" for none
    // CLOCK_MONOTONIC: no change was notified between these two, so this is how things were. 0: not
    // bounded on that side. Sysctls are not notified, counters have a before and an after.
    uint64_t from_ns = 0;
    uint64_t until_ns = 0;
    bool complete = false;              // every dump below was read without an error or a cut
    std::vector<std::string> problems;  // what could not be read, one line each

    std::vector<Link> links;
    std::vector<Address> addresses;
    std::vector<Route> routes;
    std::vector<Rule> rules;
    std::vector<Neighbour> neighbours;
    std::vector<FdbEntry> fdb;
    std::vector<Qdisc> qdiscs;
    std::vector<TcFilter> tc_filters;
    std::vector<NftChain> nft_chains;
    std::vector<NftRule> nft_rules;
    std::vector<Listener> listeners;
    std::map<std::string, std::vector<MacAddress>> multicast_macs;   // by device
    std::map<std::string, std::vector<IpAddress>> multicast_groups;  // by device

    // By full name, "net.ipv4.conf.v1.accept_local": the value, trimmed. Only those that were asked
    // for. A name that was asked for and does not exist maps to nullopt.
    std::map<std::string, std::optional<std::string>> sysctls;
    uint64_t sysctls_read_ns = 0;  // CLOCK_MONOTONIC of the last read

    Counters before;         // when the watch began, or when the namespace was first seen
    uint64_t before_ns = 0;  // CLOCK_MONOTONIC: when `before` was read; 0: before all losses
    Counters after;          // at its end

    // The details of links and the packet handlers were asked for. False: they were not, so that
    // their absence says nothing.
    bool detailed = false;
    std::vector<PacketHandler> packet_handlers;

    [[nodiscard]] const Link* link(uint32_t ifindex) const;
    [[nodiscard]] const Link* link(const std::string& name) const;
    // The local address equal to `address`, on any device; nullptr when none is.
    [[nodiscard]] const Address* local_address(const IpAddress& address) const;
    // Longest-prefix match in one table. Ignores rules; see routes_to() in explain for the walk.
    [[nodiscard]] const Route* lookup(const IpAddress& address, uint32_t table) const;
    [[nodiscard]] std::optional<int64_t> sysctl(const std::string& name) const;
    // after - before; nullopt when either side was not read.
    [[nodiscard]] std::optional<int64_t> delta(const std::string& counter) const;
};

// Which look tells how a namespace was at a given time.
struct StateAt {
    const NetnsState* state = nullptr;  // null: the namespace was never read
    // Something changed at about that time, so it may as well have been like this; null: no look
    // tells how it was then instead.
    const NetnsState* other = nullptr;
    bool changing = false;  // something did change at about that time
};

struct HostState {
    std::string kernel_release;                 // uname -r
    std::string machine;                        // uname -m
    std::string build_id;                       // of the running kernel, hex; "" unknown
    std::map<uint32_t, NetnsState> namespaces;  // by inum
    // The same namespaces as they were at losses before something in them changed: without
    // counters and sysctls. By namespace, in the order of time. Of recorded functions: as they were
    // when the recording began, with all that is known of them.
    std::vector<NetnsState> earlier;
    std::vector<std::string> modules;  // loaded, by name
    Counters before;                   // host-wide ones
    Counters after;

    [[nodiscard]] const NetnsState* netns(uint32_t inum) const;
    // How that namespace was at a time (CLOCK_MONOTONIC).
    [[nodiscard]] StateAt netns_at(uint32_t inum, uint64_t time_ns) const;
    [[nodiscard]] std::optional<int64_t> delta(const std::string& counter) const;
};

}  // namespace knowhy::model
