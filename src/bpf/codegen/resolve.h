// Loads whose outcome is known before any packet is seen.
#pragma once

#include "ir/ir.h"

namespace knowhy::bpf {

// Replaces loads at constant offsets that a copy of `snap` bytes never holds: what is left of them
// is the question whether the packet ends before. Then removes what nothing reaches any more, for
// the kernel's verifier refuses a program with unreachable instructions.
ir::Program resolve_loads(ir::Program program, uint32_t snap);

}  // namespace knowhy::bpf
