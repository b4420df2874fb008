#include "symbols/disasm/x86.h"

#include "symbols/disasm/backend.h"
#include "symbols/disasm/capstone_text.h"

namespace knowhy::symbols {
namespace {

constexpr Register kRsp = 7;
constexpr Register kRbp = 6;

std::string_view segment_name(ZydisRegister segment) {
    if (segment == ZYDIS_REGISTER_GS) return "gs";
    if (segment == ZYDIS_REGISTER_FS) return "fs";
    return "";  // the others have base 0 in 64-bit mode
}

class Reading {
  public:
    Reading(const X86Decoded& decoded, Instruction& out) : decoded_(decoded), out_(out) {}

    void all() {
        for (const ZydisDecodedOperand& operand : decoded_.all()) {
            if (operand.type == ZYDIS_OPERAND_TYPE_REGISTER) add_register(operand);
            if (operand.type == ZYDIS_OPERAND_TYPE_MEMORY) add_memory(operand);
        }
        add_flags();
        add_control_flow();
        add_stack();
        drop_false_dependency();
        if (may_leave_destination()) out_.reads |= out_.writes;
    }

  private:
    void add_register(const ZydisDecodedOperand& operand) {
        const auto number = x86_register(operand.reg.value);
        if (!number) return;
        const bool written = (operand.actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0;
        const bool certain = (operand.actions & ZYDIS_OPERAND_ACTION_WRITE) != 0;
        const bool keeps_part = written && *number < 16 && !sets_whole(operand.reg.value);
        if ((operand.actions & ZYDIS_OPERAND_ACTION_MASK_READ) != 0 || keeps_part ||
            (written && !certain)) {
            out_.reads.set(*number);
        }
        if (written) out_.writes.set(*number);
    }

    void add_memory(const ZydisDecodedOperand& operand) {
        const ZydisDecodedOperandMem& mem = operand.mem;
        MemoryOperand memory;
        memory.scale = mem.scale == 0 ? 1 : mem.scale;
        memory.displacement = mem.disp.value;
        memory.segment = segment_name(mem.segment);
        if (mem.base == ZYDIS_REGISTER_RIP) {
            memory.pc_relative = true;
            memory.displacement += static_cast<int64_t>(out_.end());
        } else {
            memory.base = address_register(mem.base);
        }
        memory.index = address_register(mem.index);
        if (mem.type == ZYDIS_MEMOP_TYPE_MEM) add_access(operand, memory);
        if (x86_is_string(decoded_.instruction) && memory.base) moves_on(*memory.base);
        out_.memory.push_back(memory);
    }

    void add_access(const ZydisDecodedOperand& operand, MemoryOperand& memory) {
        memory.read = (operand.actions & ZYDIS_OPERAND_ACTION_MASK_READ) != 0;
        memory.written = (operand.actions & ZYDIS_OPERAND_ACTION_MASK_WRITE) != 0;
        const bool bit_string = x86_is_bit_string(decoded_);
        const bool one_element =
            operand.size <= 512 && !x86_repeats(decoded_.instruction) && !bit_string;
        if (bit_string && memory.written) out_.clobbers_memory = true;
        if (one_element) memory.bytes = static_cast<uint8_t>(operand.size / 8);
        const bool hidden = operand.visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN;
        if (memory.base != kRsp) return;
        if (hidden && memory.written) memory.displacement -= memory.bytes;
        // The address of what pop writes is computed after it has moved the stack pointer.
        const bool pops = decoded_.instruction.mnemonic == ZYDIS_MNEMONIC_POP;
        if (pops && !hidden) memory.displacement += memory.bytes;
    }

    std::optional<Register> address_register(ZydisRegister reg) {
        const auto number = x86_register(reg);
        if (number) out_.reads.set(*number);
        return number;
    }

    // Zydis 4.0 leaves out that scas moves rdi, and that movs, stos and lods read what they move.
    void moves_on(Register pointer) {
        out_.reads.set(pointer);
        out_.writes.set(pointer);
    }

    void add_flags() {
        const ZydisAccessedFlags* const flags = decoded_.instruction.cpu_flags;
        if (flags == nullptr) return;
        if (flags->tested != 0) out_.reads.set(kFlags);
        if ((flags->modified | flags->set_0 | flags->set_1 | flags->undefined) != 0) {
            out_.writes.set(kFlags);
        }
    }

    void add_control_flow() {
        using Kind = Instruction::Kind;
        if (out_.kind != Kind::Call && out_.kind != Kind::Jump && out_.kind != Kind::Branch) return;
        const ZydisDecodedOperand& where = decoded_.operand(0);
        if (where.type == ZYDIS_OPERAND_TYPE_IMMEDIATE && where.imm.is_relative) {
            out_.target = out_.end() + where.imm.value.u;
        } else {
            out_.indirect = true;
        }
        out_.clobbers_memory = out_.kind == Kind::Call;
    }

    void add_stack() {
        if (!out_.writes.test(kRsp)) return;
        out_.stack_change = stack_change();
    }

    std::optional<int64_t> stack_change() const {
        const ZydisDecodedInstruction& instruction = decoded_.instruction;
        const int64_t word = instruction.operand_width / 8;
        switch (instruction.mnemonic) {
            case ZYDIS_MNEMONIC_CALL:
                return 0;
            case ZYDIS_MNEMONIC_PUSH:
            case ZYDIS_MNEMONIC_PUSHF:
            case ZYDIS_MNEMONIC_PUSHFQ:
                return -word;
            case ZYDIS_MNEMONIC_POP:
                if (decoded_.operand(0).type == ZYDIS_OPERAND_TYPE_REGISTER &&
                    x86_register(decoded_.operand(0).reg.value) == kRsp) {
                    return std::nullopt;
                }
                return word;
            case ZYDIS_MNEMONIC_POPF:
            case ZYDIS_MNEMONIC_POPFQ:
                return word;
            case ZYDIS_MNEMONIC_ADD:
            case ZYDIS_MNEMONIC_SUB:
            case ZYDIS_MNEMONIC_LEA: {
                const Transfer transfer = x86_transfer(decoded_, out_);
                const bool known = transfer.kind == Transfer::Kind::Add && transfer.bits == 64 &&
                                   transfer.from == kRsp && transfer.to == kRsp;
                return known ? std::optional(transfer.value) : std::nullopt;
            }
            default:
                return std::nullopt;
        }
    }

    // xor %eax,%eax and sub %eax,%eax are zero whatever was there.
    void drop_false_dependency() {
        const ZydisMnemonic mnemonic = decoded_.instruction.mnemonic;
        if (mnemonic != ZYDIS_MNEMONIC_XOR && mnemonic != ZYDIS_MNEMONIC_SUB) return;
        const Transfer transfer = x86_transfer(decoded_, out_);
        if (transfer.kind == Transfer::Kind::Immediate && transfer.to) {
            out_.reads.reset(*transfer.to);
        }
    }

    // Of a zero source bsf and bsr leave the destination as it is, and an older processor takes
    // tzcnt and lzcnt for them. Zydis says that they write it.
    [[nodiscard]] bool may_leave_destination() const {
        switch (decoded_.instruction.mnemonic) {
            case ZYDIS_MNEMONIC_BSF:
            case ZYDIS_MNEMONIC_BSR:
            case ZYDIS_MNEMONIC_TZCNT:
            case ZYDIS_MNEMONIC_LZCNT:
                return true;
            default:
                return false;
        }
    }

    const X86Decoded& decoded_;
    Instruction& out_;
};

class X86Backend : public Backend {
  public:
    X86Backend() {
        ZydisDecoderInit(&decoder_, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
        ZydisFormatterInit(&formatter_, ZYDIS_FORMATTER_STYLE_ATT);
    }

    [[nodiscard]] Instruction decode(std::span<const uint8_t> code,
                                     uint64_t address) const override {
        X86Decoded decoded;
        if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder_, code.data(), code.size(),
                                                 &decoded.instruction, decoded.operands))) {
            return undecoded(address, 1);
        }
        return of(decoded, address);
    }

