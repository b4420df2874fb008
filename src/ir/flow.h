// Who uses what, and how control flows: the questions every pass over the IR asks.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "ir/ir.h"

namespace knowhy::ir {

// Calls `see` for every register that is read.
void for_each_use(const Instruction& instruction, const std::function<void(Reg)>& see);
void for_each_use(const Terminator& terminator, const std::function<void(Reg)>& see);

// The register that is assigned, if any. A LoadPacket and a Lookup assign only on their first edge.
std::optional<Reg> assigned(const Instruction& instruction);
std::optional<Reg> assigned(const Terminator& terminator);

// True when all that the instruction does is to assign: where nobody reads that, it may go.
bool only_assigns(const Instruction& instruction);

// The functions that it calls and loops over, as often as it names them.
std::vector<FunctionId> callees(const Function& function);

// In the terminator's order; a block may be named more than once.
std::vector<BlockId> successors(const Terminator& terminator);

// Replaces each block that the terminator names.
void redirect(Terminator& terminator, const std::function<BlockId(BlockId)>& to);

// The blocks that the entry reaches, each after all its predecessors unless a loop forbids it.
std::vector<BlockId> reverse_postorder(const Function& function);

// One bit a register.
using RegSet = std::vector<bool>;

// Per block, the registers that are live where it begins: read later on some path, before any
// assignment. Blocks that the entry does not reach have none.
std::vector<RegSet> live_at_entry(const Function& function);

// Takes the set just after `instruction` to the one just before it.
void step_back(RegSet& live, const Instruction& instruction);

// Those live just before the terminator of `block`, given the answer of live_at_entry().
RegSet live_before_end(const Function& function, const std::vector<RegSet>& live, BlockId block);

}  // namespace knowhy::ir
