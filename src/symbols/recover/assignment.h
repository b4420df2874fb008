// What may be an assignment to a variable, judged by the code alone, where debug information is
// silent. Not a proof: a list of what compilers make of assignments, each found by measuring.
#pragma once

#include "symbols/recover/frame.h"

namespace knowhy::symbols {

// Whether instruction number `index` may assign to the variable that `holder` holds. `number`: it
// is one, not a pointer.
bool may_assign(const Frame& frame, size_t index, const Holder& holder, bool number);
// Whether such an instruction leaves nothing of the value in the holder, or chooses between it and
// another. What else has the old value then, and is wanted further on, was not assigned to.
bool replaces(const Frame& frame, size_t index, const Holder& holder);

}  // namespace knowhy::symbols
