// Making functions smaller without changing an answer.
#pragma once

#include "ir/ir.h"

namespace knowhy::ir {

// Removes instructions whose result nobody reads, and blocks that the entry does not reach.
void remove_dead(Function& function);

// Sends every edge past blocks that only jump on, joins blocks that always follow each other, and
// removes what is dead.
void simplify(Function& function);

}  // namespace knowhy::ir
