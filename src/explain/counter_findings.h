// Losses that free no packet and are seen only in counters, and counters nobody explains.
#pragma once

#include <vector>

#include "model/finding.h"
#include "model/observation.h"

namespace knowhy::explain {

// Findings for what a counter alone tells: a connection request refused in silence because a listen
// queue was full. Only what `findings` do not already account for; `where` is absent.
std::vector<model::Finding> counter_findings(const model::Observation& observation,
                                             const std::vector<model::Finding>& findings);

}  // namespace knowhy::explain
