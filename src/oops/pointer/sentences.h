// The explanation in words.
#pragma once

#include <string>
#include <vector>

#include "model/oops.h"
#include "oops/pointer/fault.h"
#include "oops/pointer/names.h"

namespace knowhy::oops {

// One paragraph: what happened. Strings of the text stay raw; printers escape them.
std::string summary_of(const model::OopsReport& report, const model::OopsExplanation& explanation,
                       const Fault& fault, Names* names);
// What to look at, in order.
std::vector<std::string> next_of(const model::OopsReport& report,
                                 const model::OopsExplanation& explanation);

}  // namespace knowhy::oops
