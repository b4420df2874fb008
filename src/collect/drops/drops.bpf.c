// The drops programs: the source of truth (skb:kfree_skb), the points that decide (points.bpf.h)
// and the refusals that free nothing. docs/life-of-a-drop.md walks through them.
#include <linux/types.h>

#include <linux/bpf.h>
#include <linux/ptrace.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "collect/drops/account.bpf.h"
#include "collect/drops/points.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

// skb, location, reason (5.17), rx_sk (6.11).
static __always_inline int kw_freed(__u64* ctx) {
    struct kw_loss loss = {
        .skb = ctx[0],
        .location = ctx[1],
        .source = KW_SOURCE_FREE,
    };
    if (kw_has_reason) loss.reason = (__u32)ctx[2];
    if (kw_has_rx_sk) loss.sk = ctx[3];
    // The verifier does not walk what cannot happen, and walking is half of the time to start.
    if (kw_watching) loss.slot = kw_facts_at_free(loss.skb);
    kw_account(ctx, &loss);
    // The address may be another packet's any moment.
    if (loss.slot) loss.slot->skb = 0;
    return 0;
}

SEC("tp_btf/kfree_skb")
int kw_free_tp_btf(__u64* ctx) {
    return kw_freed(ctx);
}

SEC("raw_tp/kfree_skb")
int kw_free_raw_tp(__u64* ctx) {
    return kw_freed(ctx);
}
