// Counting a loss exactly, and now and then looking at it closely.
#pragma once

#include "bpf/load/stub.bpf.h"
#include "collect/drops/facts.bpf.h"
#include "collect/drops/packet.bpf.h"

#define KW_MAX_KEYS 4096
#define KW_FIRST_SAMPLES 16      // of a key and CPU: always wanted
#define KW_EACH_FIRST_STACKS 64  // when every packet is sampled: stacks for so many of a key...
#define KW_EACH_STACK_EVERY 64   // ...then for one in so many
#define KW_MEASURE_EVERY 64      // runs, of which one is timed

// Set before loading; the verifier removes what they switch off.
const volatile __u8 kw_has_reason = 0;    // kfree_skb has the argument `reason`
const volatile __u8 kw_has_rx_sk = 0;     // and `rx_sk`
const volatile __u8 kw_has_filter = 0;    // the stubs hold a filter
const volatile __u8 kw_every_packet = 0;  // sample every drop
const volatile __u8 kw_take_stacks = 0;
const volatile __u8 kw_watching = 1;       // points may be armed, now or later
const volatile __u32 kw_only_netns = 0;    // count losses of this namespace only; 0: of all
const volatile __u32 kw_only_ifindex = 0;  // and there of this device

_Static_assert(KNOWHY_FILTER_SNAP <= KW_PACKET_SNAP, "a filter reads the sample's copy");

KNOWHY_FILTER_STUB(kw_filter_ethernet)
KNOWHY_FILTER_STUB(kw_filter_ip)

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
    __uint(max_entries, KW_MAX_KEYS);
    __type(key, struct kw_key);
    __type(value, struct kw_count);
} kw_counts SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct kw_totals);
} kw_totals SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_ARRAY);
    __uint(max_entries, 1);
    __type(key, __u32);
    __type(value, struct kw_knobs);
} kw_knobs SEC(".maps");

struct {
    __uint(type, BPF_MAP_TYPE_RINGBUF);
    __uint(max_entries, 4096);  // the session says how large it becomes
} kw_ring SEC(".maps");

// One sample being made per level: what interrupts us has another level.
struct {
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
    __uint(max_entries, KW_LEVELS);
    __type(key, __u32);
    __type(value, struct kw_sample);
} kw_drafts SEC(".maps");

// A loss on its way through here.
struct kw_loss {
    __u64 skb;
    __u64 location;
    __u64 sk;  // the socket that the event itself names; 0: none
    struct kw_slot* slot;
    struct kw_sample* draft;
    struct kw_device device;
    __u32 reason;
    __u32 source;
};

// True when the packet passes the filter; what does not is counted.
static __always_inline int kw_passes(struct kw_totals* books, struct kw_sample* draft) {
    __u32 verdict = KNOWHY_FILTER_NO_MATCH;
    __u32 caplen = draft->captured < KNOWHY_FILTER_SNAP ? draft->captured : KNOWHY_FILTER_SNAP;
    __u32 wirelen = draft->wire_length < caplen ? caplen : draft->wire_length;
    if (draft->start == KW_START_MAC)
        verdict = kw_filter_ethernet(draft->packet, caplen, wirelen);
    else if (draft->start == KW_START_NETWORK)
        verdict = kw_filter_ip(draft->packet, caplen, wirelen);
    if (verdict == KNOWHY_FILTER_MATCH) return 1;
    books->filtered_out++;
    if (verdict == KNOWHY_FILTER_BEYOND_COPY) books->beyond_copy++;
    return 0;
}

static __always_inline void kw_fill_key(struct kw_key* key, const struct kw_loss* loss,
                                        const struct sk_buff* skb) {
    const struct kw_slot* slot = loss->slot;
    key->location = loss->location;
    key->reason = loss->reason;
    key->source = loss->source;
    key->zero = 0;
    key->ifindex = loss->device.ifindex;
    if (!key->ifindex) key->ifindex = BPF_CORE_READ(skb, skb_iif);

    key->netns = loss->device.netns;
    if (!key->netns) key->netns = kw_netns_of_sock(BPF_CORE_READ(skb, sk));
    if (!key->netns) key->netns = kw_netns_of_sock((void*)loss->sk);
    if (!key->netns) {
        const struct dst_entry* dst = kw_dst_of(skb);
        struct kw_device out = {};
        if (dst) kw_check_device(&out, BPF_CORE_READ(dst, dev));
        key->netns = out.netns;
    }
    if (!key->netns && slot && slot->sk && bpf_jiffies64() - slot->sk_jiffies < KW_FRESH_JIFFIES)
        key->netns = kw_netns_of_sock((void*)slot->sk);

    key->point = slot ? slot->decider : KW_P_none;
    key->point_value = key->point ? slot->value : 0;
    key->rule_handle = slot ? slot->rule_handle : 0;
}

