// What kind of an x86-64 instruction it is, and how its registers are numbered.
#include "symbols/disasm/x86.h"

namespace knowhy::symbols {
namespace {

// What other code runs there, or what it does to registers, is not in the instruction.
bool is_gate(const ZydisDecodedInstruction& instruction) {
    switch (instruction.mnemonic) {
        case ZYDIS_MNEMONIC_INT:
        case ZYDIS_MNEMONIC_INTO:
        case ZYDIS_MNEMONIC_SYSCALL:
        case ZYDIS_MNEMONIC_SYSENTER:
        case ZYDIS_MNEMONIC_VMCALL:
        case ZYDIS_MNEMONIC_VMMCALL:
        case ZYDIS_MNEMONIC_VMFUNC:
        case ZYDIS_MNEMONIC_VMLAUNCH:
        case ZYDIS_MNEMONIC_VMRESUME:
        case ZYDIS_MNEMONIC_VMRUN:
        case ZYDIS_MNEMONIC_TDCALL:
        case ZYDIS_MNEMONIC_SEAMCALL:
        case ZYDIS_MNEMONIC_SEAMOPS:
        case ZYDIS_MNEMONIC_SEAMRET:
        case ZYDIS_MNEMONIC_ENCLS:
        case ZYDIS_MNEMONIC_ENCLU:
        case ZYDIS_MNEMONIC_ENCLV:
        case ZYDIS_MNEMONIC_RSM:
        case ZYDIS_MNEMONIC_XBEGIN:
        // Their destination in memory is named by a register that is no memory operand.
        case ZYDIS_MNEMONIC_MOVDIR64B:
        case ZYDIS_MNEMONIC_ENQCMD:
        case ZYDIS_MNEMONIC_ENQCMDS:
        case ZYDIS_MNEMONIC_CLZERO:
        // All of the vector state, or of it what a mask says.
        case ZYDIS_MNEMONIC_FXRSTOR:
        case ZYDIS_MNEMONIC_FXRSTOR64:
        case ZYDIS_MNEMONIC_XRSTOR:
        case ZYDIS_MNEMONIC_XRSTOR64:
        case ZYDIS_MNEMONIC_XRSTORS:
        case ZYDIS_MNEMONIC_XRSTORS64:
        case ZYDIS_MNEMONIC_VZEROALL:
        case ZYDIS_MNEMONIC_VZEROUPPER:
            return true;
        default:
            return false;
    }
}

// With a 0x67 prefix an address is cut to 32 bits: no kernel code computes one so.
bool has_narrow_address(const X86Decoded& decoded) {
    for (const ZydisDecodedOperand& operand : decoded.all()) {
        if (operand.type != ZYDIS_OPERAND_TYPE_MEMORY) continue;
        for (const ZydisRegister reg : {operand.mem.base, operand.mem.index}) {
            const ZydisRegisterClass width = ZydisRegisterGetClass(reg);
            if (width == ZYDIS_REGCLASS_GPR32 || reg == ZYDIS_REGISTER_EIP) return true;
        }
    }
    return false;
}

bool has_vector_index(const X86Decoded& decoded) {
    for (const ZydisDecodedOperand& operand : decoded.all()) {
        if (operand.type == ZYDIS_OPERAND_TYPE_MEMORY &&
            operand.mem.type == ZYDIS_MEMOP_TYPE_VSIB) {
            return true;
        }
    }
    return false;
}

}  // namespace

Instruction::Kind x86_kind(const ZydisDecodedInstruction& instruction) {
    using Kind = Instruction::Kind;
    switch (instruction.mnemonic) {
        case ZYDIS_MNEMONIC_UD0:
        case ZYDIS_MNEMONIC_UD1:
        case ZYDIS_MNEMONIC_UD2:
        case ZYDIS_MNEMONIC_INT3:
        case ZYDIS_MNEMONIC_INT1:
            return Kind::Trap;
        case ZYDIS_MNEMONIC_ENDBR32:
        case ZYDIS_MNEMONIC_ENDBR64:
            return Kind::Nop;
        default:
            break;
    }
    switch (instruction.meta.category) {
        case ZYDIS_CATEGORY_CALL:
            return Kind::Call;
        case ZYDIS_CATEGORY_UNCOND_BR:
            return Kind::Jump;
        case ZYDIS_CATEGORY_COND_BR:
            return Kind::Branch;
        case ZYDIS_CATEGORY_RET:
        case ZYDIS_CATEGORY_SYSRET:
            return Kind::Return;
        case ZYDIS_CATEGORY_NOP:
        case ZYDIS_CATEGORY_WIDENOP:
            return Kind::Nop;
        default:
            return Kind::Other;
    }
}

bool x86_is_string(const ZydisDecodedInstruction& instruction) {
    return instruction.meta.category == ZYDIS_CATEGORY_STRINGOP ||
           instruction.meta.category == ZYDIS_CATEGORY_IOSTRINGOP;
}

bool x86_repeats(const ZydisDecodedInstruction& instruction) {
    constexpr ZydisInstructionAttributes kRepeats =
        ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE;
    return (instruction.attributes & kRepeats) != 0;
}

bool x86_is_bit_string(const X86Decoded& decoded) {
    switch (decoded.instruction.mnemonic) {
        case ZYDIS_MNEMONIC_BT:
        case ZYDIS_MNEMONIC_BTC:
        case ZYDIS_MNEMONIC_BTR:
        case ZYDIS_MNEMONIC_BTS:
            return decoded.has_shape(ZYDIS_OPERAND_TYPE_MEMORY, ZYDIS_OPERAND_TYPE_REGISTER);
        default:
            return false;
    }
}

bool x86_is_opaque(const X86Decoded& decoded) {
    return is_gate(decoded.instruction) || has_narrow_address(decoded) || has_vector_index(decoded);
}

std::optional<Register> x86_register(ZydisRegister reg) {
    constexpr Register kGeneral[] = {0, 2, 1, 3, 7, 6, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15};
    const ZydisRegister whole = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, reg);
    const ZydisRegister known = whole == ZYDIS_REGISTER_NONE ? reg : whole;
    const ZyanI8 id = ZydisRegisterGetId(known);
    switch (ZydisRegisterGetClass(known)) {
        case ZYDIS_REGCLASS_GPR64:
            return id >= 0 && id < 16 ? std::optional(kGeneral[id]) : std::nullopt;
        case ZYDIS_REGCLASS_XMM:
        case ZYDIS_REGCLASS_YMM:
        case ZYDIS_REGCLASS_ZMM:
            return static_cast<Register>(id < 16 ? 17 + id : 67 + id - 16);
        case ZYDIS_REGCLASS_X87:
            return static_cast<Register>(33 + id);
        case ZYDIS_REGCLASS_MMX:
            return static_cast<Register>(41 + id);
        case ZYDIS_REGCLASS_SEGMENT:
            return static_cast<Register>(50 + id);
        case ZYDIS_REGCLASS_MASK:
            return static_cast<Register>(118 + id);
        case ZYDIS_REGCLASS_FLAGS:
            return kFlags;
        default:
            return std::nullopt;
    }
}

bool sets_whole(ZydisRegister reg) {
    const ZydisRegisterClass width = ZydisRegisterGetClass(reg);
    return width == ZYDIS_REGCLASS_GPR64 || width == ZYDIS_REGCLASS_GPR32;
}

bool is_high_byte(ZydisRegister reg) {
    return reg >= ZYDIS_REGISTER_AH && reg <= ZYDIS_REGISTER_BH;
}

}  // namespace knowhy::symbols
