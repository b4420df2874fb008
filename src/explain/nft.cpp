#include "explain/nft.h"

#include <algorithm>
#include <map>
#include <string_view>

namespace knowhy::explain {
namespace {

using model::Fact;
using model::NftChain;
using model::NftRule;

constexpr int64_t kNfDrop = 0;  // NF_DROP

// NFPROTO_*, include/uapi/linux/netfilter.h, by the names that nft gives them.
std::string family_name(std::optional<int64_t> number) {
    static const std::map<int64_t, std::string> kNames = {
        {1, "inet"}, {2, "ip"}, {3, "arp"}, {5, "netdev"}, {7, "bridge"}, {10, "ip6"}};
    const auto found = kNames.find(number.value_or(0));
    return found != kNames.end() ? found->second : std::string();
}

bool fits(const std::string& known, const std::string& actual) {
    return known.empty() || known == actual;
}

// Handles count per table, so without its table a rule must be the only one of its number.
const NftRule* find_rule(const Context& context, uint64_t handle) {
    if (context.state == nullptr || handle == 0) return nullptr;
    const Fact* fact = context.before("nft_immediate_eval");
    const auto walk = nft_walk(context);
    std::string table = fact != nullptr ? fact->text("table") : "";
    std::string family = fact != nullptr ? family_name(fact->number("family")) : "";
    if (table.empty() && walk) {
        table = walk->table;
        family = walk->family;
    }
    const NftRule* found = nullptr;
    for (const NftRule& rule : context.state->nft_rules) {
        if (rule.handle != handle || !fits(table, rule.table) || !fits(family, rule.family)) {
            continue;
        }
        if (found != nullptr) return nullptr;
        found = &rule;
    }
    return found;
}

bool takes(const std::string& family, const Context& context) {
    if (context.ip() == nullptr) return true;
    if (family == "ip") return context.ip4() != nullptr;
    if (family == "ip6") return context.ip6() != nullptr;
    return family != "arp";
}

bool is_hidden(const NftRule& rule) {
    return rule.verdict == "vmap" || rule.verdict == "reject" ||
           rule.text.find("vmap ") != std::string::npos ||
           rule.text.find("xt target ") != std::string::npos;
}

}  // namespace

std::optional<NftWalk> nft_walk(const Context& context) {
    const Fact* fact = context.around("nft_do_chain");
    if (fact == nullptr) fact = context.before("nft_do_chain");
    if (fact == nullptr || fact->text("chain").empty()) return std::nullopt;
    return NftWalk{family_name(fact->number("family")), fact->text("table"), fact->text("chain"),
                   fact->number("policy") == kNfDrop};
}

std::optional<NftVerdict> nft_verdict(const Context& context) {
    uint64_t handle = context.group.key.rule_handle;
    const bool seen = context.returned("nft_immediate_eval").has_value();
    if (handle == 0 && !seen) return std::nullopt;
    if (const Fact* fact = context.before("nft_immediate_eval"); fact != nullptr && handle == 0) {
        handle = static_cast<uint64_t>(fact->number("rule_handle").value_or(0));
    }
    return NftVerdict{handle, find_rule(context, handle)};
}

std::string hook_of(const Context& context) {
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
    // Innermost first: a packet on its way out may have the way in below it on the stack.
    for (const model::Place& frame : context.sample->stack) {
        const auto found = kHooks.find(frame.function);
        if (found != kHooks.end()) return found->second;
    }
    return {};
}

std::vector<const NftChain*> base_chains(const Context& context) {
    std::vector<const NftChain*> chains;
    if (context.state == nullptr) return chains;
    const std::string hook = hook_of(context);
    for (const NftChain& chain : context.state->nft_chains) {
        if (chain.base && fits(hook, chain.hook) && takes(chain.family, context)) {
            chains.push_back(&chain);
        }
    }
    return chains;
}

std::vector<const NftRule*> rules_that_drop(const Context& context) {
    std::vector<const NftRule*> found;
    if (context.state == nullptr) return found;
    const auto walk = nft_walk(context);
    const auto chains = base_chains(context);
    for (const NftRule& rule : context.state->nft_rules) {
        const bool walked = walk && rule.table == walk->table && fits(walk->family, rule.family);
        const bool reachable =
            walk ? walked : std::any_of(chains.begin(), chains.end(), [&](const NftChain* chain) {
                return rule.family == chain->family && rule.table == chain->table;
            });
        if (reachable && (rule.verdict == "drop" || is_hidden(rule))) found.push_back(&rule);
    }
    return found;
}

std::vector<const NftRule*> hidden_droppers(const model::NetnsState& state, const NftWalk& walk) {
    std::vector<const NftRule*> found;
    for (const NftRule& rule : state.nft_rules) {
        const bool here = rule.table == walk.table && fits(walk.family, rule.family);
        if (here && is_hidden(rule)) found.push_back(&rule);
    }
    return found;
}

}  // namespace knowhy::explain
