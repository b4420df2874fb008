// What either side loses, with its cause.
#pragma once

#include <optional>

#include "explain/compare/parting.h"

namespace knowhy::explain {

// Fills the comparison's losses. The parting is the first loss that only the bad side has.
std::optional<Parting> compare_losses(const model::Observation& good, const model::Observation& bad,
                                      model::Comparison& into);

}  // namespace knowhy::explain
