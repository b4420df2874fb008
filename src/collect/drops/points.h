// The deciding points: kernel functions whose arguments or return value tell why a packet died.
// One table for the BPF programs, the session and docs/life-of-a-drop.md.
//
// KW_POINT(id, function, kind, args, module)
//   id        unique in this table; the programs of a point are named by it (points.bpf.h)
//   kind      BEFORE: it has returned when the packet is freed; what it returned is the fact, and
//   it
//             is kept only when it decides something.
//             AROUND: the packet is freed inside it; its arguments are the fact.
//   args      names of what is kept besides the return value. Plain: a number, the n-th of `words`.
//             $name: a string, the n-th of `text`. @name: an address, the last two of `words`, its
//             family in the upper half of the first.
//   module    the kernel module it lives in where it is not built in; "" for never
//
// The order is the numbering, and recordings hold the numbers: append, never insert.
#pragma once

// clang-format off
#define KW_POINTS_TABLE(KW_POINT)                                                                  \
    KW_POINT(fib_validate_source,        fib_validate_source,        BEFORE, "", "")               \
    KW_POINT(ip_mc_validate_source,      ip_mc_validate_source,      BEFORE, "", "")               \
    KW_POINT(ip_route_input_slow,        ip_route_input_slow,        BEFORE, "", "")               \
    KW_POINT(ip_route_input_noref,       ip_route_input_noref,       BEFORE, "", "")               \
    KW_POINT(ip_options_compile,         ip_options_compile,         BEFORE, "", "")               \
    KW_POINT(nf_conntrack_in,            nf_conntrack_in,            BEFORE, "", "nf_conntrack")   \
    KW_POINT(bond_handle_frame,          bond_handle_frame,          BEFORE, "", "bonding")        \
    KW_POINT(vlan_do_receive,            vlan_do_receive,            BEFORE, "vlan_id vlan_proto", "") \
    KW_POINT(tcf_classify,               tcf_classify,               BEFORE, "", "")               \
    KW_POINT(sk_filter_trim_cap,         sk_filter_trim_cap,         BEFORE, "", "")               \
    KW_POINT(udp_enqueue_schedule_skb,   __udp_enqueue_schedule_skb, BEFORE, "", "")               \
    KW_POINT(dev_qdisc_enqueue,          dev_qdisc_enqueue,          BEFORE, "handle limit qlen $qdisc", "") \
    KW_POINT(tcp_timewait_state_process, tcp_timewait_state_process, BEFORE, "", "")               \
    KW_POINT(raw_local_deliver,          raw_local_deliver,          BEFORE, "", "")               \
    KW_POINT(raw6_local_deliver,         raw6_local_deliver,         BEFORE, "", "ipv6")           \
    KW_POINT(ipt_do_table,               ipt_do_table,               BEFORE, "$table", "ip_tables")  \
    KW_POINT(ip6t_do_table,              ip6t_do_table,              BEFORE, "$table", "ip6_tables") \
    KW_POINT(nft_immediate_eval,         nft_immediate_eval,         BEFORE, "rule_handle family verdict $table $chain", "nf_tables") \
    KW_POINT(nft_do_chain_exit,          nft_do_chain,               BEFORE, "family hook policy verdict $table $chain", "nf_tables") \
    KW_POINT(nft_do_chain,               nft_do_chain,               AROUND, "family hook policy $table $chain", "nf_tables") \
    KW_POINT(nf_hook_slow,               nf_hook_slow,               AROUND, "hook pf in_ifindex out_ifindex", "") \
    KW_POINT(tcp_v4_do_rcv,              tcp_v4_do_rcv,              AROUND, "", "")               \
    KW_POINT(tcp_v6_do_rcv,              tcp_v6_do_rcv,              AROUND, "", "ipv6")           \
    KW_POINT(neigh_event_send,           __neigh_event_send,         AROUND, "nud_state ifindex @address", "") \
    KW_POINT(br_handle_frame_finish,     br_handle_frame_finish,     AROUND, "port_ifindex", "bridge") \
    KW_POINT(ip_defrag,                  ip_defrag,                  AROUND, "user", "")           \
    KW_POINT(tcp_conn_request,           tcp_conn_request,           AROUND, "", "")
// clang-format on

// NOLINTNEXTLINE(readability-identifier-naming): a C name, as the BPF programs use it
enum kw_point {
    KW_P_none = 0,
#define KW_POINT(id, function, kind, args, module) KW_P_##id,
    KW_POINTS_TABLE(KW_POINT)
#undef KW_POINT
        KW_POINTS,  // one past the last
};
