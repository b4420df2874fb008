// The deciding points: kernel functions whose arguments or return value tell why a packet died.
// One table for the BPF programs, the session and docs/life-of-a-drop.md.
//
// KW_POINT(id, name, function, kind, reach, args, module, spared)
//   id        unique in this table; the programs of a point are named by it (points.bpf.h)
//   name      what the fact is called: the function that decided
//   function  the kernel function that is probed; mostly the same
//   kind      BEFORE: it has returned when the packet is freed; what it returned is the fact, kept
//             only when it decides something. AROUND: the packet is freed inside it; its arguments
//             are the fact.
//   reach     EXIT: fexit, else kprobe and kretprobe. ENTRY: fentry, else kprobe. RETURN: kretprobe
//             alone; the packet is known from an EXIT point that encloses the function.
//   args      names of what is kept besides the return value. Plain: a number, the n-th of `words`.
//             $name: a string, the n-th of `text`. @name: an address, the last two of `words`, its
//             family in the upper half of the first.
//   module    the kernel module it lives in where it is not built in; "" for never
//   spared    delivered packets pass it too, so it is armed only where it is needed: "REASON", not
//             where the kernel has that drop reason, which says as much; "@FUNCTION", once a packet
//             was lost in that function, or after that point decided about it
//
// The order is the numbering, and recordings hold the numbers: append, never insert.
#pragma once

// clang-format off
#define KW_POINTS_TABLE(KW_POINT) \
    KW_POINT(fib_validate_source, fib_validate_source, fib_validate_source, BEFORE, RETURN, "", "", "@ip_route_input_noref") \
    KW_POINT(ip_mc_validate_source, ip_mc_validate_source, ip_mc_validate_source, BEFORE, EXIT, "", "", "") \
    KW_POINT(ip_route_input_slow, ip_route_input_slow, ip_route_input_slow, BEFORE, EXIT, "", "", "@ip_route_input_noref") \
    KW_POINT(ip_route_input_noref, ip_route_input_noref, ip_route_input_noref, BEFORE, EXIT, "", "", "") \
    KW_POINT(ip_options_compile, ip_options_compile, ip_options_compile, BEFORE, EXIT, "", "", "") \
    KW_POINT(nf_conntrack_in, nf_conntrack_in, nf_conntrack_in, BEFORE, EXIT, "", "nf_conntrack", "") \
    KW_POINT(bond_handle_frame, bond_handle_frame, bond_handle_frame, BEFORE, EXIT, "", "bonding", "") \
    KW_POINT(vlan_do_receive, vlan_do_receive, vlan_do_receive, BEFORE, EXIT, "vlan_id vlan_proto", "", "") \
    KW_POINT(tcf_classify, tcf_classify, tcf_classify, BEFORE, EXIT, "", "", "") \
    KW_POINT(sk_filter_trim_cap, sk_filter_trim_cap, sk_filter_trim_cap, BEFORE, EXIT, "", "", "SOCKET_FILTER") \
    KW_POINT(udp_enqueue_schedule_skb, __udp_enqueue_schedule_skb, __udp_enqueue_schedule_skb, BEFORE, EXIT, "", "", "SOCKET_RCVBUFF") \
    KW_POINT(dev_qdisc_enqueue, dev_qdisc_enqueue, dev_qdisc_enqueue, BEFORE, EXIT, "handle limit qlen $qdisc", "", "") \
    KW_POINT(tcp_timewait_state_process, tcp_timewait_state_process, tcp_timewait_state_process, BEFORE, EXIT, "", "", "") \
    KW_POINT(raw_local_deliver, raw_local_deliver, raw_rcv, BEFORE, ENTRY, "", "", "") \
    KW_POINT(raw6_local_deliver, raw6_local_deliver, rawv6_rcv, BEFORE, ENTRY, "", "ipv6", "") \
    KW_POINT(ipt_do_table, ipt_do_table, ipt_do_table, BEFORE, EXIT, "$table", "ip_tables", "") \
    KW_POINT(ip6t_do_table, ip6t_do_table, ip6t_do_table, BEFORE, EXIT, "$table", "ip6_tables", "") \
    KW_POINT(nft_immediate_eval, nft_immediate_eval, nft_immediate_eval, BEFORE, EXIT, "rule_handle family verdict $table $chain", "nf_tables", "") \
    KW_POINT(nft_do_chain_exit, nft_do_chain, nft_do_chain, BEFORE, EXIT, "family hook policy verdict $table $chain", "nf_tables", "@nf_hook_slow") \
    KW_POINT(nft_do_chain, nft_do_chain, nft_do_chain, AROUND, ENTRY, "family hook policy $table $chain", "nf_tables", "") \
    KW_POINT(nf_hook_slow, nf_hook_slow, nf_hook_slow, AROUND, ENTRY, "hook pf in_ifindex out_ifindex", "", "") \
    KW_POINT(tcp_v4_do_rcv, tcp_v4_do_rcv, tcp_v4_do_rcv, AROUND, ENTRY, "", "", "") \
    KW_POINT(tcp_v6_do_rcv, tcp_v6_do_rcv, tcp_v6_do_rcv, AROUND, ENTRY, "", "ipv6", "") \
    KW_POINT(neigh_event_send, __neigh_event_send, __neigh_event_send, AROUND, ENTRY, "nud_state ifindex @address", "", "") \
    KW_POINT(br_handle_frame_finish, br_handle_frame_finish, br_handle_frame_finish, AROUND, ENTRY, "port_ifindex", "bridge", "") \
    KW_POINT(ip_defrag, ip_defrag, ip_defrag, AROUND, ENTRY, "user mem high_thresh", "", "") \
    KW_POINT(tcp_conn_request, tcp_conn_request, tcp_conn_request, AROUND, ENTRY, "", "", "") \
    KW_POINT(inet_frag_queue_insert, inet_frag_queue_insert, inet_frag_queue_insert, BEFORE, EXIT, "", "", "") \
    KW_POINT(ip_handle_martian_source, ip_handle_martian_source, ip_handle_martian_source, BEFORE, ENTRY, "", "", "")
// clang-format on

// NOLINTNEXTLINE(readability-identifier-naming): a C name, as the BPF programs use it
enum kw_point {
    KW_P_none = 0,
#define KW_POINT(id, name, function, kind, reach, args, module, spared) KW_P_##id,
    KW_POINTS_TABLE(KW_POINT)
#undef KW_POINT
        KW_POINTS,  // one past the last
};
