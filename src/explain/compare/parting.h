// Where the paths of two traces part: what is so of every run on one side and of none on the other.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "explain/compare/paths.h"
#include "explain/compare/state_difference.h"
#include "model/comparison.h"

namespace knowhy::explain {

struct Parting {
    model::Divergence divergence;
    PartingPlace place;
    uint64_t at_ns = 0;  // on the good side's clock
};

struct PathComparison {
    std::vector<Parting> partings;  // one for each subject at most; the first is the first
    uint64_t paths_alike = 0;
    uint64_t calls_alike = 0;
    uint64_t good_packets = 0;
    uint64_t bad_packets = 0;
    std::vector<std::string> uncompared;
};

// What the state says about the traces.
struct StateHints {
    // Some neighbour is not in the same state on both sides. Else that a MAC has to be asked for on
    // one of them only says how long ago it was asked for last.
    bool neighbours_differ = false;
    std::set<std::string> devices;  // that both sides have
};

PathComparison compare_traces(const model::Trace& good, const model::Trace& bad,
                              const StateHints& state, const Decode& decode);

}  // namespace knowhy::explain
