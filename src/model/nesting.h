// Which return belongs to which call, and which call was made inside which: the calls of a trace as
// spans. The trace alone says it, so that whoever draws or prints calls sees the same nesting.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/observation.h"

namespace knowhy::model {

// One line of execution: a thread with what interrupted it. The idle threads share pid 0, so that
// of them there is one a CPU.
struct Lane {
    uint32_t pid = 0;
    uint32_t cpu = 0;  // of pid 0
    std::string comm;  // as it was when it was first seen
};

struct CallSpan {
    uint32_t entered = 0;              // into Trace::calls
    std::optional<uint32_t> returned;  // absent: that it returned was not seen, or not watched
    uint32_t lane = 0;                 // into Nesting::lanes
    uint32_t depth = 0;                // 0: within no other call of the trace
};

struct Nesting {
    std::vector<Lane> lanes;      // in the order in which they were first seen
    std::vector<CallSpan> spans;  // in the order of Trace::calls
    uint64_t strays = 0;          // returns of calls that were not seen
};

Nesting nest(const Trace& trace);

// CLOCK_MONOTONIC of the first call or loss, which reports count from; where there is none, of when
// the observation began.
uint64_t first_moment(const Observation& observation);

}  // namespace knowhy::model
