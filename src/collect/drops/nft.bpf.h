// nftables: which chain a packet is in, and which rule dropped it.
//
// The rule's handle is in no return value. But a rule that drops does so through an immediate
// expression that sets the verdict, and a chain's rules lie in one blob, each with its handle
// before its expressions: the rule is the one that contains the expression. The chain is the base
// chain, or the target of the last jump. A verdict that comes out of a verdict map is not seen
// here, nor is a jump through one: then no rule contains the expression and none is named.
#pragma once

#include "collect/drops/points.bpf.h"

struct kw_rule_search {
    const struct nft_rule_dp* rule;
    __u64 end;
    __u64 expression;
    __u64 handle;
};

// A callback of bpf_loop: looks at one rule, goes on to the next.
static long kw_next_rule(__u32 index, struct kw_rule_search* search) {
    const struct nft_rule_dp* rule = search->rule;
    __u64 data = (__u64)rule->data;
    if (data > search->end) return 1;
    __u64 past = data + BPF_CORE_READ_BITFIELD_PROBED(rule, dlen);
    if (search->expression >= data && search->expression < past) {
        search->handle = BPF_CORE_READ_BITFIELD_PROBED(rule, handle);
        return 1;
    }
    search->rule = (const void*)past;
    return 0;
}

static __always_inline __u64 kw_rule_in(const struct nft_rule_blob* blob, __u64 expression) {
    if (!blob) return 0;
    __u64 begin = (__u64)blob->data;
    __u64 size = BPF_CORE_READ(blob, size);
    if (expression < begin || expression >= begin + size) return 0;
    struct kw_rule_search search = {
        .rule = (const void*)begin,
        .end = begin + size,
        .expression = expression,
    };
    bpf_loop(KW_RULES_SEARCHED, kw_next_rule, &search, 0);
    return search.handle;
}

static __always_inline __u64 kw_rule_of(const struct nft_chain* chain, __u64 expression) {
    if (!chain || !bpf_core_field_exists(chain->blob_gen_0)) return 0;
    __u64 handle = kw_rule_in(BPF_CORE_READ(chain, blob_gen_0), expression);
    return handle ? handle : kw_rule_in(BPF_CORE_READ(chain, blob_gen_1), expression);
}

static __always_inline void kw_keep_chain_names(struct kw_kept* kept,
                                                const struct nft_chain* chain) {
    kept->words[KW_STRINGS] = (__u64)BPF_CORE_READ(chain, table, name);
    kept->words[KW_STRINGS + 1] = (__u64)BPF_CORE_READ(chain, name);
}

static __always_inline __u64 kw_family_of(const struct nft_chain* chain) {
    const struct nft_table* table = BPF_CORE_READ(chain, table);
    return BPF_CORE_READ_BITFIELD_PROBED(table, family);
}

// family, hook, policy of a base chain.
static __always_inline void kw_keep_base_chain(struct kw_kept* kept,
                                               const struct nft_chain* chain) {
    const struct nft_base_chain* base =
        (const void*)chain - bpf_core_field_offset(struct nft_base_chain, chain);
    kept->words[0] = kw_family_of(chain);
    kept->words[1] = BPF_CORE_READ(base, ops.hooknum);
    kept->words[2] = BPF_CORE_READ(base, policy);
    kw_keep_chain_names(kept, chain);
}

// Every packet that meets a chain comes by here, so nothing is read: the chain is kept, and where
// its parts are. The free's program reads them if it comes to that (kw_read_chain). It may have
// been loaded before nf_tables was, and does not know that module's types.
static __always_inline void kw_body_nft_do_chain(void* ctx, __u64* args) {
    const struct nft_pktinfo* packet = (const void*)args[0];
    struct kw_slot* slot = kw_slot_of((__u64)BPF_CORE_READ(packet, skb));
    if (!slot) return;
    slot->nft_chain = args[1];
    struct kw_kept* kept = kw_entered(slot, KW_P_nft_do_chain);
    const struct nft_table* table = 0;
    __s64 chain = bpf_core_field_offset(struct nft_base_chain, chain);
    union kw_chain_layout layout = {
        .table = bpf_core_field_offset(struct nft_chain, table),
        .name = bpf_core_field_offset(struct nft_chain, name),
        .table_name = bpf_core_field_offset(struct nft_table, name),
        .family = __CORE_RELO(table, family, BYTE_OFFSET),
        .family_left = __CORE_RELO(table, family, LSHIFT_U64),
        .family_right = __CORE_RELO(table, family, RSHIFT_U64),
        .hook = bpf_core_field_offset(struct nft_base_chain, ops.hooknum) - chain,
        .policy = bpf_core_field_offset(struct nft_base_chain, policy) - chain,
    };
    kept->words[0] = args[1];
    kept->words[1] = layout.words[0];
    kept->words[2] = layout.words[1];
}
KW_ENTRY(nft_do_chain, nft_do_chain)

// Kernels that leave the free to nf_hook_slow: the chain's verdict was NF_DROP.
static __always_inline void kw_body_nft_do_chain_exit(__u64* args, __u64 returned) {
    if ((returned & KW_NF_VERDICT_MASK) != KW_NF_DROP) return;
    const struct nft_pktinfo* packet = (const void*)args[0];
    struct kw_kept* kept =
        kw_decided((__u64)BPF_CORE_READ(packet, skb), KW_P_nft_do_chain_exit, (__s32)returned, 1);
    if (!kept) return;
    kw_keep_base_chain(kept, (const void*)args[1]);
    kept->words[3] = KW_NF_DROP;
}
KW_EXIT(nft_do_chain_exit, nft_do_chain)

static __always_inline void kw_body_nft_immediate_eval(__u64* args, __u64 returned) {
    const struct nft_expr* expr = (const void*)args[0];
    const struct nft_immediate_expr* immediate = (const void*)expr->data;
    if (BPF_CORE_READ(immediate, dreg) != KW_NFT_REG_VERDICT) return;
    __s32 verdict = BPF_CORE_READ(immediate, data.verdict.code);
    const struct nft_pktinfo* packet = (const void*)args[2];
    if (verdict == KW_NFT_JUMP || verdict == KW_NFT_GOTO) {
        struct kw_slot* slot = kw_slot_of((__u64)BPF_CORE_READ(packet, skb));
        if (slot) slot->nft_chain = (__u64)BPF_CORE_READ(immediate, data.verdict.chain);
        return;
    }
    if ((verdict & KW_NF_VERDICT_MASK) != KW_NF_DROP) return;
    __u64 skb = (__u64)BPF_CORE_READ(packet, skb);
    struct kw_slot* slot = kw_slot_of(skb);
    if (!slot) return;
    const struct nft_chain* chain = (const void*)slot->nft_chain;
    __u64 handle = kw_rule_of(chain, args[0]);
    struct kw_kept* kept = kw_decided(skb, KW_P_nft_immediate_eval, verdict, 0);
    if (!kept) return;
    slot->rule_handle = handle;
    kept->words[0] = handle;
    kept->words[1] = handle ? kw_family_of(chain) : 0;
    kept->words[2] = KW_NF_DROP;
    if (handle) kw_keep_chain_names(kept, chain);
}
KW_EXIT(nft_immediate_eval, nft_immediate_eval)
