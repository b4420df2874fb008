#include "explain/compare/rule_lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "explain/compare/sequence.h"

namespace knowhy::explain {
namespace {

using Chains = std::map<std::string, std::vector<std::string>>;  // rules' texts, by chain

Chains chains_of(const model::NetnsState& state) {
    Chains chains;
    for (const model::NftChain& chain : state.nft_chains)
        chains[fmt::format("{} {} {}", chain.family, chain.table, chain.name)];
    for (const model::NftRule& rule : state.nft_rules)
        chains[fmt::format("{} {} {}", rule.family, rule.table, rule.chain)].push_back(rule.text);
    return chains;
}

struct Placed {
    std::string text;
    size_t place = 0;  // from 1
};

// Those of a list that the common sequence leaves over.
std::vector<Placed> left_over(const std::vector<std::string>& rules, std::vector<size_t> common) {
    std::vector<Placed> rest;
    for (size_t i = 0; i < rules.size(); ++i)
        if (std::find(common.begin(), common.end(), i) == common.end())
            rest.push_back({rules[i], i + 1});
    return rest;
}

class ChainComparison {
  public:
    ChainComparison(const std::string& chain, FactComparison& into) : chain_(chain), into_(into) {}

    void compare(const std::vector<std::string>& good, const std::vector<std::string>& bad) {
        std::vector<size_t> in_good;
        std::vector<size_t> in_bad;
        const auto same = [&](size_t a, size_t b) { return good[a] == bad[b]; };
        for (const auto& [a, b] : common_sequence(good.size(), bad.size(), same)) {
            in_good.push_back(a);
            in_bad.push_back(b);
        }
        into_.equal += in_good.size();
        std::vector<Placed> only_bad = left_over(bad, in_bad);
        for (const Placed& rule : left_over(good, in_good)) {
            const auto moved =
                std::find_if(only_bad.begin(), only_bad.end(),
                             [&](const auto& other) { return other.text == rule.text; });
            if (moved == only_bad.end()) {
                add(rule.text, place_words(rule), std::nullopt);
                continue;
            }
            add(rule.text, place_words(rule), place_words(*moved));
            only_bad.erase(moved);
        }
        for (const Placed& rule : only_bad) add(rule.text, std::nullopt, place_words(rule));
    }

  private:
    static std::string place_words(const Placed& rule) {
        return fmt::format("rule {}", rule.place);
    }

    void add(const std::string& text, std::optional<std::string> good,
             std::optional<std::string> bad) {
        FactDifference difference;
        difference.about.kind = "nft rule";
        difference.about.name = fmt::format("{}: {}", chain_, text);
        difference.good = std::move(good);
        difference.bad = std::move(bad);
        difference.fix = fmt::format("nft -a list chain {}", chain_);
        into_.differences.push_back(std::move(difference));
    }

    const std::string& chain_;
    FactComparison& into_;
};

}  // namespace

void compare_rule_lists(const model::NetnsState& good, const model::NetnsState& bad,
                        FactComparison& into) {
    const Chains good_chains = chains_of(good);
    const Chains bad_chains = chains_of(bad);
    const auto follows = [&](const Chains& chains, const Chains& others) {
        for (const auto& [name, rules] : chains)
            if (!others.contains(name)) into.following += rules.size();
    };
    follows(good_chains, bad_chains);
    follows(bad_chains, good_chains);
    for (const auto& [name, rules] : good_chains) {
        const auto other = bad_chains.find(name);
        if (other != bad_chains.end()) ChainComparison(name, into).compare(rules, other->second);
    }
}

}  // namespace knowhy::explain
