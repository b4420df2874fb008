// A trace taken apart by what its calls were about: one packet, one object, or neither.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "explain/compare/flow.h"
#include "model/trace.h"

namespace knowhy::explain {

using Decode = std::function<model::Decoded(const model::RawPacket&)>;

struct CallNode {
    std::string function;  // without clone suffix: kernels differ in them
    const model::TracedCall* entered = nullptr;
    const model::TracedCall* returned = nullptr;  // null: not seen
    std::optional<size_t> parent;  // the innermost call around it that is in the same path
    uint32_t depth = 0;            // how many those are
    uint32_t occurrence = 0;       // of this function in its path, from 0
};

struct CallPath {
    std::string subject;  // what it is matched by, and told by
    Flow flow;            // of packets
    bool is_packet = false;
    std::vector<CallNode>
        nodes;  // in the order in which they were entered; parents are places here
};

// `functions`: those that both sides watched; others are left out.
std::vector<CallPath> paths_of(const model::Trace& trace, const std::set<std::string>& functions,
                               const Decode& decode);

// The functions that were watched, by name without clone suffix.
std::set<std::string> watched_functions(const model::Trace& trace);

}  // namespace knowhy::explain
