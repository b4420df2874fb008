// The last line of `knowhy diagnose --json`; its findings are finding_json()'s.
#pragma once

#include <string>
#include <vector>

#include "model/finding.h"
#include "model/observation.h"

namespace knowhy::render {

std::string diagnosis_summary_json(const std::vector<model::Finding>& findings,
                                   const model::Observation& observation);

}  // namespace knowhy::render
