// What may be an assignment to a variable, judged by the code alone, where debug information is
// silent. Not a proof: a list of what compilers make of assignments, each found by measuring.
#pragma once

#include "symbols/recover/frame.h"

namespace knowhy::symbols {

// Whether instruction number `index` may assign to the variable that `holder` holds. `number`: it
// is one, not a pointer.
bool may_assign(const Frame& frame, size_t index, const Holder& holder, bool number);

}  // namespace knowhy::symbols
