#include "explain/compare/state_difference.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "base/text.h"
#include "explain/compare/rule_lists.h"
#include "explain/context.h"

namespace knowhy::explain {
namespace {

using model::HostState;
using model::NetnsState;
using model::Observation;
using Key = std::tuple<std::string, std::string, std::string>;  // kind, device, name
using Facts = std::map<Key, std::vector<StateFact>>;

// A route that leads elsewhere is the same route, turned.
Facts by_key(std::vector<StateFact> facts) {
    Facts sorted;
    for (StateFact& fact : facts) {
        const std::string device = fact.kind == "route" ? "" : fact.device;
        sorted[{fact.kind, device, fact.name}].push_back(std::move(fact));
    }
    return sorted;
}

std::set<std::string> things_of(const NetnsState& state) {
    std::set<std::string> things;
    for (const model::Link& link : state.links) things.insert(link_thing(link.name));
    for (const model::Address& address : state.addresses)
        things.insert(address_thing(address.prefix.address));
    for (const model::NftChain& chain : state.nft_chains) things.insert(chain_thing(chain));
    return things;
}

// Writing the first also writes all of the second.
struct Copied {
    const char* name;
    const char* into;
};
constexpr Copied kCopied[] = {
    {"net.ipv4.ip_forward", "net.ipv4.conf.*.forwarding"},
    {"net.ipv6.conf.all.forwarding", "net.ipv6.conf.*.forwarding"},
    {"net.ipv6.conf.all.disable_ipv6", "net.ipv6.conf.*.disable_ipv6"},
};

// One namespace of both sides.
class Comparison {
  public:
    Comparison(const NetnsState& good, const NetnsState& bad, FactComparison& into)
        : good_things_(things_of(good)), bad_things_(things_of(bad)), bad_(bad), into_(into) {}

    void compare(const Facts& good, const Facts& bad) {
        for (const auto& [key, facts] : good) {
            const auto other = bad.find(key);
            compare_key(facts, other != bad.end() ? other->second : std::vector<StateFact>{});
        }
        for (const auto& [key, facts] : bad)
            if (!good.contains(key)) compare_key({}, facts);
        drop_copies();
        for (FactDifference& difference : found_)
            into_.differences.push_back(std::move(difference));
        if (one_sided_sysctls_ != 0)
            into_.uncompared.push_back(
                fmt::format("{} of one side only", counted(one_sided_sysctls_, "sysctl")));
    }

    // A command to be run in the bad side's namespace.
    [[nodiscard]] std::string here(const std::string& command) const {
        if (command.empty() || bad_.name.empty()) return command;
        return fmt::format("ip netns exec {} {}", shell_word(bad_.name), command);
    }

  private:
    // Values that both have cancel out; what is left is paired in the order of the values.
    void compare_key(std::vector<StateFact> good, std::vector<StateFact> bad) {
        for (auto fact = good.begin(); fact != good.end();) {
            const auto same = std::find_if(bad.begin(), bad.end(), [&](const auto& other) {
                return other.value == fact->value;
            });
            if (same == bad.end()) {
                ++fact;
                continue;
            }
            ++into_.equal;
            bad.erase(same);
            fact = good.erase(fact);
        }
        const size_t both = std::min(good.size(), bad.size());
        for (size_t i = 0; i < both; ++i) differs(good[i], bad[i]);
        for (size_t i = both; i < good.size(); ++i) only(good[i], true);
        for (size_t i = both; i < bad.size(); ++i) only(bad[i], false);
    }

    void differs(const StateFact& good, const StateFact& bad) {
        StateFact about = bad;
        about.nature = std::min(good.nature, bad.nature);
        found_.push_back({std::move(about), good.value, bad.value, "", here(good.set)});
    }

    void only(const StateFact& fact, bool is_good) {
        const auto& others = is_good ? bad_things_ : good_things_;
        if (!fact.depends.empty() && !others.contains(fact.depends)) {
            ++into_.following;
            return;
        }
        if (fact.kind == "sysctl") {  // not asked for there, or of a module that is not loaded
            ++one_sided_sysctls_;
            return;
        }
        StateFact about = fact;
        // An entry that nobody answered goes when its time is over.
        if (about.kind == "neighbour" && about.nature == Nature::Condition)
            about.nature = Nature::Moving;
        FactDifference difference{std::move(about), std::nullopt, std::nullopt, "",
                                  here(is_good ? fact.set : fact.unset)};
        (is_good ? difference.good : difference.bad) = fact.value;
        found_.push_back(std::move(difference));
    }

    void drop_copies() {
        for (const Copied& copied : kCopied) {
            const auto source =
                std::find_if(found_.begin(), found_.end(), [&](const FactDifference& difference) {
                    return difference.about.name == copied.name;
                });
            if (source == found_.end()) continue;
            const FactDifference all = *source;
            const auto copies = [&](const FactDifference& difference) {
                return difference.about.name != copied.name && difference.good == all.good &&
                       difference.bad == all.bad &&
                       fnmatch(copied.into, difference.about.name.c_str(), 0) == 0;
            };
            into_.following += std::erase_if(found_, copies);
        }
    }

