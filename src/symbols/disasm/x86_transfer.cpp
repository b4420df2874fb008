// What an x86-64 instruction does to one register, where that is simple enough to be followed.
#include <bit>

#include "symbols/disasm/x86.h"

namespace knowhy::symbols {
namespace {

using Kind = Transfer::Kind;

constexpr ZydisOperandType kReg = ZYDIS_OPERAND_TYPE_REGISTER;
constexpr ZydisOperandType kMem = ZYDIS_OPERAND_TYPE_MEMORY;
constexpr ZydisOperandType kImm = ZYDIS_OPERAND_TYPE_IMMEDIATE;

uint8_t width(const ZydisDecodedOperand& operand) {
    return static_cast<uint8_t>(operand.size);
}

bool is_general(ZydisRegister reg) {
    const auto number = x86_register(reg);
    return number && *number < 16;
}

Transfer to_register(Kind kind, const ZydisDecodedOperand& to) {
    Transfer transfer;
    transfer.kind = kind;
    transfer.to = x86_register(to.reg.value);
    transfer.bits = width(to);
    return transfer;
}

int64_t immediate(const ZydisDecodedOperand& operand, unsigned bits) {
    const int64_t value = operand.imm.value.s;
    return bits == 32 ? static_cast<int64_t>(static_cast<uint32_t>(value)) : value;
}

Transfer move(const X86Decoded& decoded) {
    const ZydisDecodedOperand& to = decoded.operand(0);
    const ZydisDecodedOperand& from = decoded.operand(1);
    if (to.type == kMem) {
        Transfer store;
        store.kind = Kind::Store;
        store.bits = width(to);
        if (from.type == kImm) {
            store.value = from.imm.value.s;
            return store;
        }
        if (!is_general(from.reg.value) || is_high_byte(from.reg.value)) return {};
        store.from = x86_register(from.reg.value);
        return store;
    }
    if (!sets_whole(to.reg.value)) return {};
    if (from.type == kImm) {
        Transfer transfer = to_register(Kind::Immediate, to);
        transfer.value = immediate(from, to.size);
        return transfer;
    }
    if (from.type == kMem) return to_register(Kind::Load, to);
    if (!is_general(from.reg.value)) return {};
    Transfer transfer = to_register(Kind::Copy, to);
    transfer.from = x86_register(from.reg.value);
    return transfer;
}

Transfer extend(const X86Decoded& decoded, bool sign) {
    const ZydisDecodedOperand& to = decoded.operand(0);
    const ZydisDecodedOperand& from = decoded.operand(1);
    if (!sets_whole(to.reg.value)) return {};
    Transfer transfer = to_register(from.type == kMem ? Kind::Load : Kind::Extend, to);
    transfer.bits = width(from);
    transfer.sign_extended = sign;
    transfer.extended_to = sign ? width(to) : 64;
    if (from.type == kReg) {
        if (is_high_byte(from.reg.value)) return {};
        transfer.from = x86_register(from.reg.value);
    }
    return transfer;
}

// cltq and cwtl, which name no operand.
Transfer extend_rax(uint8_t from_bits, uint8_t to_bits) {
    Transfer transfer;
    transfer.kind = Kind::Extend;
    transfer.to = transfer.from = Register{0};
    transfer.bits = from_bits;
    transfer.sign_extended = true;
    transfer.extended_to = to_bits;
    return transfer;
}

Transfer address(const X86Decoded& decoded, const Instruction& so_far) {
    const ZydisDecodedOperand& to = decoded.operand(0);
    if (!sets_whole(to.reg.value) || so_far.memory.empty()) return {};
    const MemoryOperand& memory = so_far.memory.front();
    Transfer transfer = to_register(Kind::Address, to);
    const auto shift = static_cast<uint8_t>(std::countr_zero(memory.scale));
    if (memory.base && !memory.index) {
        transfer.kind = memory.displacement == 0 ? Kind::Copy : Kind::Add;
        transfer.from = memory.base;
        transfer.value = memory.displacement;
    } else if (memory.base && memory.displacement == 0) {
        transfer.kind = Kind::Combine;
        transfer.from = memory.base;
        transfer.from2 = memory.index;
        transfer.shift = shift;
    } else if (memory.index && !memory.base && memory.displacement == 0) {
        transfer.kind = Kind::Shift;
        transfer.from = memory.index;
        transfer.value = shift;
    }
    return transfer;
}

Transfer add_constant(const ZydisDecodedOperand& to, int64_t value) {
    if (to.type != kReg || !sets_whole(to.reg.value)) return {};
    Transfer transfer = to_register(Kind::Add, to);
    transfer.from = transfer.to;
    transfer.value = value;
    return transfer;
}

Transfer add(const X86Decoded& decoded, bool subtract) {
    const ZydisDecodedOperand& to = decoded.operand(0);
    const ZydisDecodedOperand& by = decoded.operand(1);
    if (decoded.has_shape(kReg, kImm)) {
        const auto value = by.imm.value.u;
        return add_constant(to, static_cast<int64_t>(subtract ? 0 - value : value));
    }
    if (!decoded.has_shape(kReg, kReg) || !sets_whole(to.reg.value)) return {};
    if (subtract) {
        return to.reg.value == by.reg.value ? to_register(Kind::Immediate, to) : Transfer{};
    }
    Transfer transfer = to_register(Kind::Combine, to);
    transfer.from = transfer.to;
    transfer.from2 = x86_register(by.reg.value);
    return transfer;
}

// xor of a register with itself, and `or $-1`, are the compiler's short constants.
Transfer constant(const X86Decoded& decoded) {
    const ZydisDecodedOperand& to = decoded.operand(0);
    const ZydisDecodedOperand& by = decoded.operand(1);
    if (to.type != kReg || !sets_whole(to.reg.value)) return {};
    const bool zero = decoded.instruction.mnemonic == ZYDIS_MNEMONIC_XOR && by.type == kReg &&
                      by.reg.value == to.reg.value;
    const bool ones = decoded.instruction.mnemonic == ZYDIS_MNEMONIC_OR && by.type == kImm &&
                      by.imm.value.s == -1;
    if (!zero && !ones) return {};
    Transfer transfer = to_register(Kind::Immediate, to);
    transfer.value = zero ? 0 : immediate(by, to.size);
    return transfer;
}

Transfer shift(const X86Decoded& decoded) {
    const ZydisDecodedOperand& to = decoded.operand(0);
    const ZydisDecodedOperand& by = decoded.operand(1);
    if (to.type != kReg || by.type != kImm || !sets_whole(to.reg.value)) return {};
    Transfer transfer = to_register(Kind::Shift, to);
    transfer.from = transfer.to;
    // The processor takes the count modulo the operand's width.
    transfer.value = static_cast<int64_t>(by.imm.value.u & (to.size == 64 ? 63U : 31U));
    return transfer;
}

Transfer multiply(const X86Decoded& decoded) {
    const ZydisDecodedOperand& to = decoded.operand(0);
    if (!decoded.has_shape(kReg, kReg) || decoded.operand(2).type != kImm ||
        !sets_whole(to.reg.value)) {
        return {};
    }
    Transfer transfer = to_register(Kind::Multiply, to);
    transfer.from = x86_register(decoded.operand(1).reg.value);
    transfer.value = decoded.operand(2).imm.value.s;
    return transfer;
}

// A prologue's `and $-16,%rsp`.
Transfer align(const X86Decoded& decoded) {
    const ZydisDecodedOperand& to = decoded.operand(0);
    if (!decoded.has_shape(kReg, kImm) || to.size != 64) return {};
    const auto mask = static_cast<uint64_t>(decoded.operand(1).imm.value.s);
    if (mask == 0 || !std::has_single_bit(0 - mask)) return {};
    Transfer transfer = to_register(Kind::Align, to);
    transfer.from = transfer.to;
    transfer.value = static_cast<int64_t>(mask);
    return transfer;
}

Transfer push(const X86Decoded& decoded) {
    const ZydisDecodedOperand& what = decoded.operand(0);
    if (decoded.instruction.operand_width != 64 || what.type == kMem) return {};
    Transfer transfer;
    transfer.kind = Kind::Store;
    if (what.type == kImm) {
        transfer.value = what.imm.value.s;
    } else if (is_general(what.reg.value)) {
        transfer.from = x86_register(what.reg.value);
    } else {
        return {};
    }
    return transfer;
}

Transfer pop(const X86Decoded& decoded) {
    const ZydisDecodedOperand& where = decoded.operand(0);
    if (where.type != kReg || !is_general(where.reg.value) || !sets_whole(where.reg.value)) {
        return {};
    }
    return to_register(Kind::Load, where);
}

}  // namespace

Transfer x86_transfer(const X86Decoded& decoded, const Instruction& so_far) {
    switch (decoded.instruction.mnemonic) {
        case ZYDIS_MNEMONIC_MOV:
            return move(decoded);
        case ZYDIS_MNEMONIC_MOVZX:
            return extend(decoded, false);
        case ZYDIS_MNEMONIC_MOVSX:
        case ZYDIS_MNEMONIC_MOVSXD:
            return extend(decoded, true);
        case ZYDIS_MNEMONIC_CDQE:
            return extend_rax(32, 64);
        case ZYDIS_MNEMONIC_CWDE:
            return extend_rax(16, 32);
        case ZYDIS_MNEMONIC_LEA:
            return address(decoded, so_far);
        case ZYDIS_MNEMONIC_ADD:
            return add(decoded, false);
        case ZYDIS_MNEMONIC_SUB:
            return add(decoded, true);
        case ZYDIS_MNEMONIC_INC:
            return add_constant(decoded.operand(0), 1);
        case ZYDIS_MNEMONIC_DEC:
            return add_constant(decoded.operand(0), -1);
        case ZYDIS_MNEMONIC_XOR:
        case ZYDIS_MNEMONIC_OR:
            return constant(decoded);
        case ZYDIS_MNEMONIC_AND:
            return align(decoded);
        case ZYDIS_MNEMONIC_SHL:
            return shift(decoded);
        case ZYDIS_MNEMONIC_IMUL:
            return multiply(decoded);
        case ZYDIS_MNEMONIC_PUSH:
            return push(decoded);
        case ZYDIS_MNEMONIC_POP:
            return pop(decoded);
        default:
            return {};
    }
}

}  // namespace knowhy::symbols
