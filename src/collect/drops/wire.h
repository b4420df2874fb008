// What the BPF side of the drops collector and its session say to each other. Plain C, included by
// both. All numbers in host byte order, times CLOCK_MONOTONIC, unless a field says otherwise.
#pragma once

#include <linux/types.h>

#ifdef __cplusplus
#include <cstddef>
#endif

// NOLINTBEGIN(readability-identifier-naming): C names, as the BPF programs use them

#define KW_PACKET_SNAP 256  // bytes of a packet that a sample holds
#define KW_STACK_DEPTH 40   // frames
#define KW_SAMPLE_FACTS 8   // facts that a sample holds
#define KW_TEXT 48          // bytes of a string in a fact, NUL included; longer ones are cut
#define KW_WORDS 4
#define KW_LEVELS 4  // task, softirq, hardirq, NMI: each can interrupt the one before

#define KW_SOURCE_FREE 0
#define KW_SOURCE_REFUSAL 1

#define KW_START_NONE 0
#define KW_START_MAC 1
#define KW_START_NETWORK 2

#define KW_LEVEL_UNKNOWN 0xff

// model::DropKey.
struct kw_key {
    __u64 location;
    __s64 point_value;
    __u64 rule_handle;
    __u32 reason;
    __u32 ifindex;
    __u32 netns;
    __u16 point;
    __u8 source;
    __u8 zero;
};

// One key's count on one CPU.
struct kw_count {
    __u64 count;
    __u64 first_ns;
    __u64 last_ns;
};

// The books of one CPU.
struct kw_totals {
    __u64 events;
    __u64 other;
    __u64 filtered_out;
    __u64 beyond_copy;
    __u64 samples;
    __u64 lost_samples;
    __u64 shed_samples;
    __u64 work_ns;    // time spent in the runs that were measured
    __u64 work_runs;  // how many were
    __u64 budget_ns;  // when the budget's next sample is due: later than now is over the budget
};

// A kprobe and kretprobe pair: entries - returns is what the kernel missed of the returns.
struct kw_pair {
    __u64 entries;
    __u64 returns;
};

// What the session may turn while the programs run.
struct kw_knobs {
    __u64 sample_interval_ns;  // one sample per so much time and CPU; 0: no limit
    __u64 sample_burst_ns;     // how far ahead of that a burst may run
    __u64 stopped;             // count nothing any more
};

struct kw_fact {
    __u16 point;
    __u16 order;  // facts of a packet are numbered as they happened
    __u32 zero;
    __s64 value;
    __u64 words[KW_WORDS];
    char text[2][KW_TEXT];
};

struct kw_socket {
    __u64 address;  // 0: no socket
    __u16 family;
    __u16 type;
    __u8 protocol;
    __u8 state;
    __u8 around;  // it comes from a function around the free, not from the packet
    __u8 is_tcp;  // the TCP fields below are filled
    __u16 local_port;
    __u16 remote_port;
    __s32 rcvbuf;
    __s32 rmem_alloc;
    __u32 ack_backlog;
    __u32 max_ack_backlog;
    __u32 rcv_nxt;
    __u32 rcv_wnd;
    __u32 rcv_wup;
    __u32 snd_una;
    __u32 snd_nxt;
    __u32 ts_recent;
    __s32 syn_queue_length;  // of a listener that refused
    __u32 zero;
};

// A drop looked at closely, as it lies in the ring buffer. It ends after the packet, the stack or
// the facts, whichever is the last it has: `stack_bytes` and `facts` say what is there.
struct kw_sample {
    struct kw_key key;
    __u64 time_ns;
    __u64 skb;
    __u32 cpu;
    __u32 pid;
    char comm[16];
    char device[16];
    char dst_device[16];
    struct kw_socket socket;
    __u32 length;
    __u32 mark;
    __u32 in_ifindex;
    __s32 dst_error;  // as the kernel has it: IPv4 keeps it positive, IPv6 negative
    __u16 protocol;
    __u16 vlan_tci;
    __u16 gso_size;
    __u8 packet_type;
    __u8 ip_summed;
    __u8 vlan_present;  // there is a tag, and no MAC header in `packet` that it could stand in
    __u8 has_dst;
    __u8 level;  // 0 to 3, or KW_LEVEL_UNKNOWN
    __u8 start;  // KW_START_*
    __u16 captured;
    __u16 facts_count;
    __u32 wire_length;
    __s32 stack_bytes;
    __u8 packet[KW_PACKET_SNAP];
    __u64 stack[KW_STACK_DEPTH];
    struct kw_fact facts[KW_SAMPLE_FACTS];
};

#ifdef __cplusplus
static_assert(sizeof(kw_key) == 40);
static_assert(sizeof(kw_count) == 24);
static_assert(sizeof(kw_fact) == 16 + 8 * KW_WORDS + 2 * KW_TEXT);
static_assert(sizeof(kw_socket) == 72);
static_assert(offsetof(kw_sample, packet) % 8 == 0);
static_assert(offsetof(kw_sample, stack) == offsetof(kw_sample, packet) + KW_PACKET_SNAP);
#endif

// NOLINTEND(readability-identifier-naming)
