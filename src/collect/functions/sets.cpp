#include "collect/functions/sets.h"

#include <algorithm>

namespace knowhy::collect {

const std::vector<FunctionSet>& function_sets() {
    static const std::vector<FunctionSet> kAll = {
        {"receive",
         "a packet from the driver to its socket",
         {"netif_rx",
          "netif_receive_skb",
          "napi_gro_receive",
          "__netif_receive_skb_core",
          "vlan_do_receive",
          "br_handle_frame",
          "bond_handle_frame",
          "arp_rcv",
          "arp_process",
          "ip_rcv",
          "ip_rcv_core",
          "ip_rcv_finish",
          "ip_rcv_finish_core",
          "ip_route_input_noref",
          "ip_route_input_slow",
          "fib_validate_source",
          "__fib_validate_source",
          "ip_local_deliver",
          "ip_local_deliver_finish",
          "ip_protocol_deliver_rcu",
          "ipv6_rcv",
          "ip6_rcv_finish",
          "ip6_input",
          "icmp_rcv",
          "udp_rcv",
          "__udp4_lib_rcv",
          "udp_queue_rcv_skb",
          "tcp_v4_rcv",
          "sk_filter_trim_cap",
          "nf_hook_slow",
          "kfree_skb_reason"}},
        {"forward",
         "a packet from one device to another",
         {"ip_forward", "ip_forward_finish", "ip6_forward", "ip_route_input_noref",
          "ip_route_input_slow", "fib_validate_source", "br_forward", "br_nf_forward_ip",
          "__icmp_send", "nf_hook_slow", "kfree_skb_reason"}},
        {"output",
         "a packet from its socket to the driver",
         {"ip_route_output_key_hash", "__ip_local_out", "ip_output", "ip_finish_output",
          "ip_finish_output2", "ip_do_fragment", "ip6_output", "neigh_resolve_output",
          "__neigh_event_send", "arp_solicit", "__dev_queue_xmit", "validate_xmit_skb",
          "sch_direct_xmit", "dev_hard_start_xmit", "nf_hook_slow", "kfree_skb_reason"}},
        {"carrier",
         "a link that comes up or goes down, and what becomes of its operstate",
         {"register_netdevice", "__dev_open", "__dev_close_many", "netif_carrier_on",
          "netif_carrier_off", "netif_dormant_on", "netif_dormant_off", "linkwatch_init_dev",
          "linkwatch_fire_event", "linkwatch_do_dev", "rfc2863_policy", "default_operstate",
          "netdev_state_change"}},
        {"lacp",
         "a bond of mode 802.3ad and its partner",
         {"bond_3ad_state_machine_handler", "bond_3ad_lacpdu_recv", "bond_3ad_rx_indication",
          "ad_rx_machine", "ad_tx_machine", "ad_mux_machine", "ad_lacpdu_send",
          "ad_port_selection_logic", "ad_agg_selection_logic", "ad_update_actor_keys",
          "bond_3ad_bind_slave", "bond_3ad_handle_link_change", "bond_update_speed_duplex",
          "__ethtool_get_link_ksettings", "bond_miimon_commit", "bond_set_slave_link_state"}},
        {"neighbour",
         "finding out a neighbour's MAC address",
         {"__neigh_create", "__neigh_event_send", "__neigh_update", "neigh_invalidate",
          "neigh_timer_handler", "neigh_resolve_output", "arp_solicit", "arp_send_dst",
          "arp_process", "ndisc_solicit", "ndisc_rcv"}},
    };
    return kAll;
}

const FunctionSet* function_set(std::string_view name) {
    const auto& all = function_sets();
    const auto found = std::ranges::find(all, name, &FunctionSet::name);
    return found == all.end() ? nullptr : &*found;
}

}  // namespace knowhy::collect
