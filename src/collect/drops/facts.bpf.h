// Facts by nesting level: what the points saw of a packet, until its free takes it.
//
// A packet's functions run nested on one CPU, and an interrupt may put another packet's in between:
// so facts are kept per CPU and per level (task, softirq, hardirq, NMI), and matched by the skb. A
// level holds a few packets, because handling one may send another (an ICMP error, a reject).
//
// An skb's address is used again as soon as it is free, and not every end of a packet is seen here.
// So a deciding return value is taken only by a packet that still has the same headers, and soon.
// An argument of a function around the free (AROUND) is too frequent for that: the session believes
// it only if the stack shows the function.
#pragma once

#include "collect/drops/kernel_types.h"
#include "collect/drops/points.h"
#include "collect/drops/wire.h"

#define KW_SLOTS 4            // packets per level
#define KW_FRESH_JIFFIES 250  // 0.25 to 2.5 seconds, as CONFIG_HZ is; cheaper than a clock
#define KW_FACT_WORDS 6       // KW_WORDS numbers, then two pointers to strings
#define KW_STRINGS KW_WORDS   // where those begin

struct kw_kept {
    __u64 jiffies;
    __s64 value;
    __u64 words[KW_FACT_WORDS];
    __u16 order;
    __u16 zero[3];
};

// Where the parts of an nft base chain are, in bytes: of table, name and the others from the
// chain's address, of table_name and family from the table's. The family is a bit field: shift
// left, then right, in 64 bits.
union kw_chain_layout {
    struct {
        __u16 table;
        __u16 name;
        __u16 table_name;
        __u16 family;
        __s16 hook;
        __s16 policy;
        __u16 family_left;
        __u16 family_right;
    };
    __u64 words[2];
};

struct kw_slot {
    __u64 skb;
    __u64 jiffies;      // of the last deciding return value
    __u64 fingerprint;  // of the headers then; 0: none was recorded
    __u64 sk;           // a socket that a point had for this packet
    __u64 sk_jiffies;
    __u64 nft_chain;    // the nft chain whose rules run
    __u64 rule_handle;  // of the nft rule that dropped it
    __s64 value;        // what the decider returned
    __u32 present;      // bit per point
    __u16 decider;      // the point of `value`
    __u16 last_order;
    struct kw_kept facts[KW_POINTS];
};

struct kw_level {
    __u32 recent;  // the slot used last
    // What is known of the packet under way on this level before it is known which one it is: a
    // point's return value, and the headers of a packet of which a copy was delivered.
    __u16 early_point;  // 0: none
    __u16 copied_point;
    __s64 early_value;
    __u64 copied_fingerprint;
    __u64 copied_jiffies;
    struct kw_slot slots[KW_SLOTS];
};

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, KW_LEVELS);
    __type(key, __u32);
    __type(value, struct kw_level);
} kw_levels SEC(".maps");

extern const int __preempt_count __ksym __weak;

// include/linux/preempt.h: where a context is counted.
#define KW_SOFTIRQ_SERVING 0x00000100
#define KW_HARDIRQ_MASK 0x000f0000
#define KW_NMI_MASK 0x00f00000

static __always_inline __u32 kw_level_reported(void) {
    if (!&__preempt_count) return KW_LEVEL_UNKNOWN;
    int count = *(const int*)bpf_this_cpu_ptr(&__preempt_count);
    if (count & KW_NMI_MASK) return 3;
    if (count & KW_HARDIRQ_MASK) return 2;
    return count & KW_SOFTIRQ_SERVING ? 1 : 0;
}

// Where the level cannot be known, everything shares the first one.
static __always_inline __u32 kw_level_index(void) {
    __u32 level = kw_level_reported();
    return level == KW_LEVEL_UNKNOWN ? 0 : level;
}

static __always_inline struct kw_level* kw_level_at(const __u32* index) {
    return (struct kw_level*)bpf_map_lookup_elem(&kw_levels, index);
}

static __always_inline struct kw_slot* kw_find_slot(struct kw_level* level, __u64 skb) {
    __u32 recent = level->recent & (KW_SLOTS - 1);
    if (level->slots[recent].skb == skb) return &level->slots[recent];
    for (__u32 i = 0; i < KW_SLOTS; i++)
        if (level->slots[i].skb == skb) {
            level->recent = i;
            return &level->slots[i];
        }
    return 0;
}

static __always_inline void kw_forget(struct kw_slot* slot) {
    slot->present = 0;
    slot->decider = KW_P_none;
    slot->fingerprint = 0;
    slot->sk = 0;
    slot->nft_chain = 0;
    slot->rule_handle = 0;
    slot->last_order = 0;
}

// The packet's slot on a level, made from the least recent one if it has none.
static __always_inline struct kw_slot* kw_slot_in(struct kw_level* level, __u64 skb) {
    struct kw_slot* slot = kw_find_slot(level, skb);
    if (slot) return slot;
    __u32 next = (level->recent + 1) & (KW_SLOTS - 1);
    level->recent = next;
    slot = &level->slots[next];
    kw_forget(slot);
    slot->skb = skb;
    return slot;
}

static __always_inline struct kw_level* kw_level_now(void) {
    __u32 index = kw_level_index();
    return kw_level_at(&index);
}

static __always_inline struct kw_slot* kw_slot_of(__u64 skb) {
    struct kw_level* level = kw_level_now();
    return level ? kw_slot_in(level, skb) : 0;
}

