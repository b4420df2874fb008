// An x86-64 instruction as Zydis gives it, and what is made of it.
#pragma once

#include <Zydis/Zydis.h>

#include <optional>
#include <span>

#include "symbols/disasm/disasm.h"

namespace knowhy::symbols {

struct X86Decoded {
    ZydisDecodedInstruction instruction;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];

    [[nodiscard]] std::span<const ZydisDecodedOperand> all() const {
        return {operands, instruction.operand_count};
    }
    // Those that the assembler writes, and an implied `1` of a shift.
    [[nodiscard]] const ZydisDecodedOperand& operand(unsigned index) const {
        return operands[index];
    }
    [[nodiscard]] bool has_shape(ZydisOperandType first, ZydisOperandType second) const {
        return operands[0].type == first && operands[1].type == second;
    }
};

// nullopt: not a register that is followed here (control, debug, rip).
std::optional<Register> x86_register(ZydisRegister reg);
// A register whose write sets all 64 bits: one of 64, or of 32 (zeros above).
bool sets_whole(ZydisRegister reg);
bool is_high_byte(ZydisRegister reg);

Instruction::Kind x86_kind(const ZydisDecodedInstruction& instruction);
// A string instruction: moves rsi, rdi or both on.
bool x86_is_string(const ZydisDecodedInstruction& instruction);
bool x86_repeats(const ZydisDecodedInstruction& instruction);
// A bit test with its bit number in a register is of a string of bits: the access may lie far from
// the operand's address.
bool x86_is_bit_string(const X86Decoded& decoded);
// What it does to registers or memory is not in its operands: make_opaque().
bool x86_is_opaque(const X86Decoded& decoded);

// `so_far` has the memory operands already: a Transfer speaks of memory[0].
Transfer x86_transfer(const X86Decoded& decoded, const Instruction& so_far);

}  // namespace knowhy::symbols