// True when the loss is where it was asked for; what is not is counted. One whose namespace nobody
// knows is none of a certain one.
static __always_inline int kw_in_scope(struct kw_totals* books, const struct kw_key* key) {
    int netns = !kw_only_netns || key->netns == kw_only_netns;
    int device = !kw_only_ifindex || key->ifindex == kw_only_ifindex;
    if (netns && device) return 1;
    books->filtered_out++;
    return 0;
}

// Adds one to the key's count. Returns how many this CPU has counted of it, 0 without a place.
static __always_inline __u64 kw_count_one(const struct kw_key* key, __u64 now) {
    struct kw_count* count = bpf_map_lookup_elem(&kw_counts, key);
    if (!count) {
        struct kw_count first = {.count = 1, .first_ns = now, .last_ns = now};
        if (!bpf_map_update_elem(&kw_counts, key, &first, BPF_NOEXIST)) return 1;
        // Another CPU may have been quicker: then the key is there now.
        count = bpf_map_lookup_elem(&kw_counts, key);
        if (!count) return 0;
    }
    if (!count->count) count->first_ns = now;
    count->last_ns = now;
    return ++count->count;
}

static __always_inline int kw_is_power_of_two(__u64 n) {
    return (n & (n - 1)) == 0;
}

// Which drops are worth a look is decided by their number, never by what they hold.
static __always_inline int kw_sample_wanted(__u64 nth) {
    return kw_every_packet || nth <= KW_FIRST_SAMPLES || kw_is_power_of_two(nth);
}

static __always_inline int kw_stack_wanted(__u64 nth) {
    if (!kw_take_stacks) return 0;
    return !kw_every_packet || nth <= KW_EACH_FIRST_STACKS || nth % KW_EACH_STACK_EVERY == 0;
}

// The budget: samples come due one by one; a burst may run ahead of that by so much, no more.
static __always_inline int kw_in_budget(struct kw_totals* books, const struct kw_knobs* knobs,
                                        __u64 now) {
    if (!knobs->sample_interval_ns) return 1;
    __u64 due = books->budget_ns > now ? books->budget_ns : now;
    if (due - now > knobs->sample_burst_ns) return 0;
    books->budget_ns = due + knobs->sample_interval_ns;
    return 1;
}

static __always_inline void kw_fill_tcp(struct kw_socket* out, const struct sock* sk) {
    const struct tcp_sock* tcp = (const void*)sk;
    out->is_tcp = 1;
    out->rcv_nxt = BPF_CORE_READ(tcp, rcv_nxt);
    out->rcv_wnd = BPF_CORE_READ(tcp, rcv_wnd);
    out->rcv_wup = BPF_CORE_READ(tcp, rcv_wup);
    out->snd_una = BPF_CORE_READ(tcp, snd_una);
    out->snd_nxt = BPF_CORE_READ(tcp, snd_nxt);
    out->ts_recent = BPF_CORE_READ(tcp, rx_opt.ts_recent);
    const struct inet_connection_sock* icsk = (const void*)sk;
    out->syn_queue_length = BPF_CORE_READ(icsk, icsk_accept_queue.qlen.counter);
}

// include/net/tcp_states.h: sockets in these states are small ones, with the common part only.
#define KW_TCP_TIME_WAIT 6
#define KW_TCP_NEW_SYN_RECV 12
#define KW_AF_INET 2
#define KW_AF_INET6 10
#define KW_SOCK_STREAM 1
#define KW_IPPROTO_TCP 6

static __always_inline void kw_fill_socket(struct kw_socket* out, const struct sock* sk) {
    __builtin_memset(out, 0, sizeof(*out));
    if (!sk) return;
    out->address = (__u64)sk;
    out->family = BPF_CORE_READ(sk, __sk_common.skc_family);
    out->state = BPF_CORE_READ(sk, __sk_common.skc_state);
    out->local_port = BPF_CORE_READ(sk, __sk_common.skc_num);
    out->remote_port = __builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_dport));
    int inet = out->family == KW_AF_INET || out->family == KW_AF_INET6;
    if (inet && (out->state == KW_TCP_TIME_WAIT || out->state == KW_TCP_NEW_SYN_RECV)) {
        out->type = KW_SOCK_STREAM;
        out->protocol = KW_IPPROTO_TCP;
        return;
    }
    out->type = BPF_CORE_READ(sk, sk_type);
    out->protocol = BPF_CORE_READ(sk, sk_protocol);
    out->rcvbuf = BPF_CORE_READ(sk, sk_rcvbuf);
    out->rmem_alloc = BPF_CORE_READ(sk, sk_backlog.rmem_alloc.counter);
    out->ack_backlog = BPF_CORE_READ(sk, sk_ack_backlog);
    out->max_ack_backlog = BPF_CORE_READ(sk, sk_max_ack_backlog);
    if (inet && out->protocol == KW_IPPROTO_TCP) kw_fill_tcp(out, sk);
}