// The headers that tell one packet from the next one at the same address: 48 bytes from the network
// header on, which reach the ports and sequence numbers of plain IPv4 and IPv6.
static __always_inline __u64 kw_fingerprint(const struct sk_buff* skb) {
    __u64 words[6] = {};
    unsigned char* head = BPF_CORE_READ(skb, head);
    bpf_probe_read_kernel(words, sizeof(words), head + BPF_CORE_READ(skb, network_header));
    __u64 mix = (__u64)head ^ BPF_CORE_READ(skb, protocol);
    for (int i = 0; i < 6; i++) mix = (mix ^ words[i]) * 0x9e3779b97f4a7c15ULL;
    return mix | 1;
}

static __always_inline struct kw_kept* kw_keep(struct kw_slot* slot, __u32 point, __u64 now) {
    struct kw_kept* kept = &slot->facts[point];
    slot->present |= 1U << point;
    kept->order = ++slot->last_order;
    kept->jiffies = now;
    kept->words[KW_STRINGS] = 0;
    kept->words[KW_STRINGS + 1] = 0;
    return kept;
}

// Keeps a return value of a packet's slot. A function that only hands on what a deeper one returned
// (`hands_on`) does not become the decider: the deepest tells most.
static __always_inline struct kw_kept* kw_decide(struct kw_slot* slot, __u32 point, __s64 value,
                                                 int hands_on) {
    if (!hands_on || !slot->decider || slot->value != value) {
        slot->decider = point;
        slot->value = value;
    }
    struct kw_kept* kept = kw_keep(slot, point, slot->jiffies);
    kept->value = value;
    return kept;
}

// A deciding return value of a function whose packet is not known: the next that decides on this
// level encloses it, or the packet is freed next.
static __always_inline void kw_decided_early(__u32 point, __s64 value) {
    struct kw_level* level = kw_level_now();
    if (!level) return;
    level->early_point = point;
    level->early_value = value;
}

static __always_inline void kw_take_early(struct kw_level* level, struct kw_slot* slot) {
    if (!level->early_point) return;
    __u32 point = level->early_point;
    level->early_point = KW_P_none;
    // Only these come early; a number the compiler knows keeps the programs small.
    if (point == KW_P_fib_validate_source)
        kw_decide(slot, KW_P_fib_validate_source, level->early_value, 0);
}

// The slot of a packet that something decides about, or that is freed: what another packet with the
// same address left is gone, what came early is in it.
static __always_inline struct kw_slot* kw_deciding_slot(struct kw_level* level, __u64 skb) {
    struct kw_slot* slot = kw_slot_in(level, skb);
    __u64 fingerprint = kw_fingerprint((const struct sk_buff*)skb);
    if (slot->fingerprint && slot->fingerprint != fingerprint) kw_forget(slot);
    slot->fingerprint = fingerprint;
    slot->jiffies = bpf_jiffies64();
    kw_take_early(level, slot);
    return slot;
}

// Keeps a deciding return value.
static __always_inline struct kw_kept* kw_decided(__u64 skb, __u32 point, __s64 value,
                                                  int hands_on) {
    struct kw_level* level = kw_level_now();
    if (!level) return 0;
    return kw_decide(kw_deciding_slot(level, skb), point, value, hands_on);
}

// Keeps what happened on the way to a decision, without being one.
static __always_inline void kw_noted(__u64 skb, __u32 point, __s64 value) {
    struct kw_level* level = kw_level_now();
    if (!level) return;
    struct kw_slot* slot = kw_deciding_slot(level, skb);
    kw_keep(slot, point, slot->jiffies)->value = value;
}

// A socket was handed a copy of the packet; the packet itself goes on.
static __always_inline void kw_copied(__u64 copy, __u32 point) {
    struct kw_level* level = kw_level_now();
    if (!level) return;
    level->copied_point = point;
    level->copied_fingerprint = kw_fingerprint((const struct sk_buff*)copy);
    level->copied_jiffies = bpf_jiffies64();
}

static __always_inline void kw_take_copied(struct kw_level* level, __u64 skb) {
    __u32 point = level->copied_point;
    if (!point || bpf_jiffies64() - level->copied_jiffies >= KW_FRESH_JIFFIES) return;
    if (kw_fingerprint((const struct sk_buff*)skb) != level->copied_fingerprint) return;
    level->copied_point = KW_P_none;
    kw_decided(skb,
               point == KW_P_raw_local_deliver ? KW_P_raw_local_deliver : KW_P_raw6_local_deliver,
               1, 0);
}

// Keeps that a function was entered with this packet.
static __always_inline struct kw_kept* kw_entered(struct kw_slot* slot, __u32 point) {
    return kw_keep(slot, point, bpf_jiffies64());
}

static __always_inline void kw_keep_socket(struct kw_slot* slot, __u64 sk) {
    slot->sk = sk;
    slot->sk_jiffies = bpf_jiffies64();
}

// What was kept of a packet that is being freed; 0 if nothing was, or if it was another packet's.
static __always_inline struct kw_slot* kw_facts_at_free(__u64 skb) {
    struct kw_level* level = kw_level_now();
    if (!level) return 0;
    if (level->copied_point) kw_take_copied(level, skb);
    if (level->early_point) return kw_deciding_slot(level, skb);
    struct kw_slot* slot = kw_find_slot(level, skb);
    if (!slot || !slot->fingerprint) return slot;
    if (bpf_jiffies64() - slot->jiffies < KW_FRESH_JIFFIES &&
        kw_fingerprint((const struct sk_buff*)skb) == slot->fingerprint)
        return slot;
    slot->skb = 0;
    return 0;
}
