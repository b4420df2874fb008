// Two recordings compared, as one HTML page like that of a recording.
#pragma once

#include "base/sink.h"
#include "model/comparison.h"
#include "model/observation.h"

namespace knowhy::render {

// The observations are those that were compared; only their clocks are used.
Status write_comparison_page(const model::Comparison& comparison, const model::Observation& good,
                             const model::Observation& bad, const Sink& out);

}  // namespace knowhy::render
