// Which differences of the state are told, and in which order.
#include <algorithm>
#include <array>
#include <tuple>

#include "explain/compare/reads.h"
#include "explain/compare/state_difference.h"

namespace knowhy::explain {
namespace {

using model::StateDifference;
using Rank = StateDifference::Rank;

// How much a packet's way depends on a kind of setting; what is not named here comes after these.
constexpr std::array<std::string_view, 13> kWeights = {
    "address", "route",     "rule", "neighbour", "nft rule",       "nft policy", "nft chain",
    "bond",    "tc filter", "link", "feature",   "virtio feature", "qdisc"};

bool any_reader_reads(const StateFact& fact) {
    return std::any_of(readers().begin(), readers().end(), [&](const Reader& reader) {
        return place_in(reader, fact, {}).has_value();
    });
}

size_t weight(const StateFact& fact) {
    if (fact.kind == "link" && (fact.name.empty() || fact.name == "up")) return 0;
    if (fact.kind == "sysctl") return any_reader_reads(fact) ? 1 : 2 + kWeights.size();
    const auto* const at = std::find(kWeights.begin(), kWeights.end(), fact.kind);
    return 1 + static_cast<size_t>(at - kWeights.begin());
}

struct Told {
    StateDifference difference;
    size_t reader = 0;  // Rank::Read: which function, and which of what it reads
    size_t place = 0;
    size_t weight = 0;

    [[nodiscard]] auto order() const {
        return std::tie(difference.rank, reader, place, weight, difference.netns, difference.device,
                        difference.kind, difference.name);
    }
};

class Teller {
  public:
    explicit Teller(const PartingPlace& place) : place_(place) {}

    // nullopt: it moves, and nobody looked at it.
    [[nodiscard]] std::optional<Told> tell(const FactDifference& from) const {
        Told told;
        told.difference = {Rank::Other, from.about.kind, from.about.name, from.about.device,
                           from.netns,  from.good,       from.bad,        "",
                           std::nullopt};
        if (!from.fix.empty())
            told.difference.fix = model::Try{from.fix, from.about.kind == "nft rule"
                                                           ? "shows the rules with their handles"
                                                           : "makes it as on the good side"};
        told.weight = weight(from.about);
        if (was_read(from.about, told)) return told;
        switch (from.about.nature) {
            case Nature::Setting:
                told.difference.rank = Rank::Setting;
                return told;
            case Nature::Condition:
                told.difference.rank = Rank::Condition;
                return told;
            case Nature::Other:
            case Nature::Identity:
                return told;
            case Nature::Moving:
                break;
        }
        return std::nullopt;
    }

  private:
    // What every host has its own of, and what moves, is of those that read it only where it is
    // what they look for.
    static bool can_be_read(const StateFact& fact) {
        if (fact.nature <= Nature::Other) return true;
        return fact.kind == "neighbour";
    }

    bool was_read(const StateFact& fact, Told& told) const {
        if (!can_be_read(fact)) return false;
        const auto named = std::find(place_.names.begin(), place_.names.end(), fact.name);
        if (named != place_.names.end() && !fact.name.empty()) {
            told.difference.rank = Rank::Read;
            told.difference.read_by = place_.functions.empty() ? "" : place_.functions.front();
            told.place = static_cast<size_t>(named - place_.names.begin());
            return true;
        }
        for (size_t i = 0; i < place_.functions.size(); ++i) {
            const Reader* reader = reader_of(place_.functions[i]);
            if (reader == nullptr) continue;
            const auto at = place_in(*reader, fact, place_.devices);
            if (!at) continue;
            told.difference.rank = Rank::Read;
            told.difference.read_by = place_.functions[i];
            told.reader = i + 1;
            told.place = *at;
            return true;
        }
        return false;
    }

    const PartingPlace& place_;
};

}  // namespace

void tell_state(const FactComparison& facts, const PartingPlace& place, model::Comparison& into) {
    into.state_compared = facts.compared;
    into.equal_facts = facts.equal;
    into.following = facts.following;
    into.moving = facts.moving;
    into.uncompared.insert(into.uncompared.end(), facts.uncompared.begin(), facts.uncompared.end());
    std::vector<Told> all;
    const Teller teller(place);
    for (const FactDifference& difference : facts.differences) {
        std::optional<Told> told = teller.tell(difference);
        if (!told) {
            ++into.moving;
        } else if (difference.about.nature == Nature::Identity &&
                   told->difference.rank != Rank::Read) {
            into.identity.push_back(std::move(told->difference));
        } else {
            all.push_back(std::move(*told));
        }
    }
    std::sort(all.begin(), all.end(),
              [](const Told& a, const Told& b) { return a.order() < b.order(); });
    for (Told& told : all) into.state.push_back(std::move(told.difference));
}

}  // namespace knowhy::explain