    std::set<std::string> good_things_;
    std::set<std::string> bad_things_;
    const NetnsState& bad_;
    FactComparison& into_;
    std::vector<FactDifference> found_;
    uint64_t one_sided_sysctls_ = 0;
};

uint64_t moved(const model::Counters& good, const model::Counters& bad) {
    uint64_t count = 0;
    for (const auto& [name, value] : good) {
        const auto other = bad.find(name);
        if (other != bad.end() && other->second != value) ++count;
    }
    return count;
}

using Pair = std::pair<const NetnsState*, const NetnsState*>;

// Those that were asked for: a recording of one namespace's losses may hold others, too.
std::vector<const NetnsState*> asked_for(const Observation& observation) {
    std::vector<const NetnsState*> states;
    for (const auto& [inum, state] : observation.host.namespaces)
        if (observation.scope.has(inum)) states.push_back(&state);
    return states;
}

std::string title(const NetnsState& state) {
    return state.name.empty() ? fmt::format("{}", state.inum) : state.name;
}

// Namespaces go by name; where each side has one left, those two are meant.
std::vector<Pair> pairs_of(const Observation& good, const Observation& bad,
                           std::vector<std::string>& uncompared) {
    std::vector<Pair> pairs;
    std::vector<const NetnsState*> rest;
    std::vector<const NetnsState*> others = asked_for(bad);
    for (const NetnsState* state : asked_for(good)) {
        const auto same = std::find_if(others.begin(), others.end(), [&](const NetnsState* other) {
            return other->name == state->name;
        });
        if (same == others.end()) {
            rest.push_back(state);
            continue;
        }
        pairs.emplace_back(state, *same);
        others.erase(same);
    }
    if (rest.size() == 1 && others.size() == 1) {
        pairs.emplace_back(rest[0], others[0]);
        return pairs;
    }
    for (const auto* list : {&rest, &others})
        for (const NetnsState* state : *list)
            uncompared.push_back(fmt::format("namespace {}: only the {} side has it", title(*state),
                                             list == &rest ? "good" : "bad"));
    return pairs;
}

void compare_netns(const HostState& good_host, const HostState& bad_host, const Pair& pair,
                   bool several, FactComparison& into) {
    const auto& [good, bad] = pair;
    const size_t before = into.differences.size();
    Comparison comparison(*good, *bad, into);
    const bool detailed = good->detailed && bad->detailed;
    comparison.compare(by_key(facts_of(*good, mac_owners(good_host), detailed)),
                       by_key(facts_of(*bad, mac_owners(bad_host), detailed)));
    compare_rule_lists(*good, *bad, into);
    into.moving += moved(good->after, bad->after);
    for (size_t i = before; i < into.differences.size(); ++i) {
        FactDifference& difference = into.differences[i];
        if (several) difference.netns = bad->name;
        if (difference.about.kind == "nft rule") difference.fix = comparison.here(difference.fix);
    }
    if (good->detailed != bad->detailed)
        into.uncompared.push_back(
            fmt::format("features and settings of drivers: only the {} side "
                        "has them",
                        good->detailed ? "good" : "bad"));
    for (const auto& [side, state] : {std::pair{"good", good}, std::pair{"bad", bad}})
        for (const std::string& problem : state->problems)
            into.uncompared.push_back(fmt::format("{} side: {}", side, problem));
}

void compare_hosts(const HostState& good, const HostState& bad, FactComparison& into) {
    const auto fact = [&](Nature nature, const char* kind, const std::string& name,
                          std::optional<std::string> a, std::optional<std::string> b) {
        if (a == b) {
            ++into.equal;
            return;
        }
        StateFact about;
        about.nature = nature;
        about.kind = kind;
        about.name = name;
        into.differences.push_back({std::move(about), std::move(a), std::move(b), "", ""});
    };
    fact(Nature::Other, "kernel", "release", good.kernel_release, bad.kernel_release);
    fact(Nature::Other, "kernel", "machine", good.machine, bad.machine);
    if (good.kernel_release == bad.kernel_release && !good.build_id.empty() &&
        !bad.build_id.empty())
        fact(Nature::Other, "kernel", "build-id", good.build_id, bad.build_id);
    std::set<std::string> modules(good.modules.begin(), good.modules.end());
    modules.insert(bad.modules.begin(), bad.modules.end());
    const auto has = [](const HostState& host, const std::string& module) {
        const bool there =
            std::find(host.modules.begin(), host.modules.end(), module) != host.modules.end();
        return there ? std::optional<std::string>("loaded") : std::nullopt;
    };
    if (!good.modules.empty() && !bad.modules.empty())
        for (const std::string& module : modules)
            fact(Nature::Other, "module", module, has(good, module), has(bad, module));
    into.moving += moved(good.after, bad.after);
}

}  // namespace

FactComparison compare_states(const model::Observation& good, const model::Observation& bad) {
    FactComparison facts;
    const auto pairs = pairs_of(good, bad, facts.uncompared);
    facts.compared = !pairs.empty();
    for (const Pair& pair : pairs)
        compare_netns(good.host, bad.host, pair, pairs.size() > 1, facts);
    compare_hosts(good.host, bad.host, facts);
    return facts;
}

}  // namespace knowhy::explain
