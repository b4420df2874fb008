#include "explain/nft.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

namespace knowhy::explain {
namespace {

using model::NftChain;
using model::NftRule;

std::optional<uint64_t> handle_of(const Context& context) {
    if (context.group.key.rule_handle != 0) return context.group.key.rule_handle;
    const model::Fact* fact = context.before("nft_immediate_eval");
    const auto handle = fact != nullptr ? fact->number("rule_handle") : std::nullopt;
    return handle ? std::optional(static_cast<uint64_t>(*handle)) : std::nullopt;
}

// Handles count per table. The base chain that was entered tells which table; without it a handle
// must be the only one of its number.
const NftRule* find_rule(const Context& context, uint64_t handle) {
    if (context.state == nullptr) return nullptr;
    const model::Fact* entered = context.around("nft_do_chain");
    const std::string table = entered != nullptr ? entered->text("table") : "";
    const NftRule* found = nullptr;
    for (const NftRule& rule : context.state->nft_rules) {
        if (rule.handle != handle || (!table.empty() && rule.table != table)) continue;
        if (found != nullptr) return nullptr;
        found = &rule;
    }
    return found;
}

bool drops(const NftRule& rule) {
    return rule.verdict == "drop" || rule.verdict == "reject";
}

bool takes(const std::string& family, const Context& context) {
    const bool six = context.ip6() != nullptr;
    if (family == "inet" || context.ip() == nullptr) return true;
    if (family == "ip" || family == "ip6") return (family == "ip6") == six;
    return family == "netdev" || family == "bridge";
}

// The base chains of the packet's hook; all of them when the hook is not known.
std::vector<const NftChain*> base_chains(const Context& context) {
    std::vector<const NftChain*> chains;
    if (context.state == nullptr) return chains;
    const std::string hook = hook_of(context);
    for (const NftChain& chain : context.state->nft_chains) {
        const bool on_hook = hook.empty() || chain.hook == hook;
        if (chain.base && on_hook && takes(chain.family, context)) chains.push_back(&chain);
    }
    return chains;
}

bool same_table(const NftRule& rule, const NftChain& chain) {
    return rule.family == chain.family && rule.table == chain.table;
}

bool hidden(const NftRule& rule) {
    constexpr std::array<std::string_view, 4> kWords = {"vmap", "reject", "queue", "target"};
    if (rule.verdict == "reject" || rule.verdict == "queue") return true;
    return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) {
        return rule.text.find(word) != std::string::npos;
    });
}

const NftChain* entered_chain(const Context& context) {
    const model::Fact* fact = context.around("nft_do_chain");
    if (fact == nullptr || context.state == nullptr) return nullptr;
    const auto& chains = context.state->nft_chains;
    const auto found = std::find_if(chains.begin(), chains.end(), [&](const NftChain& chain) {
        return chain.base && chain.table == fact->text("table") &&
               chain.name == fact->text("chain") && takes(chain.family, context);
    });
    return found != chains.end() ? &*found : nullptr;
}

}  // namespace

std::optional<NftVerdict> nft_verdict(const Context& context) {
    const auto handle = handle_of(context);
    if (!handle) return std::nullopt;
    return NftVerdict{*handle, find_rule(context, *handle)};
}

std::string hook_of(const Context& context) {
    // Innermost first: a packet on its way out may still have the way in below it on the stack.
    static const std::map<std::string, std::string, std::less<>> kHooks = {
        {"ip_rcv", "prerouting"},         {"ipv6_rcv", "prerouting"},
        {"ip_sublist_rcv", "prerouting"}, {"ip_local_deliver", "input"},
        {"ip6_input", "input"},           {"ip_forward", "forward"},
        {"ip6_forward", "forward"},       {"__br_forward", "forward"},
        {"__ip_local_out", "output"},     {"__ip6_local_out", "output"},
        {"ip6_xmit", "output"},           {"ip_output", "postrouting"},
        {"ip6_output", "postrouting"},    {"__netif_receive_skb_core", "ingress"},
    };
    if (context.sample == nullptr) return {};
    for (const model::Place& frame : context.sample->stack) {
        const auto found = kHooks.find(frame.function);
        if (found != kHooks.end()) return found->second;
    }
    return {};
}

std::vector<const NftRule*> rules_that_drop(const Context& context) {
    std::vector<const NftRule*> found;
    const auto chains = base_chains(context);
    if (chains.empty()) return found;
    for (const NftRule& rule : context.state->nft_rules) {
        const bool reachable =
            std::any_of(chains.begin(), chains.end(),
                        [&](const NftChain* chain) { return same_table(rule, *chain); });
        if (reachable && drops(rule)) found.push_back(&rule);
    }
    return found;
}

const NftChain* policy_drops(const Context& context) {
    if (const NftChain* chain = entered_chain(context)) {
        return chain->policy == "drop" ? chain : nullptr;
    }
    if (!rules_that_drop(context).empty()) return nullptr;
    const NftChain* found = nullptr;
    for (const NftChain* chain : base_chains(context)) {
        if (chain->policy != "drop") continue;
        if (found != nullptr) return nullptr;
        found = chain;
    }
    return found;
}

bool has_hidden_verdicts(const model::NetnsState& state, const NftChain& chain) {
    return std::any_of(state.nft_rules.begin(), state.nft_rules.end(), [&](const NftRule& rule) {
        return same_table(rule, chain) && hidden(rule);
    });
}

}  // namespace knowhy::explain
