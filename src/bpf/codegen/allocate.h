// Register allocation: a home for every virtual register, in a machine register or on the stack.
//
// Each register has one home for its whole life, the stretch of the function from its first
// assignment to its last use in block order. Addresses choose first, for which only the stack will
// do, then the busiest ones; each takes the first home whose tenants' lives do not overlap its own.
#pragma once

#include <span>
#include <vector>

#include "ir/ir.h"

namespace knowhy::bpf {

// Homes below the number of machine registers are machine registers, in the caller's order; the
// others are stack slots, from 0 up.
struct Homes {
    std::vector<size_t> of;  // by virtual register; kNone for one that is never used
    size_t used = 0;         // one more than the highest home in use

    static constexpr size_t kNone = SIZE_MAX;
};

// True when the code for it calls something, which leaves r0 to r5 overwritten.
bool calls(const ir::Instruction& instruction);
bool calls(const ir::Terminator& terminator);

// Copies of more bytes than this, and longer runs of zeros, are left to a helper.
inline constexpr uint32_t kMostInlineBytes = 128;

// `order` lists the function's blocks as they will be laid out. Two registers may share a home when
// one is read last by the instruction that assigns the other. The first `overwritten` homes do not
// survive a call, nor hold a parameter or what a call reads.
Homes allocate(const ir::Function& function, std::span<const ir::BlockId> order,
               size_t overwritten = 0);

}  // namespace knowhy::bpf
