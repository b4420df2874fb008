// What `knowhy diff --json` prints: see docs/json.md.
#pragma once

#include <string>

#include "model/comparison.h"
#include "model/observation.h"

namespace knowhy::render {

// A `divergence` for each path that parts, a `state_difference` and a `loss_difference` for each,
// and one `comparison`, a line each.
std::string comparison_json(const model::Comparison& comparison, const model::Observation& good,
                            const model::Observation& bad);

}  // namespace knowhy::render