    [[nodiscard]] std::string text(std::span<const uint8_t> code, uint64_t address) const override {
        X86Decoded decoded;
        if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder_, code.data(), code.size(),
                                                 &decoded.instruction, decoded.operands))) {
            return "";
        }
        const std::string text = text_.of(code, address, decoded.instruction.length);
        return text.empty() ? by_zydis(decoded, address) : text;
    }

  private:
    // What is newer than capstone: the mnemonics are Intel's.
    [[nodiscard]] std::string by_zydis(const X86Decoded& decoded, uint64_t address) const {
        char text[256];
        const bool printed = ZYAN_SUCCESS(ZydisFormatterFormatInstruction(
            &formatter_, &decoded.instruction, decoded.operands,
            decoded.instruction.operand_count_visible, text, sizeof text, address, nullptr));
        return printed ? text : "";
    }

    static Instruction of(const X86Decoded& decoded, uint64_t address) {
        Instruction out;
        out.address = address;
        out.length = decoded.instruction.length;
        out.kind = x86_kind(decoded.instruction);
        if (out.kind == Instruction::Kind::Nop) return out;
        Reading(decoded, out).all();
        out.locked = (decoded.instruction.attributes & ZYDIS_ATTRIB_HAS_LOCK) != 0 ||
                     (decoded.instruction.mnemonic == ZYDIS_MNEMONIC_XCHG && !out.memory.empty());
        out.transfer = x86_transfer(decoded, out);
        add_leave(decoded, out);
        if (x86_is_opaque(decoded)) make_opaque(out);
        return out;
    }

    // leave loads rbp from the frame that rbp points to; Zydis gives all that but the Transfer.
    static void add_leave(const X86Decoded& decoded, Instruction& out) {
        if (decoded.instruction.mnemonic != ZYDIS_MNEMONIC_LEAVE) return;
        out.transfer.kind = Transfer::Kind::Load;
        out.transfer.to = kRbp;
    }

    ZydisDecoder decoder_{};
    ZydisFormatter formatter_{};
    CapstoneText text_{CS_ARCH_X86, CS_MODE_64, true};
};

}  // namespace

std::unique_ptr<Backend> x86_backend() {
    return std::make_unique<X86Backend>();
}

}  // namespace knowhy::symbols
