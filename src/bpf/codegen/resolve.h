// What is known about packet loads before any packet is seen.
#pragma once

#include <vector>

#include "ir/ir.h"

namespace knowhy::bpf {

// Replaces loads at constant offsets that a copy of `snap` bytes never holds: what is left of them
// is the question whether the packet ends before. Then removes what nothing reaches any more.
ir::Function resolve_loads(ir::Function program, uint32_t snap);

// For each block of a program without loops, the bytes that the copy is known to hold when control
// gets there, because on every way a load at a constant offset found them. `order` lists the blocks
// so that each comes after its predecessors.
std::vector<uint64_t> bytes_held(const ir::Function& program,
                                 const std::vector<ir::BlockId>& order);

}  // namespace knowhy::bpf
