// What each deciding point keeps, and its programs on every rung of the attach ladder.
//
// A point's body gets the function's arguments as an array, wherever they come from: an fentry or
// fexit program's context, the registers at a kprobe, or what the entry's kprobe saved for the
// kretprobe. The programs of point ID are x_ID (fexit), e_ID (fentry), k_ID and r_ID (kprobe and
// kretprobe).
#pragma once

#include "collect/drops/account.bpf.h"

#define KW_ARGS 5  // arguments that travel in registers, as far as a body uses them

// Return values of the functions below, from the kernel's own headers.
#define KW_NF_DROP 0  // include/uapi/linux/netfilter.h
#define KW_NF_VERDICT_MASK 0xff
#define KW_RX_HANDLER_EXACT 2  // include/linux/netdevice.h
#define KW_TC_ACT_SHOT 2       // include/uapi/linux/pkt_cls.h
#define KW_TCP_TW_SYN 3        // include/net/tcp.h: goes on to a listener
#define KW_NFT_REG_VERDICT 0   // include/uapi/linux/netfilter/nf_tables.h
#define KW_NFT_JUMP (-3)
#define KW_NFT_GOTO (-4)

#define KW_VLAN_VID_MASK 0x0fff

#define KW_RULES_SEARCHED 1024  // rules of a chain walked for the one that dropped

struct kw_call {
    __u32 pid;  // whose call it is: a task may be moved to another CPU before it returns
    __u32 open;
    __u64 args[KW_ARGS];
};

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, KW_LEVELS* KW_POINTS);
    __type(key, __u32);
    __type(value, struct kw_call);
} kw_calls SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, KW_POINTS);
    __type(key, __u32);
    __type(value, struct kw_pair);
} kw_pairs SEC(".maps");

static __always_inline struct kw_call* kw_call_of(__u32 point) {
    __u32 index = kw_level_index() * KW_POINTS + point;
    return bpf_map_lookup_elem(&kw_calls, &index);
}

static __always_inline struct kw_pair* kw_pair_of(__u32 point) {
    return bpf_map_lookup_elem(&kw_pairs, &point);
}

static __always_inline int kw_call_begins(__u32 point, struct pt_regs* regs) {
    struct kw_pair* pair = kw_pair_of(point);
    struct kw_call* call = kw_call_of(point);
    if (!pair || !call) return 0;
    pair->entries++;
    call->pid = bpf_get_current_pid_tgid();
    call->open = 1;
    call->args[0] = PT_REGS_PARM1(regs);
    call->args[1] = PT_REGS_PARM2(regs);
    call->args[2] = PT_REGS_PARM3(regs);
    call->args[3] = PT_REGS_PARM4(regs);
    call->args[4] = PT_REGS_PARM5(regs);
    return 0;
}

// The arguments of the call that returns now; 0 if its entry was not seen here.
static __always_inline __u64* kw_call_ends(__u32 point) {
    struct kw_pair* pair = kw_pair_of(point);
    struct kw_call* call = kw_call_of(point);
    if (!pair || !call) return 0;
    pair->returns++;
    if (!call->open || call->pid != (__u32)bpf_get_current_pid_tgid()) return 0;
    call->open = 0;
    return call->args;
}

