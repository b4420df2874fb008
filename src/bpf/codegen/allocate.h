// Register allocation: a home for every virtual register, in a machine register or on the stack.
//
// Each register has one home for its whole life, the stretch of the program from its first
// assignment to its last use in block order. The busiest ones choose first, and take the first home
// whose tenants' lives do not overlap theirs.
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

// `order` lists the program's blocks as they will be laid out. Two registers may share a home when
// one is read last by the instruction that assigns the other.
Homes allocate(const ir::Function& program, std::span<const ir::BlockId> order);

}  // namespace knowhy::bpf
