#include "explain/compare/reads.h"

#include <fnmatch.h>

#include <algorithm>

namespace knowhy::explain {
namespace {

constexpr bool kAnyDevice = false;

std::vector<Reader> make_readers() {
    return {
        {.functions = {"fib_validate_source", "__fib_validate_source"},
         .what = "May this source come in by this device? The greater rp_filter of `all` and the "
                 "device, accept_local of either, own addresses",
         .facts = {{"sysctl", "net.ipv4.conf.*.rp_filter"},
                   {"sysctl", "net.ipv4.conf.*.accept_local"},
                   {"address", "*", kAnyDevice}}},
        {.functions = {"ip_route_input_slow", "ip_route_input_rcu", "ip_route_input_noref",
                       "ip_rcv_finish_core", "ip_rcv_finish"},
         .what =
             "Where does a packet go that came in? Forwarding of the device, route_localnet, own "
             "addresses, routes and rules; then what fib_validate_source reads",
         .facts = {{"sysctl", "net.ipv4.ip_forward"},
                   {"sysctl", "net.ipv4.conf.*.forwarding"},
                   {"route", "*", kAnyDevice},
                   {"rule", "*", kAnyDevice},
                   {"address", "*", kAnyDevice},
                   {"sysctl", "net.ipv4.conf.*.route_localnet"},
                   {"sysctl", "net.ipv4.conf.*.rp_filter"},
                   {"sysctl", "net.ipv4.conf.*.accept_local"}}},
        {.functions = {"ip_route_output_key_hash_rcu", "ip_route_output_key_hash",
                       "ip_route_output_flow", "fib_table_lookup", "fib_lookup", "__fib_lookup"},
         .what = "Where does an own packet go? Routes",
         .facts = {{"route", "*", kAnyDevice}}},
        {.functions = {"ip_forward", "ip_finish_output", "__ip_finish_output", "ip_fragment",
                       "ip_do_fragment", "__ip_append_data", "ip_append_data"},
         .what = "Does it fit the way out? The MTU of the device there",
         .facts = {{"link", "mtu", kAnyDevice}}},
        {.functions = {"nft_do_chain", "nf_hook_slow", "nft_do_chain_inet", "nft_do_chain_ipv4"},
         .what = "What do the chains on this hook say? Their rules in order, and their policies",
         .facts = {{"nft rule", "*", kAnyDevice},
                   {"nft policy", "*", kAnyDevice},
                   {"nft chain", "*", kAnyDevice}}},
        {.functions = {"neigh_resolve_output", "neigh_connected_output", "__neigh_event_send",
                       "ip_finish_output2", "arp_solicit", "__neigh_create", "neigh_lookup"},
         .what = "Which MAC has the next hop? The neighbour's entry",
         .facts = {{"neighbour", "*", kAnyDevice}}},
        {.functions = {"arp_process", "arp_rcv"},
         .what = "Is this ARP packet answered? arp_ignore, proxy_arp",
         .facts = {{"sysctl", "net.ipv4.conf.*.arp_ignore"},
                   {"sysctl", "net.ipv4.conf.*.proxy_arp"}}},
        {.functions = {"dev_gro_receive", "napi_gro_receive", "inet_gro_receive",
                       "udp4_gro_receive", "tcp4_gro_receive", "skb_gro_receive", "veth_xmit",
                       "veth_poll", "netif_rx", "__netif_rx"},
         .what =
             "Is it merged on its way in? GRO of the receiving device; veth polls only with GRO",
         .facts = {{"feature", "rx-gro", kAnyDevice}}},
        {.functions = {"validate_xmit_skb", "validate_xmit_vlan", "__vlan_insert_tag",
                       "vlan_dev_hard_start_xmit", "skb_vlan_untag", "skb_vlan_push",
                       "dev_hard_start_xmit"},
         .what = "Is the VLAN tag beside the packet or in it? The device's VLAN offload",
         .facts = {{"feature", "tx-vlan-*", kAnyDevice}}},
        {.functions = {"bond_3ad_state_machine_handler", "ad_lacpdu_send", "bond_3ad_lacpdu_recv",
                       "bond_3ad_rx_indication", "ad_port_selection_logic",
                       "ad_agg_selection_logic", "ad_mux_machine",
                       "bond_3ad_adapter_speed_duplex_changed"},
         .what = "What does LACP say? lacp_rate",
         .facts = {{"bond", "lacp_rate", kAnyDevice}}},
        {.functions = {"netif_carrier_off", "netif_carrier_on", "linkwatch_fire_event",
                       "linkwatch_do_dev", "linkwatch_init_dev", "rfc2863_policy",
                       "default_operstate", "netif_carrier_event"},
         .what = "What does the device say of its link? The driver calls these; operstate comes of "
                 "them",
         .facts = {{"link", "operstate"}}},
        {.functions = {"br_handle_frame", "br_handle_frame_finish", "br_forward", "__br_forward",
                       "br_flood", "br_dev_queue_push_xmit", "br_allowed_ingress"},
         .what = "May it pass the bridge? Isolated ports",
         .facts = {{"link", "bridge port isolated", kAnyDevice}}},
        {.functions = {"tcf_classify", "__dev_queue_xmit", "dev_queue_xmit", "sch_handle_ingress",
                       "__netif_receive_skb_core"},
         .what = "What does traffic control say? Filters",
         .facts = {{"tc filter", "*", kAnyDevice}}},
    };
}

bool matches(std::string_view pattern, const std::string& name) {
    return fnmatch(std::string(pattern).c_str(), name.c_str(), 0) == 0;
}

}  // namespace

const std::vector<Reader>& readers() {
    static const std::vector<Reader> all = make_readers();
    return all;
}

const Reader* reader_of(std::string_view function) {
    for (const Reader& reader : readers()) {
        const auto& names = reader.functions;
        if (std::find(names.begin(), names.end(), function) != names.end()) return &reader;
    }
    return nullptr;
}

std::optional<size_t> place_in(const Reader& reader, const StateFact& fact,
                               const std::vector<std::string>& devices) {
    for (size_t i = 0; i < reader.facts.size(); ++i) {
        const ReadFact& read = reader.facts[i];
        if (fact.kind != read.kind || !matches(read.name, fact.name)) continue;
        const bool elsewhere =
            read.of_its_device && !fact.device.empty() && !devices.empty() &&
            std::find(devices.begin(), devices.end(), fact.device) == devices.end();
        if (!elsewhere) return i;
    }
    return std::nullopt;
}

}  // namespace knowhy::explain
