// What `knowhy diagnose` found, for people.
#pragma once

#include <string>
#include <vector>

#include "model/finding.h"
#include "model/observation.h"
#include "render/text/drops.h"

namespace knowhy::render {

// Faults, what looks like one and is normal (options.harmless), and what could not be read.
std::string diagnosis_report(const std::vector<model::Finding>& findings,
                             const model::Observation& observation, const TextOptions& options);

}  // namespace knowhy::render
