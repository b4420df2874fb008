// Recorded calls of functions, for people: what they come to, and one after the other.
#pragma once

#include <string>

#include "model/call_filter.h"
#include "model/observation.h"
#include "render/text/drops.h"

namespace knowhy::render {

enum class CallOrder { Count, Name, Errors, Time };

struct CallOptions {
    TextOptions text;
    CallOrder order = CallOrder::Count;  // of the summary
    bool sequence = true;                // each call, not only what they come to
    bool full = false;                   // all that is known of an object, and addresses
    uint64_t begin_ns = 0;               // CLOCK_MONOTONIC that times count from
};

// `whole`: as it was recorded, of which only the calls need not be there; `shown`: the calls that
// were asked for, one after the other; `sums`: what they come to.
std::string calls_report(const model::Trace& whole, const model::Trace& shown,
                         const model::CallSums& sums, const CallOptions& options);

}  // namespace knowhy::render