static __always_inline void kw_fill_packet_fields(struct kw_sample* out,
                                                  const struct sk_buff* skb) {
    out->mark = BPF_CORE_READ(skb, mark);
    out->in_ifindex = BPF_CORE_READ(skb, skb_iif);
    out->vlan_tci = BPF_CORE_READ(skb, vlan_tci);
    out->vlan_present = out->start != KW_START_MAC && kw_tag_of(skb);
    out->packet_type = BPF_CORE_READ_BITFIELD_PROBED(skb, pkt_type);
    out->ip_summed = BPF_CORE_READ_BITFIELD_PROBED(skb, ip_summed);
    const struct skb_shared_info* shared =
        (const void*)(BPF_CORE_READ(skb, head) + BPF_CORE_READ(skb, end));
    out->gso_size = BPF_CORE_READ(shared, gso_size);

    struct kw_device via = {};
    const struct dst_entry* dst = kw_dst_of(skb);
    if (dst) kw_check_device(&via, BPF_CORE_READ(dst, dev));
    out->has_dst = via.dev != 0;
    out->dst_error = via.dev ? BPF_CORE_READ(dst, error) : 0;
    out->dst_device[0] = 0;
    if (via.dev) bpf_probe_read_kernel(out->dst_device, sizeof(out->dst_device), via.dev->name);
}

struct kw_gather {
    struct kw_slot* slot;
    struct kw_sample* draft;
    __u64 now;
};

static __always_inline void kw_read_string(char* to, __u64 from) {
    to[0] = 0;
    if (from) bpf_probe_read_kernel_str(to, KW_TEXT, (const void*)from);
}

static __always_inline __u64 kw_read_word(__u64 from, __u32 size) {
    __u64 word = 0;
    bpf_probe_read_kernel(&word, size, (const void*)from);
    return word;
}

// family, hook, policy, table and chain of an nft base chain that a packet is in.
static __always_inline void kw_read_chain(struct kw_fact* fact, const struct kw_kept* kept) {
    __u64 chain = kept->words[0];
    union kw_chain_layout layout = {.words = {kept->words[1], kept->words[2]}};
    __u64 table = kw_read_word(chain + layout.table, sizeof(table));
    __u64 family = kw_read_word(table + layout.family, sizeof(family));
    fact->words[0] = family << (layout.family_left & 63) >> (layout.family_right & 63);
    fact->words[1] = kw_read_word(chain + layout.hook, sizeof(__u32));
    fact->words[2] = kw_read_word(chain + layout.policy, sizeof(__u8));
    kw_read_string(fact->text[0], kw_read_word(table + layout.table_name, sizeof(__u64)));
    kw_read_string(fact->text[1], kw_read_word(chain + layout.name, sizeof(__u64)));
}

static __always_inline __u32 kw_ifindex_of(const struct net_device* dev) {
    return dev ? BPF_CORE_READ(dev, ifindex) : 0;
}

static __always_inline void kw_read_hook(struct kw_fact* fact, const struct kw_kept* kept) {
    const struct nf_hook_state* state = (const void*)kept->words[0];
    fact->words[0] = BPF_CORE_READ(state, hook);
    fact->words[1] = BPF_CORE_READ(state, pf);
    fact->words[2] = kw_ifindex_of(BPF_CORE_READ(state, in));
    fact->words[3] = kw_ifindex_of(BPF_CORE_READ(state, out));
}

// A callback of bpf_loop: puts point number `index` into the sample if it was seen.
static long kw_gather_fact(__u32 index, struct kw_gather* gather) {
    struct kw_slot* slot = gather->slot;
    struct kw_sample* draft = gather->draft;
    __u64 point = index;
    barrier_var(point);  // one register, bounded once: see kw_copy_packet
    if (!slot || !draft || point >= KW_POINTS || !(slot->present & (1U << point))) return 0;
    struct kw_kept* kept = &slot->facts[point];
    if (gather->now - kept->jiffies > KW_FRESH_JIFFIES) return 0;
    __u64 at = draft->facts_count;
    barrier_var(at);
    if (at >= KW_SAMPLE_FACTS) return 1;
    struct kw_fact* fact = &draft->facts[at];
    draft->facts_count = at + 1;
    fact->point = point;
    fact->order = kept->order;
    fact->zero = 0;
    fact->value = kept->value;
    for (int i = 0; i < KW_WORDS; i++) fact->words[i] = kept->words[i];
    for (int i = 0; i < 2; i++) kw_read_string(fact->text[i], kept->words[KW_STRINGS + i]);
    if (point == KW_P_nft_do_chain) kw_read_chain(fact, kept);
    if (point == KW_P_nf_hook_slow) kw_read_hook(fact, kept);
    return 0;
}

