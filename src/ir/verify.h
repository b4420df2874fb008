// Is it a program at all? Front ends verify what they built, back ends trust what was verified.
#pragma once

#include "base/result.h"
#include "ir/ir.h"

namespace knowhy::ir {

// Checks that every register and block that is named exists, that types agree and constants fit
// them, that load widths are 1, 2 or 4, and that every path assigns a register before it reads it.
// An error is ErrorKind::Internal: a front end made a mistake.
Status verify(const Program& program);

}  // namespace knowhy::ir
