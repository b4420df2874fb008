// Findings as they stand in a page.
#pragma once

#include <string>
#include <vector>

#include "model/finding.h"
#include "model/observation.h"

namespace knowhy::render {

std::string finding_html(const model::Finding& finding, const ClockPair& clock);

// The harmless ones are folded away at the end.
std::string findings_html(const std::vector<model::Finding>& findings, const ClockPair& clock);

}  // namespace knowhy::render
