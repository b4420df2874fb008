// What the operations and comparisons come to.
#pragma once

#include <cstdint>

#include "ir/ir.h"

namespace knowhy::ir {

// Operands are within the type, and so is the result.
uint64_t compute(Op op, uint64_t left, uint64_t right, Type type);
bool holds(Compare compare, uint64_t left, uint64_t right, Type type);

uint64_t narrowed(uint64_t value, Type type);
// The low `bits` of the value as a signed number of 64 bits.
uint64_t sign_extended(uint64_t value, unsigned bits);
// The low `bits` with their bytes in reverse order.
uint64_t bytes_swapped(uint64_t value, unsigned bits);

}  // namespace knowhy::ir
