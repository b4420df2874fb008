#include "cli/show_members.h"

#include <array>

#include "base/text.h"

namespace knowhy::cli {
namespace {

constexpr std::string_view kDevice =
    "name ifindex mtu type flags priv_flags state operstate link_mode reg_state dev_addr "
    "carrier_up_count carrier_down_count features wanted_features hw_features netdev_ops "
    "ethtool_ops rtnl_link_ops rx_handler rx_handler_data qdisc num_tx_queues real_num_tx_queues "
    "num_rx_queues real_num_rx_queues tx_queue_len promiscuity allmulti gso_max_size ip_ptr "
    "ip6_ptr nd_net";

constexpr std::string_view kBonding =
    "dev params.mode params.miimon params.lacp_fast params.lacp_active params.ad_select "
    "params.ad_actor_system slave_cnt curr_active_slave primary_slave recv_probe "
    "ad_info.aggregator_identifier ad_info.system.sys_mac_addr";

constexpr std::string_view kSlave =
    "dev bond link speed duplex backup inactive link_failure_count queue_id ad_info";

constexpr std::string_view kPort =
    "actor_port_number actor_system is_enabled sm_vars ntt actor_admin_port_key "
    "actor_oper_port_key actor_oper_port_state partner_oper.system partner_oper.key "
    "partner_oper.port_state sm_rx_state sm_periodic_state sm_mux_state sm_tx_state "
    "sm_tx_timer_counter actor_port_aggregator_identifier aggregator";

constexpr std::string_view kAggregator =
    "aggregator_identifier aggregator_mac_address is_active is_individual num_of_ports "
    "actor_oper_aggregator_key partner_system partner_oper_aggregator_key lag_ports";

constexpr std::string_view kSock =
    "__sk_common.skc_family __sk_common.skc_state __sk_common.skc_rcv_saddr "
    "__sk_common.skc_v6_rcv_saddr __sk_common.skc_num __sk_common.skc_daddr "
    "__sk_common.skc_v6_daddr __sk_common.skc_dport __sk_common.skc_bound_dev_if "
    "__sk_common.skc_reuseport __sk_common.skc_flags __sk_common.skc_refcnt __sk_common.skc_prot "
    "__sk_common.skc_net.net sk_protocol sk_type sk_shutdown sk_err sk_rcvbuf sk_sndbuf "
    "sk_backlog.rmem_alloc sk_backlog.len sk_wmem_alloc sk_receive_queue.qlen sk_write_queue.qlen "
    "sk_drops sk_ack_backlog sk_max_ack_backlog sk_mark sk_priority sk_data_ready sk_socket "
    "sk_filter sk_user_data";

constexpr std::string_view kTcp =
    "inet_conn.icsk_ca_state inet_conn.icsk_retransmits inet_conn.icsk_rto inet_conn.icsk_ca_ops "
    "snd_cwnd srtt_us rcv_nxt snd_una snd_nxt rcv_wnd snd_wnd packets_out retrans_out "
    "total_retrans";

constexpr std::string_view kUdp =
    "pending corkflag encap_type gro_enabled encap_rcv encap_err_lookup encap_destroy gro_receive "
    "gro_complete forward_deficit";

struct Telling {
    std::string_view type;
    std::string_view members;
};
constexpr std::array kTelling = {
    Telling{"net_device", kDevice}, Telling{"bonding", kBonding},       Telling{"slave", kSlave},
    Telling{"port", kPort},         Telling{"aggregator", kAggregator}, Telling{"sock", kSock},
    Telling{"tcp_sock", kTcp},      Telling{"udp_sock", kUdp},
};

}  // namespace

std::vector<std::string> telling_members(std::string_view type) {
    std::vector<std::string> members;
    for (const Telling& each : kTelling)
        if (each.type == type)
            for (const std::string_view name : split_whitespace(each.members))
                members.emplace_back(name);
    return members;
}

}  // namespace knowhy::cli
