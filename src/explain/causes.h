// The areas of which the registry is made: one function each, one cause_*.cpp each.
#pragma once

#include <vector>

#include "explain/cause.h"

namespace knowhy::explain {

std::vector<Cause> ipv4_source_causes();

}  // namespace knowhy::explain
