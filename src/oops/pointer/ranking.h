// Readings of several ways to one fault, against each other.
#pragma once

#include <vector>

#include "model/oops.h"

namespace knowhy::oops {

// Of what several ways give: alike ones once, at most three, best first. `complete`: there are no
// other ways.
std::vector<model::OopsReading> ranked(std::vector<model::OopsReading> readings, bool complete);

// The worst of the steps'.
model::OopsGrade grade_of(const model::OopsReading& reading);

}  // namespace knowhy::oops
