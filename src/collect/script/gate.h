// One switch for all programs of a script: they begin to count at the same moment, when the last
// one is attached, and stop at the same moment, before the first one is let go of, which takes its
// time.
#pragma once

#include "ir/ir.h"

namespace knowhy::collect {

// A map whose only value, a u64, is 0 while the programs do nothing.
ir::Map gate_map();

// The same program, which ends at once with 0 while the gate is closed. The gate is the map behind
// those that it has.
ir::Program with_gate(ir::Program program);

}  // namespace knowhy::collect
