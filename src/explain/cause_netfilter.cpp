// A firewall's decision, or conntrack's lack of room.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "explain/causes.h"
#include "explain/nft.h"

namespace knowhy::explain {
namespace {

constexpr int64_t kNfDrop = 0;  // NF_DROP

bool dropped_by_netfilter(const Context& context) {
    return context.kernel_says({"NETFILTER_DROP"});
}

// Another mechanism was seen refusing it.
bool refused_elsewhere(const Context& context) {
    return context.returned("ipt_do_table") || context.returned("ip6t_do_table") ||
           context.returned("nf_conntrack_in");
}

std::string chain_name(const std::string& family, const std::string& table,
                       const std::string& chain) {
    return fmt::format("table {}{}{}, chain {}", family, family.empty() ? "" : " ", table, chain);
}

std::string chain_of(const model::NftRule& rule) {
    return chain_name(rule.family, rule.table, rule.chain);
}

void tell_rule(const Context& context, const model::NftRule& rule, Conclusion& found) {
    found.subject = fmt::format("{}", rule.handle);
    found.with(state_evidence(Evidence::Kind::Rule, chain_of(rule),
                              fmt::format("handle {}: {}", rule.handle, rule.text)));
    found.set("nft-rule", chain_of(rule), fmt::format("handle {} \"{}\"", rule.handle, rule.text));
    found.attempt(context.here(fmt::format("nft -a list chain {} {} {}", shell_word(rule.family),
                                           shell_word(rule.table), shell_word(rule.chain))),
                  "shows the rule among its neighbours");
}

std::optional<Conclusion> seen_rule(const Context& context, const NftVerdict& verdict) {
    const model::NftRule* rule = verdict.rule;
    std::string sentence = "an nft rule drops it";
    if (verdict.handle != 0)
        sentence = fmt::format("the nft rule handle {} drops it", verdict.handle);
    if (rule != nullptr) {
        sentence = fmt::format("the nft rule handle {} \"{}\" drops it ({})", rule->handle,
                               rule->text, chain_of(*rule));
    } else if (const auto walk = nft_walk(context)) {
        sentence += fmt::format(" ({})", chain_name(walk->family, walk->table, walk->chain));
    }
    Conclusion found = when(rule != nullptr, Verdict::Lost, std::move(sentence));
    if (verdict.handle != 0) {
        found.subject = fmt::format("{}", verdict.handle);
        found.with(
            Evidence{Evidence::Kind::Rule, "handle", found.subject, "", Evidence::Read::Event});
    }
    found.with(context.return_of("nft_immediate_eval"));
    if (rule != nullptr) tell_rule(context, *rule, found);
    return found;
}

// Nobody saw which rule it was. In the chain that was walked it can only have been the one rule
// that drops by other means than a plain verdict; else it is one of those that can.
std::optional<Conclusion> some_rule(const Context& context) {
    const auto candidates = rules_that_drop(context);
    if (candidates.empty()) return std::nullopt;
    const auto walk = nft_walk(context);
    if (walk && context.silent("nft_immediate_eval") && !walk->policy_drops) {
        const auto hidden = hidden_droppers(*context.state, *walk);
        if (hidden.size() == 1) {
            const model::NftRule& rule = *hidden.front();
            Conclusion found = when(context.state->complete, Verdict::Lost,
                                    fmt::format("the nft rule handle {} \"{}\" refuses it ({})",
                                                rule.handle, rule.text, chain_of(rule)));
            tell_rule(context, rule, found);
            return found;
        }
    }
    const model::NftRule& first = *candidates.front();
    std::string sentence = fmt::format("the nft rule handle {} \"{}\" may have dropped it ({})",
                                       first.handle, first.text, chain_of(first));
    if (candidates.size() > 1) {
        sentence =
            fmt::format("one of {} nft rules that drop may have dropped it", candidates.size());
    }
    Conclusion found = likely(Verdict::Lost, std::move(sentence));
    for (const model::NftRule* rule : candidates) {
        found.with(state_evidence(Evidence::Kind::Rule, chain_of(*rule), rule->text));
    }
    found.attempt(context.here("nft monitor trace"),
                  "names the rule, once a rule before it says \"meta nftrace set 1\"");
    return found;
}

std::optional<Conclusion> nft_rule(const Context& context) {
    if (!dropped_by_netfilter(context)) return std::nullopt;
    if (const auto verdict = nft_verdict(context)) return seen_rule(context, *verdict);
    if (refused_elsewhere(context)) return std::nullopt;
    return some_rule(context);
}

// The chain whose policy is drop: the one that was walked, else the only such one on the hook.
std::optional<std::string> dropping_policy(const Context& context) {
    if (const auto walk = nft_walk(context)) {
        if (!walk->policy_drops) return std::nullopt;
        return chain_name(walk->family, walk->table, walk->chain);
    }
    if (!rules_that_drop(context).empty()) return std::nullopt;
    std::optional<std::string> only;
    for (const model::NftChain* chain : base_chains(context)) {
        if (chain->policy != "drop") continue;
        if (only) return std::nullopt;
        only = chain_name(chain->family, chain->table, chain->name);
    }
    return only;
}

std::optional<Conclusion> nft_policy(const Context& context) {
    if (!dropped_by_netfilter(context) || nft_verdict(context) || refused_elsewhere(context)) {
        return std::nullopt;
    }
    const auto name = dropping_policy(context);
    if (!name) return std::nullopt;
    // A rule that drops by other means than a plain verdict leaves the same trace.
    const auto walk = nft_walk(context);
    const bool proven = walk && context.silent("nft_immediate_eval") && context.state != nullptr &&
                        context.state->complete && hidden_droppers(*context.state, *walk).empty();
    Conclusion found =
        when(proven, Verdict::Lost,
             fmt::format("no nft rule took it, and the chain's policy is drop ({})", *name));
    found.subject = *name;
    found.with(Evidence{Evidence::Kind::Rule, *name, "policy drop", "",
                        walk ? Evidence::Read::Event : Evidence::Read::Snapshot});
    found.set("nft-policy", *name, "drop");
    found.attempt(context.here("nft list ruleset"), "shows what the chain lets through");
    return found;
}

// The hook a frame of the stack stands for, as iptables names its chains.
std::string iptables_chain(const Context& context) {
    constexpr std::array<std::pair<const char*, const char*>, 5> kChains = {{
        {"prerouting", "PREROUTING"},
        {"input", "INPUT"},
        {"forward", "FORWARD"},
        {"output", "OUTPUT"},
        {"postrouting", "POSTROUTING"},
    }};
    const std::string hook = hook_of(context);
    for (const auto& [name, chain] : kChains) {
        if (hook == name) return chain;
    }
    return {};
}

std::optional<Conclusion> iptables_rule(const Context& context) {
    if (!dropped_by_netfilter(context)) return std::nullopt;
    const bool v4 = context.returned("ipt_do_table") == kNfDrop;
    const bool v6 = context.returned("ip6t_do_table") == kNfDrop;
    if (!v4 && !v6) return std::nullopt;
    const char* point = v4 ? "ipt_do_table" : "ip6t_do_table";
    const char* program = v4 ? "iptables-legacy" : "ip6tables-legacy";
    const model::Fact* fact = context.before(point);
    const std::string table = fact != nullptr ? fact->text("table") : "";
    const std::string chain = iptables_chain(context);
    std::string sentence = fmt::format("a rule or policy of {} drops it", program);
    if (!table.empty()) sentence += fmt::format(", table {}", table);
    if (!chain.empty()) sentence += fmt::format(", on the way from chain {}", chain);
    Conclusion found = certain(Verdict::Lost, std::move(sentence));
    found.subject = table + chain;
    found.with(context.return_of(point));
    if (!table.empty()) found.set("iptables-table", table, chain);
    found.attempt(context.here(fmt::format("{} -t {} -vnL --line-numbers", program,
                                           shell_word(table.empty() ? "filter" : table))),
                  "the rule whose count rises is the one; the kernel does not tell which it was");
    return found;
}

struct ConntrackRoom {
    std::optional<int64_t> count;
    std::optional<int64_t> max;
    [[nodiscard]] bool known() const { return count && max; }
    [[nodiscard]] bool full() const { return known() && *count >= *max; }
};

std::optional<int64_t> conntrack_count(const Context& context) {
    if (const auto count = context.setting("net.netfilter.nf_conntrack_count")) return count;
    return context.counter_after("conntrack.count");
}

ConntrackRoom conntrack_room(const Context& context) {
    return {conntrack_count(context), context.setting("net.netfilter.nf_conntrack_max")};
}

std::optional<Conclusion> conntrack_full(const Context& context) {
    if (!dropped_by_netfilter(context) || !context.at({"nf_hook_slow"})) return std::nullopt;
    const ConntrackRoom room = conntrack_room(context);
    const bool refused = context.returned("nf_conntrack_in") == kNfDrop;
    // Where nobody watches conntrack a full table is a hint; a rule's drop is freed elsewhere.
    const bool watched = context.silent("nf_conntrack_in");
    if (!refused && (watched || !room.full())) return std::nullopt;
    std::string sentence = "conntrack could not make an entry for it";
    if (room.full()) {
        sentence = fmt::format("the conntrack table is full ({} of {})", *room.count, *room.max);
    }
    Conclusion found = when(refused && room.full(), Verdict::Lost, std::move(sentence));
    found.with(context.return_of("nf_conntrack_in"));
    if (room.count) {
        found.with(Evidence{Evidence::Kind::Counter, "nf_conntrack_count",
                            fmt::format("{}", *room.count), "", Evidence::Read::Now});
    }
    if (const auto max = context.sysctl("net.netfilter.nf_conntrack_max")) {
        found.with(*max);
        found.set("sysctl", max->name, max->value);
    }
    found.with(context.counter("conntrack.drop"));
    found.attempt("sysctl -w net.netfilter.nf_conntrack_max=262144",
                  "makes room (one value for the whole host, set in the first namespace)");
    return found;
}

}  // namespace

std::vector<Cause> netfilter_causes() {
    return {
        {.id = "conntrack-full",
         .title = "The conntrack table is full",
         .facts = "NETFILTER_DROP in nf_hook_slow; nf_conntrack_in = 0 (NF_DROP); "
                  "nf_conntrack_count >= nf_conntrack_max",
         .certainty = "certain with all three; likely with either of the last two",
         .reasons = {"NETFILTER_DROP"},
         .sysctls = {"net.netfilter.nf_conntrack_max", "net.netfilter.nf_conntrack_count"},
         .match = conntrack_full},
        {.id = "nft-policy",
         .title = "The policy of an nft chain dropped it",
         .facts = "NETFILTER_DROP under nft_do_chain, whose chain has the policy drop; "
                  "nft_immediate_eval was watched and gave no drop; no rule of the table can drop "
                  "by a map, a reject or an extension",
         .certainty = "certain with all of it; else likely",
         .reasons = {"NETFILTER_DROP"},
         .match = nft_policy},
        {.id = "nft-rule",
         .title = "An nft rule dropped it",
         .facts = "NETFILTER_DROP; nft_immediate_eval gave a drop verdict, with the rule's handle; "
                  "the rule in the snapshot. A reject: it gave none, the policy is accept, and no "
                  "other rule of the table can drop so",
         .certainty = "certain with rule and snapshot; likely from the rules that can drop on "
                      "that hook",
         .reasons = {"NETFILTER_DROP"},
         .match = nft_rule},
        {.id = "iptables-rule",
         .title = "A rule or policy of legacy iptables dropped it",
         .facts = "NETFILTER_DROP; ipt_do_table or ip6t_do_table = 0 (NF_DROP)",
         .certainty =
             "certain of the table. Which rule it was is not known: one function walks all "
             "rules of a table, and its verdict is all that comes out",
         .reasons = {"NETFILTER_DROP"},
         .match = iptables_rule},
    };
}

}  // namespace knowhy::explain
