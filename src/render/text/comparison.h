// What `knowhy diff` found, for people.
#pragma once

#include <string>

#include "model/comparison.h"
#include "model/observation.h"
#include "render/text/drops.h"

namespace knowhy::render {

struct ComparisonOptions {
    TextOptions text;
    bool all = false;  // every difference and every path, not only the first of them
};

// Where the paths part, the state that differs there, other differences, and what was alike.
std::string comparison_report(const model::Comparison& comparison, const model::Observation& good,
                              const model::Observation& bad, const ComparisonOptions& options);

}  // namespace knowhy::render
