// Is it a program at all? Front ends verify what they built, back ends trust what was verified.
#pragma once

#include "base/result.h"
#include "ir/ir.h"

namespace knowhy::ir {

// Checks that everything that is named exists, that types agree and constants fit them, that
// accesses at constant offsets lie inside what they access, that every path assigns a register
// before it reads it, that functions are called as they are declared, helpers as helpers.h says,
// and that no function comes to call itself. An error is ErrorKind::Internal: a front end made a
// mistake.
Status verify(const Program& program);

// A function of its own: without buffers, maps, and other functions.
Status verify(const Function& function);

}  // namespace knowhy::ir
