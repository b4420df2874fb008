#include "symbols/recover/assignment.h"

#include <algorithm>

namespace knowhy::symbols {
namespace {

using Way = Transfer::Kind;

// Only moves the value, or takes part of it.
bool moves(const Instruction& instruction) {
    const Way way = instruction.transfer.kind;
    return way == Way::Copy || way == Way::Extend || way == Way::Store || way == Way::Load;
}

bool addressed_by(const Instruction& instruction, Register reg) {
    return std::any_of(instruction.memory.begin(), instruction.memory.end(),
                       [&](const MemoryOperand& operand) {
                           return (operand.read || operand.written) &&
                                  (operand.base == reg || operand.index == reg);
                       });
}

// cmov and the like: `if (v > limit) v = limit`.
bool chooses(const Instruction& instruction, const RegisterSet& results) {
    return instruction.reads.test(kFlags) && (instruction.reads & results).any();
}

bool register_assigned(const Frame& frame, const Instruction& instruction, Register reg,
                       bool number) {
    RegisterSet results = instruction.writes;
    results.reset(kFlags);
    results.reset(frame.convention()->stack_pointer);
    if (!instruction.reads.test(reg) || results.none()) return false;
    if (chooses(instruction, results)) return true;
    return number && !moves(instruction) && !addressed_by(instruction, reg);
}

bool slot_assigned(const Frame& frame, size_t index, const Instruction& instruction, int64_t slot) {
    return std::any_of(instruction.memory.begin(), instruction.memory.end(),
                       [&](const MemoryOperand& operand) {
                           return operand.written && frame.slot(index, operand) == slot;
                       });
}

}  // namespace

bool may_assign(const Frame& frame, size_t index, const Holder& holder, bool number) {
    const Instruction& instruction = frame.code().instructions[index];
    if (instruction.kind != Instruction::Kind::Other) return false;
    if (holder.slot) return slot_assigned(frame, index, instruction, holder.number);
    return register_assigned(frame, instruction, static_cast<Register>(holder.number), number);
}

bool replaces(const Frame& frame, size_t index, const Holder& holder) {
    const Instruction& instruction = frame.code().instructions[index];
    if (holder.slot) return false;
    RegisterSet results = instruction.writes;
    results.reset(kFlags);
    return results.test(static_cast<size_t>(holder.number)) || chooses(instruction, results);
}

}  // namespace knowhy::symbols
