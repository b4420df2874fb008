#include "collect/functions/objects.h"

#include <algorithm>

namespace knowhy::collect {
namespace {

constexpr const char* kOfDevice = "dev->nd_net.net->ns.inum";

// "state" is shown as such; "dev=dev->name" by the name before the sign.
Object object(std::string type, const std::vector<std::string>& members, std::string device = "",
              std::string netns = "") {
    Object made{std::move(type), {}, std::move(device), std::move(netns)};
    for (const std::string& member : members) {
        const size_t sign = member.find('=');
        if (sign == std::string::npos)
            made.members.push_back({member, member});
        else
            made.members.push_back({member.substr(0, sign), member.substr(sign + 1)});
    }
    return made;
}

const std::vector<Object>& objects() {
    static const std::vector<Object> kAll = {
        object("net_device", {"name", "operstate", "state", "flags", "mtu"}, "name",
               "nd_net.net->ns.inum"),
        object("sk_buff", {"dev=dev->name", "protocol", "len", "pkt_type", "mark"}, "dev->name",
               kOfDevice),
        object(
            "sock",
            {"family=__sk_common.skc_family", "protocol=sk_protocol", "state=__sk_common.skc_state",
             "sport=__sk_common.skc_num", "dport=__sk_common.skc_dport"},
            "", "__sk_common.skc_net.net->ns.inum"),
        object("net", {}, "", "ns.inum"),
        object("in_device", {"dev=dev->name"}, "dev->name", kOfDevice),
        object("inet6_dev", {"dev=dev->name"}, "dev->name", kOfDevice),
        object("neighbour", {"dev=dev->name", "nud_state"}, "dev->name", kOfDevice),
        object("neigh_table", {"family"}),
        object("fib_result", {"prefixlen", "type", "scope", "table=table->tb_id"}),
        object("fib_table", {"table=tb_id"}),
        object("flowi4", {"saddr", "daddr", "oif=__fl_common.flowic_oif",
                          "iif=__fl_common.flowic_iif", "tos=__fl_common.flowic_tos"}),
        object("dst_entry", {"dev=dev->name", "error", "flags"}, "dev->name", kOfDevice),
        object("rtable",
               {"dev=dst.dev->name", "error=dst.error", "type=rt_type", "input=rt_is_input",
                "gateway=rt_gw4"},
               "dst.dev->name", "dst.dev->nd_net.net->ns.inum"),
        object("nf_hook_state", {"hook", "pf", "in=in->name", "out=out->name"}, "", "net->ns.inum"),
        object("napi_struct", {"dev=dev->name"}, "dev->name", kOfDevice),
        object("netdev_queue", {"dev=dev->name", "state"}, "dev->name", kOfDevice),
        object("Qdisc", {"handle", "parent"}),
        object("packet_type", {"type", "dev=dev->name"}),
        object("iphdr", {"saddr", "daddr", "protocol", "ttl", "tot_len"}),
        object("net_bridge", {"dev=dev->name"}, "dev->name", kOfDevice),
        object("net_bridge_port", {"dev=dev->name", "state"}, "dev->name", kOfDevice),
        object("bonding", {"dev=dev->name"}, "dev->name", kOfDevice),
        object("slave", {"dev=dev->name", "link", "speed", "duplex"}, "dev->name", kOfDevice),
        object("port",
               {"dev=slave->dev->name", "sm_vars", "sm_rx_state", "sm_mux_state", "is_enabled",
                "actor_key=actor_oper_port_key", "actor_state=actor_oper_port_state",
                "partner_state=partner_oper.port_state"},
               "slave->dev->name", "slave->dev->nd_net.net->ns.inum"),
        object("aggregator", {"id=aggregator_identifier", "is_active", "ports=num_of_ports"}),
        object("lacpdu", {"actor_key", "actor_state", "partner_key", "partner_state"}),
        object("ethtool_link_ksettings", {"speed=base.speed", "duplex=base.duplex"}),
        object("nft_chain", {"name"}),
        object("work_struct", {}),
    };
    return kAll;
}

}  // namespace

const Object* object_of(std::string_view struct_name) {
    const auto& all = objects();
    const auto found = std::ranges::find(all, struct_name, &Object::type);
    return found == all.end() ? nullptr : &*found;
}

std::optional<symbols::TypeId> type_at(const symbols::Types& types, symbols::TypeId struct_type,
                                       std::string_view path) {
    symbols::TypeId at = struct_type;
    while (true) {
        const size_t arrow = path.find("->");
        const auto place = types.field(at, path.substr(0, arrow));
        if (!place) return std::nullopt;
        if (arrow == std::string_view::npos) return place->type;
        const auto behind = types.pointee(place->type);
        if (!behind) return std::nullopt;
        at = types.resolved(*behind);
        path.remove_prefix(arrow + 2);
    }
}

}  // namespace knowhy::collect
