#include "collect/show/names.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace knowhy::collect {
namespace {

using Form = NumberRule::Form;

// drivers/net/bonding/bond_3ad.c
constexpr Named<uint64_t> kPortVariables[] = {
    {0x1, "BEGIN"},      {0x2, "LACP_ENABLED"}, {0x4, "ACTOR_CHURN"}, {0x8, "PARTNER_CHURN"},
    {0x10, "READY"},     {0x20, "READY_N"},     {0x40, "MATCHED"},    {0x80, "STANDBY"},
    {0x100, "SELECTED"}, {0x200, "MOVED"},
};
// include/uapi/linux/if_bonding.h; IEEE 802.1AX
constexpr Named<uint64_t> kLacpState[] = {
    {0x01, "LACP_ACTIVITY"},   {0x02, "LACP_TIMEOUT"}, {0x04, "AGGREGATION"},
    {0x08, "SYNCHRONIZATION"}, {0x10, "COLLECTING"},   {0x20, "DISTRIBUTING"},
    {0x40, "DEFAULTED"},       {0x80, "EXPIRED"},
};
// include/uapi/linux/if_bonding.h
constexpr Named<uint64_t> kBondModes[] = {
    {0, "ROUNDROBIN"}, {1, "ACTIVEBACKUP"}, {2, "XOR"}, {3, "BROADCAST"},
    {4, "8023AD"},     {5, "TLB"},          {6, "ALB"},
};
constexpr Named<uint64_t> kSlaveLink[] = {{0, "UP"}, {1, "FAIL"}, {2, "DOWN"}, {3, "BACK"}};
// include/uapi/linux/ethtool.h
constexpr Named<uint64_t> kDuplex[] = {{0, "HALF"}, {1, "FULL"}, {0xff, "UNKNOWN"}};
constexpr Named<uint64_t> kSpeed[] = {{0xffffffff, "UNKNOWN"}};
// include/uapi/linux/if_arp.h
constexpr Named<uint64_t> kHardware[] = {
    {1, "ETHER"},      {32, "INFINIBAND"}, {512, "PPP"},     {768, "TUNNEL"},    {769, "TUNNEL6"},
    {772, "LOOPBACK"}, {776, "SIT"},       {778, "IPGRE"},   {801, "IEEE80211"}, {823, "IP6GRE"},
    {824, "NETLINK"},  {0xfffe, "NONE"},   {0xffff, "VOID"},
};
// include/linux/socket.h
constexpr Named<uint64_t> kFamilies[] = {
    {0, "UNSPEC"},   {1, "UNIX"},    {2, "INET"},   {10, "INET6"},
    {16, "NETLINK"}, {17, "PACKET"}, {40, "VSOCK"}, {44, "XDP"},
};
// include/net/sock.h
constexpr Named<uint64_t> kShutdown[] = {{1, "RCV_SHUTDOWN"}, {2, "SEND_SHUTDOWN"}};

constexpr std::string_view kBond3ad = "drivers/net/bonding/bond_3ad.c";
constexpr std::string_view kIfBonding = "include/uapi/linux/if_bonding.h";
constexpr std::string_view kEthtool = "include/uapi/linux/ethtool.h";

constexpr NumberRule by_enum(std::string_view aggregate, std::string_view member, Form form,
                             std::string_view enumerator, std::string_view prefix,
                             std::string_view suffix = {}) {
    return {aggregate, member, form, enumerator, prefix, suffix, {}, {}};
}
constexpr NumberRule by_table(std::string_view aggregate, std::string_view member, Form form,
                              std::span<const Named<uint64_t>> table, std::string_view source) {
    return {aggregate, member, form, {}, {}, {}, table, source};
}

constexpr auto kFeatureForm = Form::BitNumbers;
constexpr std::string_view kFeature = "NETIF_F_SG_BIT";

const std::array kRules = {
    by_enum("net_device", "flags", Form::Masks, "IFF_UP", "IFF_"),
    by_enum("net_device", "priv_flags", Form::Masks, "IFF_EBRIDGE", "IFF_"),
    by_enum("net_device", "features", kFeatureForm, kFeature, "NETIF_F_", "_BIT"),
    by_enum("net_device", "hw_features", kFeatureForm, kFeature, "NETIF_F_", "_BIT"),
    by_enum("net_device", "wanted_features", kFeatureForm, kFeature, "NETIF_F_", "_BIT"),
    by_enum("net_device", "vlan_features", kFeatureForm, kFeature, "NETIF_F_", "_BIT"),
    by_enum("net_device", "hw_enc_features", kFeatureForm, kFeature, "NETIF_F_", "_BIT"),
    by_enum("net_device", "mangleid_features", kFeatureForm, kFeature, "NETIF_F_", "_BIT"),
    by_enum("net_device", "mpls_features", kFeatureForm, kFeature, "NETIF_F_", "_BIT"),
    by_enum("net_device", "gso_partial_features", kFeatureForm, kFeature, "NETIF_F_", "_BIT"),
    by_enum("net_device", "state", Form::BitNumbers, "__LINK_STATE_START", "__LINK_STATE_"),
    by_enum("net_device", "operstate", Form::Value, "IF_OPER_UNKNOWN", "IF_OPER_"),
    by_enum("net_device", "link_mode", Form::Value, "IF_LINK_MODE_DORMANT", "IF_LINK_MODE_"),
    by_enum("net_device", "reg_state", Form::Value, "NETREG_REGISTERED", "NETREG_"),
    by_table("net_device", "type", Form::Value, kHardware, "include/uapi/linux/if_arp.h"),
    by_enum("napi_struct", "state", Form::BitNumbers, "NAPI_STATE_SCHED", "NAPI_STATE_"),
    by_enum("Qdisc", "state", Form::BitNumbers, "__QDISC_STATE_SCHED", "__QDISC_STATE_"),
    by_enum("netdev_queue", "state", Form::BitNumbers, "__QUEUE_STATE_DRV_XOFF", "__QUEUE_STATE_"),
    by_table("port", "sm_vars", Form::Masks, kPortVariables, kBond3ad),
    by_table("port", "actor_oper_port_state", Form::Masks, kLacpState, kIfBonding),
    by_table("port", "actor_admin_port_state", Form::Masks, kLacpState, kIfBonding),
    by_table("port_params", "port_state", Form::Masks, kLacpState, kIfBonding),
    by_table("lacpdu", "actor_state", Form::Masks, kLacpState, kIfBonding),
    by_table("lacpdu", "partner_state", Form::Masks, kLacpState, kIfBonding),
    by_table("bond_params", "mode", Form::Value, kBondModes, kIfBonding),
    by_table("slave", "link", Form::Value, kSlaveLink, kIfBonding),
    by_table("slave", "duplex", Form::Value, kDuplex, kEthtool),
    by_table("slave", "speed", Form::Value, kSpeed, kEthtool),
    by_table("sock_common", "skc_family", Form::Value, kFamilies, "include/linux/socket.h"),
    by_enum("sock_common", "skc_state", Form::Value, "TCP_ESTABLISHED", "TCP_"),
    by_enum("sock", "sk_protocol", Form::Value, "IPPROTO_TCP", "IPPROTO_"),
    by_enum("sock", "sk_type", Form::Value, "SOCK_STREAM", "SOCK_"),
    by_enum("sock_common", "skc_flags", Form::BitNumbers, "SOCK_DEAD", "SOCK_"),
    by_table("sock", "sk_shutdown", Form::Masks, kShutdown, "include/net/sock.h"),
    by_enum("inet_connection_sock", "icsk_ca_state", Form::Value, "TCP_CA_Open", "TCP_CA_"),
    by_enum("neighbour", "nud_state", Form::Masks, "NUD_REACHABLE", "NUD_"),
};

std::string shortened(std::string_view name, const NumberRule& rule) {
    if (name.starts_with(rule.prefix)) name.remove_prefix(rule.prefix.size());
    if (name.ends_with(rule.suffix)) name.remove_suffix(rule.suffix.size());
    return std::string(name);
}

bool is_one_bit(uint64_t mask) {
    return mask != 0 && (mask & (mask - 1)) == 0;
}

NumberNames read_names(KernelView& view, const NumberRule& rule) {
    NumberNames read;
    read.from = rule.source;
    for (const auto& entry : rule.table) read.names.emplace(entry.number, entry.name);
    const auto found = rule.enumerator.empty() ? std::nullopt : view.enum_with(rule.enumerator);
    if (!found) return read;
    const symbols::Type& type = found->resolved();
    read.from =
        type.name.empty() ? "the enum with " + std::string(rule.enumerator) : "enum " + type.name;
    for (const symbols::Enumerator& each : type.enumerators) {
        const auto value = static_cast<uint64_t>(each.value);
        // An enum's ends and masks of several bits are no names of a bit.
        if (rule.form == Form::Masks && !is_one_bit(value)) continue;
        if (!rule.suffix.empty() && !each.name.ends_with(rule.suffix)) continue;
        read.names.emplace(value, shortened(each.name, rule));
    }
    return read;
}

}  // namespace

const NumberRule* rule_for(std::string_view aggregate, std::string_view member) {
    const auto* const rule = std::find_if(kRules.begin(), kRules.end(), [&](const auto& each) {
        return each.member == member && each.aggregate == aggregate;
    });
    return rule != kRules.end() ? rule : nullptr;
}

const NumberNames& NumberBook::names(const NumberRule& rule) {
    const auto known = known_.find(&rule);
    if (known != known_.end()) return known->second;
    return known_.emplace(&rule, read_names(view_, rule)).first->second;
}

std::vector<std::string> bit_names(const NumberRule& rule, const NumberNames& names,
                                   uint64_t value) {
    std::vector<std::string> found;
    uint64_t unnamed = 0;
    for (unsigned bit = 0; bit < 64; ++bit) {
        const uint64_t mask = uint64_t{1} << bit;
        if ((value & mask) == 0) continue;
        const auto name = names.names.find(rule.form == Form::BitNumbers ? bit : mask);
        if (name != names.names.end()) {
            found.push_back(name->second);
        } else {
            unnamed |= mask;
        }
    }
    if (unnamed != 0) found.push_back(hex(unnamed));
    return found;
}

}  // namespace knowhy::collect
