// JSON Lines of `knowhy drops`: each function gives one line with its newline. docs/json.md has the
// meaning of every field, docs/schema/ a JSON schema per type. Pure ASCII: what a name holds can
// neither break the JSON (bytes that are no UTF-8 become U+FFFD) nor drive a terminal.
#pragma once

#include <string>
#include <vector>

#include "model/finding.h"
#include "model/observation.h"

namespace knowhy::render {

std::string armed_json(unsigned probes, const ClockPair& clock);

// A packet, for --each.
std::string drop_json(const model::Finding& finding, const model::DropGroup& group,
                      const model::DropSample& sample, const ClockPair& clock);

std::string finding_json(const model::Finding& finding, const ClockPair& clock);

std::string drops_summary_json(const std::vector<model::Finding>& findings,
                               const std::vector<model::UnexplainedCounter>& unexplained,
                               const model::Observation& observation);

}  // namespace knowhy::render
