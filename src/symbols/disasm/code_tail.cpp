#include "symbols/disasm/code.h"

namespace knowhy::symbols {
namespace {

// The last of the instructions that writes the register, or nullptr.
const Instruction* definition(std::span<const Instruction> before, Register reg) {
    for (size_t i = before.size(); i-- > 0;) {
        if (before[i].writes.test(reg)) return &before[i];
    }
    return nullptr;
}

std::span<const Instruction> until(std::span<const Instruction> all, const Instruction* end) {
    return all.first(static_cast<size_t>(end - all.data()));
}

bool is_one_place(std::span<const Instruction> before, const MemoryOperand& operand) {
    if (operand.index || operand.pc_relative || !operand.base) return !operand.index;
    const Instruction* const base = definition(before, *operand.base);
    if (base == nullptr) return true;
    const Transfer::Kind kind = base->transfer.kind;
    return kind == Transfer::Kind::Load || kind == Transfer::Kind::Copy ||
           kind == Transfer::Kind::Immediate || kind == Transfer::Kind::Add;
}

bool comes_from_one_place(std::span<const Instruction> before, Register reg) {
    for (;;) {
        const Instruction* const source = definition(before, reg);
        if (source == nullptr) return false;
        before = until(before, source);
        const Transfer& transfer = source->transfer;
        if (transfer.kind == Transfer::Kind::Load) {
            return is_one_place(before, source->memory.front());
        }
        if (transfer.kind != Transfer::Kind::Copy) return false;
        reg = *transfer.from;
    }
}

}  // namespace

bool is_indirect_tail_call(std::span<const Instruction> up_to_jump) {
    const Instruction& jump = up_to_jump.back();
    const auto before = up_to_jump.first(up_to_jump.size() - 1);
    if (!jump.memory.empty()) return is_one_place(before, jump.memory.front());
    for (unsigned reg = 0; reg < kRegisters; ++reg) {
        if (jump.reads.test(reg)) return comes_from_one_place(before, static_cast<Register>(reg));
    }
    return false;
}

}  // namespace knowhy::symbols
