// nft chains as what they are: lists whose order decides.
#pragma once

#include "explain/compare/state_difference.h"

namespace knowhy::explain {

// Rules that only one side has, or has in another place among the others. Handles tell nothing.
void compare_rule_lists(const model::NetnsState& good, const model::NetnsState& bad,
                        FactComparison& into);

}  // namespace knowhy::explain
