// The kernel's types, as far as the drops programs read them. Only names and types matter: CO-RE
// finds each field in the BTF of the kernel that the programs are loaded into.
#pragma once

#include <linux/types.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s16 s16;
typedef __s32 s32;
typedef __s64 s64;

#ifdef __bpf__
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
#endif

typedef struct {
    int counter;
} atomic_t;

struct ns_common {
    unsigned int inum;
};

typedef struct {
    s64 counter;
} atomic64_t;

struct fqdir {
    long high_thresh;
    atomic64_t mem;
};

struct netns_ipv4 {
    struct fqdir* fqdir;
    u8 sysctl_tcp_syncookies;
};

struct net {
    struct ns_common ns;
    struct netns_ipv4 ipv4;
};

typedef struct {
    struct net* net;
} possible_net_t;

struct net_device {
    char name[16];
    int ifindex;
    unsigned short type;
    possible_net_t nd_net;
};

struct dst_entry {
    struct net_device* dev;
    short error;
};

struct skb_shared_info {
    unsigned short gso_size;
};

struct sk_buff {
    struct sk_buff* next;
    struct net_device* dev;
    struct sock* sk;
    unsigned long _skb_refdst;
    unsigned int len;
    u8 pkt_type : 3;
    u8 ip_summed : 2;
    u8 vlan_present : 1;  // until 6.1
    u32 vlan_all;         // since 6.2
    u16 vlan_tci;
    __be16 vlan_proto;
    u32 mark;
    int skb_iif;
    __be16 protocol;
    u16 network_header;
    u16 mac_header;
    unsigned int tail;
    unsigned int end;
    unsigned char* head;
    unsigned char* data;
};

struct sock_common {
    __be16 skc_dport;
    u16 skc_num;
    unsigned short skc_family;
    volatile unsigned char skc_state;
    possible_net_t skc_net;
};

struct sock {
    struct sock_common __sk_common;
    struct {
        atomic_t rmem_alloc;
    } sk_backlog;
    int sk_rcvbuf;
    u32 sk_ack_backlog;
    u32 sk_max_ack_backlog;
    u16 sk_type;
    u16 sk_protocol;
};

struct request_sock_queue {
    atomic_t qlen;
};

struct inet_connection_sock {
    struct request_sock_queue icsk_accept_queue;
};

struct tcp_options_received {
    u32 ts_recent;
};

struct tcp_sock {
    u32 rcv_nxt;
    u32 rcv_wnd;
    u32 rcv_wup;
    u32 snd_una;
    u32 snd_nxt;
    struct tcp_options_received rx_opt;
};

struct qdisc_skb_head {
    u32 qlen;
};

struct Qdisc_ops {
    char id[16];
};

struct Qdisc {
    u32 limit;
    const struct Qdisc_ops* ops;
    u32 handle;
    struct qdisc_skb_head q;
};

struct nf_hook_state {
    u8 hook;
    u8 pf;
    struct net_device* in;
    struct net_device* out;
};

struct xt_table {
    char name[32];
};

struct nf_hook_ops {
    unsigned int hooknum;
};

struct nft_table {
    u16 family : 6;
    char* name;
};

struct nft_rule_blob {
    unsigned long size;
    unsigned char data[0];
};

// The kernel has bit fields of a 64-bit integer here, which clang 14 cannot relocate. CO-RE takes
// width and place from the kernel's BTF and compares only that both are integers.
struct nft_rule_dp {
    unsigned int dlen : 12;
    u64 handle;
    unsigned char data[0];
};

struct nft_chain {
    struct nft_rule_blob* blob_gen_0;
    struct nft_rule_blob* blob_gen_1;
    struct nft_table* table;
    char* name;
};

struct nft_base_chain {
    struct nf_hook_ops ops;
    u8 policy;
    struct nft_chain chain;
};

struct nft_verdict {
    u32 code;
    struct nft_chain* chain;
};

struct nft_data {
    struct nft_verdict verdict;
};

struct nft_immediate_expr {
    struct nft_data data;
    u8 dreg;
};

struct nft_expr {
    unsigned char data[0];
};

struct nft_pktinfo {
    struct sk_buff* skb;
};

struct neigh_table {
    int family;
    unsigned int key_len;
};

struct neighbour {
    struct neigh_table* tbl;
    u8 nud_state;
    struct net_device* dev;
    u8 primary_key[0];
};

#ifdef __bpf__
#pragma clang attribute pop
#endif
