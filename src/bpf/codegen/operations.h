// The IR's operations as eBPF has them.
#pragma once

#include <cstdint>
#include <optional>

#include "bpf/insn/insn.h"
#include "ir/ir.h"

namespace knowhy::bpf {

Bits bits_of(ir::Type type);

// The immediate that stands for this constant in an operation of that width, if there is one.
std::optional<int32_t> immediate(uint64_t value, Bits bits);

// Not of SignedDiv and SignedMod, which kernels as old as 6.1 do not have.
Alu alu_of(ir::Op op);

Cond cond_of(ir::Compare compare);

// The condition that holds exactly when this one does not; eBPF has none for Set.
std::optional<Cond> opposite(Cond cond);

}  // namespace knowhy::bpf
