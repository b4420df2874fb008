// Two hosts' states, fact by fact.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "explain/compare/facts.h"
#include "model/comparison.h"
#include "model/observation.h"

namespace knowhy::explain {

// A fact that is not the same on both sides, or that only one has.
struct FactDifference {
    StateFact about;  // whichever side's; its nature is the difference's
    std::optional<std::string> good;
    std::optional<std::string> bad;
    std::string netns;  // "" where only one was compared
    std::string fix;    // on the bad side; "" none
};

struct FactComparison {
    bool compared = false;
    std::vector<FactDifference> differences;  // of every nature
    uint64_t equal = 0;
    uint64_t following = 0;               // facts of what only one side has
    uint64_t moving = 0;                  // counters
    std::vector<std::string> uncompared;  // one line each
};

FactComparison compare_states(const model::Observation& good, const model::Observation& bad);

// Whose state counts most: the function where the paths part, and those that may have led there.
struct PartingPlace {
    std::vector<std::string> functions;  // the most telling first
    std::vector<std::string> devices;    // that the path is about; empty: not known
    std::vector<std::string> names;      // of settings that a loss was put down to

    [[nodiscard]] bool empty() const { return functions.empty() && names.empty(); }
};

// As people are told of them: what is read there first. Moving facts are only counted, unless they
// are read there.
void tell_state(const FactComparison& facts, const PartingPlace& place, model::Comparison& into);

}  // namespace knowhy::explain
