// Recorded calls as JSON Lines, as render/json/drops.h has it.
#pragma once

#include <string>

#include "model/observation.h"

namespace knowhy::render {

// One call or return.
std::string call_json(const model::TracedCall& call, const model::Trace& trace,
                      const ClockPair& clock);
// The last line of a recording of functions: what was watched, and what is missing.
std::string calls_summary_json(const model::Trace& trace);

}  // namespace knowhy::render