#define KW_KPROBE_PAIR(id, function)                              \
    SEC("kprobe/" #function) int k_##id(struct pt_regs* ctx) {    \
        return kw_call_begins(KW_P_##id, ctx);                    \
    }                                                             \
    SEC("kretprobe/" #function) int r_##id(struct pt_regs* ctx) { \
        __u64* args = kw_call_ends(KW_P_##id);                    \
        if (args) kw_body_##id(args, PT_REGS_RC(ctx));            \
        return 0;                                                 \
    }

#define KW_EXIT(id, function)                        \
    SEC("fexit/" #function) int x_##id(__u64* ctx) { \
        __u64 returned = 0;                          \
        bpf_get_func_ret(ctx, &returned);            \
        kw_body_##id(ctx, returned);                 \
        return 0;                                    \
    }                                                \
    KW_KPROBE_PAIR(id, function)

// The same where an argument is a pointer to a pointer: the context may not be read for those, so
// the first `count` arguments are fetched.
#define KW_EXIT_FETCHED(id, function, count)                                  \
    SEC("fexit/" #function) int x_##id(__u64* ctx) {                          \
        __u64 returned = 0;                                                   \
        __u64 args[count] = {};                                               \
        bpf_get_func_ret(ctx, &returned);                                     \
        for (int i = 0; i < (count); i++) bpf_get_func_arg(ctx, i, &args[i]); \
        kw_body_##id(args, returned);                                         \
        return 0;                                                             \
    }                                                                         \
    KW_KPROBE_PAIR(id, function)

#define KW_ENTRY(id, function)                                                             \
    SEC("fentry/" #function) int e_##id(__u64* ctx) {                                      \
        kw_body_##id(ctx, ctx);                                                            \
        return 0;                                                                          \
    }                                                                                      \
    SEC("kprobe/" #function) int k_##id(struct pt_regs* ctx) {                             \
        __u64 args[KW_ARGS] = {PT_REGS_PARM1(ctx), PT_REGS_PARM2(ctx), PT_REGS_PARM3(ctx), \
                               PT_REGS_PARM4(ctx), PT_REGS_PARM5(ctx)};                    \
        kw_body_##id(ctx, args);                                                           \
        return 0;                                                                          \
    }

#define KW_RETURN(id, function)                                   \
    SEC("kretprobe/" #function) int r_##id(struct pt_regs* ctx) { \
        kw_returned_##id((__s32)PT_REGS_RC(ctx));                 \
        return 0;                                                 \
    }

// Points that keep nothing but an error: body and programs in one line. `skb` is the argument's
// number, `decides` a condition on `returned`.
#define KW_EXIT_PLAIN(id, function, skb, decides, hands_on)                     \
    static __always_inline void kw_body_##id(__u64* args, __u64 raw_returned) { \
        __s64 returned = (__s32)raw_returned;                                   \
        if (decides) kw_decided(args[skb], KW_P_##id, returned, hands_on);      \
    }                                                                           \
    KW_EXIT(id, function)

// Routing. The outer two hand on what fib_validate_source found.
static __always_inline void kw_returned_fib_validate_source(__s64 returned) {
    if (returned < 0) kw_decided_early(KW_P_fib_validate_source, returned);
}
KW_RETURN(fib_validate_source, fib_validate_source)
KW_EXIT_PLAIN(ip_mc_validate_source, ip_mc_validate_source, 0, returned < 0, 0)
KW_EXIT_PLAIN(ip_route_input_slow, ip_route_input_slow, 0, returned < 0, 1)
KW_EXIT_PLAIN(ip_route_input_noref, ip_route_input_noref, 0, returned < 0, 1)
// Called for no packet but one that is refused for its source.
static __always_inline void kw_body_ip_handle_martian_source(void* ctx, __u64* args) {
    kw_noted(args[2], KW_P_ip_handle_martian_source, 1);
}
KW_ENTRY(ip_handle_martian_source, ip_handle_martian_source)
KW_EXIT_PLAIN(ip_options_compile, ip_options_compile, 2, returned < 0, 0)

KW_EXIT_PLAIN(nf_conntrack_in, nf_conntrack_in, 0, returned == KW_NF_DROP, 0)
KW_EXIT_PLAIN(tcf_classify, tcf_classify, 0, returned == KW_TC_ACT_SHOT, 0)

// raw_local_deliver would be called for every packet; what it calls for each raw socket is rare.
static __always_inline void kw_body_raw_local_deliver(void* ctx, __u64* args) {
    kw_copied(args[1], KW_P_raw_local_deliver);
}
KW_ENTRY(raw_local_deliver, raw_rcv)
static __always_inline void kw_body_raw6_local_deliver(void* ctx, __u64* args) {
    kw_copied(args[1], KW_P_raw6_local_deliver);
}
KW_ENTRY(raw6_local_deliver, rawv6_rcv)

// Points of a socket: the second argument is the packet, the first the socket.
#define KW_EXIT_SOCKET(id, function, decides)                                   \
    static __always_inline void kw_body_##id(__u64* args, __u64 raw_returned) { \
        __s64 returned = (__s32)raw_returned;                                   \
        if (!(decides)) return;                                                 \
        if (!kw_decided(args[1], KW_P_##id, returned, 0)) return;               \
        struct kw_slot* slot = kw_slot_of(args[1]);                             \
        if (slot) kw_keep_socket(slot, args[0]);                                \
    }                                                                           \
    KW_EXIT(id, function)

KW_EXIT_SOCKET(sk_filter_trim_cap, sk_filter_trim_cap, returned < 0)
KW_EXIT_SOCKET(udp_enqueue_schedule_skb, __udp_enqueue_schedule_skb, returned < 0)
KW_EXIT_SOCKET(tcp_timewait_state_process, tcp_timewait_state_process, returned != KW_TCP_TW_SYN)

static __always_inline void kw_body_bond_handle_frame(__u64* args, __u64 returned) {
    if ((__u32)returned != KW_RX_HANDLER_EXACT) return;
    __u64 skb = 0;
    bpf_probe_read_kernel(&skb, sizeof(skb), (const void*)args[0]);
    kw_decided(skb, KW_P_bond_handle_frame, KW_RX_HANDLER_EXACT, 0);
}
KW_EXIT_FETCHED(bond_handle_frame, bond_handle_frame, 1)

// The tag is still on the skb here; once the packet is dropped it is gone.
static __always_inline void kw_body_vlan_do_receive(__u64* args, __u64 returned) {
    if (returned & 0xff) return;
    struct sk_buff* skb = 0;
    bpf_probe_read_kernel(&skb, sizeof(skb), (const void*)args[0]);
    struct kw_kept* kept = kw_decided((__u64)skb, KW_P_vlan_do_receive, 0, 0);
    if (!kept) return;
    kept->words[0] = BPF_CORE_READ(skb, vlan_tci) & KW_VLAN_VID_MASK;
    kept->words[1] = __builtin_bswap16(BPF_CORE_READ(skb, vlan_proto));
    kept->words[2] = kw_tag_of(skb);  // for the packet's copy
}
KW_EXIT_FETCHED(vlan_do_receive, vlan_do_receive, 1)

// A qdisc drops what is enqueued, or something else that was queued (fq_codel: from the fattest
// flow): what it wants freed hangs in the list at args[2].
static __always_inline void kw_body_dev_qdisc_enqueue(__u64* args, __u64 returned) {
    struct sk_buff* skb = 0;
    bpf_probe_read_kernel(&skb, sizeof(skb), (const void*)args[2]);
    struct Qdisc* qdisc = (void*)args[1];
    for (int i = 0; i < KW_SLOTS && skb; i++) {
        struct kw_kept* kept = kw_decided((__u64)skb, KW_P_dev_qdisc_enqueue, (__s32)returned, 0);
        if (!kept) return;
        kept->words[0] = BPF_CORE_READ(qdisc, handle);
        kept->words[1] = BPF_CORE_READ(qdisc, limit);
        kept->words[2] = BPF_CORE_READ(qdisc, q.qlen);
        kept->words[KW_STRINGS] = (__u64)BPF_CORE_READ(qdisc, ops)->id;
        skb = BPF_CORE_READ(skb, next);
    }
}
KW_EXIT_FETCHED(dev_qdisc_enqueue, dev_qdisc_enqueue, 3)

static __always_inline void kw_ipt_dropped(__u64* args, __u64 returned, __u32 point) {
    if ((__u32)returned != KW_NF_DROP) return;
    struct kw_kept* kept = kw_decided(args[1], point, KW_NF_DROP, 0);
    struct xt_table* table = (void*)args[0];
    if (kept) kept->words[KW_STRINGS] = (__u64)table->name;
}
static __always_inline void kw_body_ipt_do_table(__u64* args, __u64 returned) {
    kw_ipt_dropped(args, returned, KW_P_ipt_do_table);
}
KW_EXIT(ipt_do_table, ipt_do_table)
static __always_inline void kw_body_ip6t_do_table(__u64* args, __u64 returned) {
    kw_ipt_dropped(args, returned, KW_P_ip6t_do_table);
}
KW_EXIT(ip6t_do_table, ip6t_do_table)

#include "collect/drops/nft.bpf.h"

// The state lies on the caller's stack, and is read if the packet is freed in here.
static __always_inline void kw_body_nf_hook_slow(void* ctx, __u64* args) {
    struct kw_slot* slot = kw_slot_of(args[0]);
    if (slot) kw_entered(slot, KW_P_nf_hook_slow)->words[0] = args[1];
}
KW_ENTRY(nf_hook_slow, nf_hook_slow)

static __always_inline void kw_socket_entered(__u64* args, __u32 point) {
    struct kw_slot* slot = kw_slot_of(args[1]);
    if (!slot) return;
    kw_entered(slot, point);
    kw_keep_socket(slot, args[0]);
}
static __always_inline void kw_body_tcp_v4_do_rcv(void* ctx, __u64* args) {
    kw_socket_entered(args, KW_P_tcp_v4_do_rcv);
}
KW_ENTRY(tcp_v4_do_rcv, tcp_v4_do_rcv)
static __always_inline void kw_body_tcp_v6_do_rcv(void* ctx, __u64* args) {
    kw_socket_entered(args, KW_P_tcp_v6_do_rcv);
}
KW_ENTRY(tcp_v6_do_rcv, tcp_v6_do_rcv)

static __always_inline void kw_body_neigh_event_send(void* ctx, __u64* args) {
    struct kw_slot* slot = kw_slot_of(args[1]);
    if (!slot) return;
    const struct neighbour* neigh = (const void*)args[0];
    struct kw_kept* kept = kw_entered(slot, KW_P_neigh_event_send);
    __u64 family = BPF_CORE_READ(neigh, tbl, family);
    kept->words[0] = BPF_CORE_READ(neigh, nud_state) | family << 32;
    kept->words[1] = BPF_CORE_READ(neigh, dev, ifindex);
    kept->words[2] = 0;
    kept->words[3] = 0;
    bpf_probe_read_kernel(&kept->words[2], family == KW_AF_INET6 ? 16 : 4, neigh->primary_key);
}
KW_ENTRY(neigh_event_send, __neigh_event_send)

static __always_inline void kw_body_br_handle_frame_finish(void* ctx, __u64* args) {
    struct kw_slot* slot = kw_slot_of(args[2]);
    if (!slot) return;
    const struct sk_buff* skb = (const void*)args[2];
    kw_entered(slot, KW_P_br_handle_frame_finish)->words[0] = BPF_CORE_READ(skb, dev, ifindex);
}
KW_ENTRY(br_handle_frame_finish, br_handle_frame_finish)

static __always_inline void kw_body_ip_defrag(void* ctx, __u64* args) {
    struct kw_slot* slot = kw_slot_of(args[1]);
    if (!slot) return;
    struct kw_kept* kept = kw_entered(slot, KW_P_ip_defrag);
    const struct net* net = (const void*)args[0];
    const struct fqdir* queues = BPF_CORE_READ(net, ipv4.fqdir);
    kept->words[0] = (__u32)args[2];
    kept->words[1] = BPF_CORE_READ(queues, mem.counter);
    kept->words[2] = BPF_CORE_READ(queues, high_thresh);
}
KW_ENTRY(ip_defrag, ip_defrag)

// A fragment that cannot be put among those that wait.
static __always_inline void kw_body_inet_frag_queue_insert(__u64* args, __u64 returned) {
    if ((__s32)returned) kw_decided(args[1], KW_P_inet_frag_queue_insert, (__s32)returned, 0);
}
KW_EXIT(inet_frag_queue_insert, inet_frag_queue_insert)

// A listener that can take no more consumes the SYN in silence. The two conditions are those that
// tcp_conn_request itself tests (net/ipv4/tcp_input.c): they are the refusal.
static __always_inline void kw_body_tcp_conn_request(void* ctx, __u64* args) {
    const struct sock* sk = (const void*)args[2];
    const struct inet_connection_sock* icsk = (const void*)sk;
    __u32 limit = BPF_CORE_READ(sk, sk_max_ack_backlog);
    int accept_queue_full = BPF_CORE_READ(sk, sk_ack_backlog) > limit;
    __u32 syns = BPF_CORE_READ(icsk, icsk_accept_queue.qlen.counter);
    int syn_queue_full =
        syns > limit && !BPF_CORE_READ(sk, __sk_common.skc_net.net, ipv4.sysctl_tcp_syncookies);
    if (!accept_queue_full && !syn_queue_full) return;
    struct kw_loss loss = {
        .skb = args[3],
        .location = bpf_get_func_ip(ctx),
        .sk = args[2],
        .source = KW_SOURCE_REFUSAL,
    };
    kw_account(ctx, &loss);
}
KW_ENTRY(tcp_conn_request, tcp_conn_request)