// The sample is cut after the last part it has.
static __always_inline void kw_emit(struct kw_totals* books, struct kw_sample* draft) {
    __u64 size = __builtin_offsetof(struct kw_sample, stack);
    if (draft->facts_count)
        size = sizeof(*draft);
    else if (draft->stack_bytes > 0)
        size = __builtin_offsetof(struct kw_sample, facts);
    if (bpf_ringbuf_output(&kw_ring, draft, size, 0))
        books->lost_samples++;
    else
        books->samples++;
}

static __always_inline void kw_sample_it(void* ctx, const struct kw_loss* loss, __u64 now,
                                         __u64 nth, struct kw_totals* books) {
    struct kw_sample* draft = loss->draft;
    const struct sk_buff* skb = (const void*)loss->skb;
    struct kw_slot* slot = loss->slot;
    draft->time_ns = now;
    draft->skb = loss->skb;
    draft->cpu = bpf_get_smp_processor_id();
    draft->pid = bpf_get_current_pid_tgid();
    bpf_get_current_comm(draft->comm, sizeof(draft->comm));
    draft->level = kw_level_reported();
    draft->device[0] = 0;
    if (loss->device.dev)
        bpf_probe_read_kernel(draft->device, sizeof(draft->device), loss->device.dev->name);
    kw_fill_packet_fields(draft, skb);

    // skb->sk may be the sender's; a socket that a point had for the packet says more.
    __u64 sk = loss->sk;
    int around = !sk && slot && slot->sk && bpf_jiffies64() - slot->sk_jiffies < KW_FRESH_JIFFIES;
    if (around)
        sk = slot->sk;
    else if (!sk)
        sk = (__u64)BPF_CORE_READ(skb, sk);
    kw_fill_socket(&draft->socket, (const void*)sk);
    draft->socket.around = around;

    draft->facts_count = 0;
    if (slot) {
        struct kw_gather gather = {.slot = slot, .draft = draft, .now = bpf_jiffies64()};
        bpf_loop(KW_POINTS, kw_gather_fact, &gather, 0);
    }
    draft->stack_bytes = 0;
    if (kw_stack_wanted(nth))
        draft->stack_bytes = bpf_get_stack(ctx, draft->stack, sizeof(draft->stack), 0);
    kw_emit(books, draft);
}

// A frame whose VLAN no device has loses its tag before it is freed: the point that saw the tag
// still has it.
static __always_inline void kw_copy_lost(struct kw_sample* draft, const struct kw_loss* loss) {
    const struct sk_buff* skb = (const void*)loss->skb;
    const struct kw_slot* slot = loss->slot;
    __u32 tag = kw_tag_of(skb);
    if (!tag && slot && slot->present & (1U << KW_P_vlan_do_receive))
        tag = slot->facts[KW_P_vlan_do_receive].words[2];
    kw_copy_packet(draft, skb, loss->device.dev, tag);
}

// Counts a loss, and samples it if it is its turn. Nobody reads what it returns, but a compiler
// that knew would leave any register's content there, and the verifier refuses to hand on a stack
// address.
static __noinline __attribute__((used)) int kw_account(void* ctx, struct kw_loss* loss) {
    __u32 zero = 0;
    struct kw_totals* books = bpf_map_lookup_elem(&kw_totals, &zero);
    const struct kw_knobs* knobs = bpf_map_lookup_elem(&kw_knobs, &zero);
    __u32 index = kw_level_index();
    struct kw_sample* draft = bpf_map_lookup_elem(&kw_drafts, &index);
    if (!books || !knobs || !draft || knobs->stopped) return 0;
    const struct sk_buff* skb = (const void*)loss->skb;
    __u64 now = bpf_ktime_get_ns();
    loss->draft = draft;
    kw_check_device(&loss->device, BPF_CORE_READ(skb, dev));
    draft->length = BPF_CORE_READ(skb, len);
    draft->protocol = __builtin_bswap16(BPF_CORE_READ(skb, protocol));
    if (kw_has_filter) {
        kw_copy_lost(draft, loss);
        if (!kw_passes(books, draft)) return 0;
    }

    kw_fill_key(&draft->key, loss, skb);
    if (!kw_in_scope(books, &draft->key)) return 0;
    __u64 nth = kw_count_one(&draft->key, now);
    __u64 event = ++books->events;
    if (!nth)
        books->other++;
    else if (kw_sample_wanted(nth)) {
        if (kw_in_budget(books, knobs, now)) {
            if (!kw_has_filter) kw_copy_lost(draft, loss);
            kw_sample_it(ctx, loss, now, nth, books);
        } else {
            books->shed_samples++;
        }
    }
    if (event % KW_MEASURE_EVERY == 0) {
        books->work_ns += bpf_ktime_get_ns() - now;
        books->work_runs++;
    }
    return 0;
}
