// What the decoders of fixed-width instruction sets share: fields of a word, and an Instruction
// that is filled in piece by piece.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>

#include "symbols/disasm/disasm.h"

namespace knowhy::symbols {

// Bits high..low of the word, at the low end.
constexpr uint32_t bits(uint32_t word, unsigned high, unsigned low) {
    return (word >> low) & ((uint64_t{1} << (high - low + 1)) - 1);
}

constexpr bool bit(uint32_t word, unsigned number) {
    return ((word >> number) & 1) != 0;
}

// The low `width` bits as a two's complement number.
constexpr int64_t sign_extended(uint64_t value, unsigned width) {
    const unsigned unused = 64 - width;
    return static_cast<int64_t>(value << unused) >> unused;
}

// 2 or 4 bytes; the caller has checked that they are there.
template <typename Word>
Word load_word(std::span<const uint8_t> code, bool big_endian) {
    Word word = 0;
    std::memcpy(&word, code.data(), sizeof word);
    const bool swapped = big_endian != (std::endian::native == std::endian::big);
    if constexpr (sizeof word == 4) return swapped ? __builtin_bswap32(word) : word;
    return swapped ? __builtin_bswap16(word) : word;
}

// Registers of which one number reads as zero and is never written.
class WordInstruction {
  public:
    WordInstruction(uint64_t address, uint8_t length, Register zero) : zero_(zero) {
        out_.address = address;
        out_.length = length;
    }

    Instruction& out() { return out_; }
    [[nodiscard]] uint64_t address() const { return out_.address; }

    void reads(Register reg) {
        if (reg != zero_) out_.reads.set(reg);
    }
    void writes(Register reg) {
        if (reg != zero_) out_.writes.set(reg);
    }
    // The result's register first, then what it is made of.
    void computes(Register to, Register from) {
        writes(to);
        reads(from);
    }
    void computes(Register to, Register from, Register from2) {
        computes(to, from);
        reads(from2);
    }

    void branches(Instruction::Kind kind, int64_t offset) {
        goes(kind);
        out_.target = out_.address + static_cast<uint64_t>(offset);
    }
    void goes_through(Instruction::Kind kind, Register reg) {
        goes(kind);
        out_.indirect = true;
        reads(reg);
    }
    void goes(Instruction::Kind kind) {
        out_.kind = kind;
        out_.clobbers_memory = kind == Instruction::Kind::Call;
    }

    // [base + displacement], `bytes` wide.
    MemoryOperand& accesses(Register base, int64_t displacement, unsigned bytes, bool read,
                            bool written) {
        reads(base);
        MemoryOperand operand;
        if (base != zero_) operand.base = base;
        operand.displacement = displacement;
        operand.bytes = static_cast<uint8_t>(bytes);
        operand.read = read;
        operand.written = written;
        return out_.memory.emplace_back(operand);
    }

    void loads(Register to, unsigned bytes, bool sign, unsigned extended_to = 64) {
        writes(to);
        Transfer& transfer = becomes(Transfer::Kind::Load, to);
        transfer.bits = static_cast<uint8_t>(bytes * 8);
        transfer.sign_extended = sign && bytes < 8;
        transfer.extended_to = static_cast<uint8_t>(sign ? extended_to : 64);
    }
    void stores(Register from, unsigned bytes) {
        reads(from);
        Transfer transfer;
        transfer.kind = Transfer::Kind::Store;
        transfer.bits = static_cast<uint8_t>(bytes * 8);
        if (from != zero_) transfer.from = from;
        out_.transfer = transfer;
    }

    // Sets the Transfer's kind and register; that of the zero register is none.
    Transfer& becomes(Transfer::Kind kind, Register to) {
        out_.transfer = {};
        if (to == zero_) return scratch_ = {};
        out_.transfer.kind = kind;
        out_.transfer.to = to;
        return out_.transfer;
    }
    void becomes_immediate(Register to, int64_t value) {
        writes(to);
        becomes(Transfer::Kind::Immediate, to).value = value;
    }
    void becomes_extended(Register to, Register from, unsigned bits_taken, bool sign,
                          unsigned extended_to = 64) {
        if (from == zero_) return becomes_immediate(to, 0);
        Transfer& transfer = becomes(Transfer::Kind::Extend, to);
        transfer.from = from;
        transfer.bits = static_cast<uint8_t>(bits_taken);
        transfer.sign_extended = sign;
        transfer.extended_to = static_cast<uint8_t>(sign ? extended_to : 64);
    }
    // to = from + value on `width` bits; the zero register makes it a constant, 0 a copy.
    void becomes_sum(Register to, Register from, int64_t value, unsigned width, bool sign) {
        if (from == zero_) {
            becomes(Transfer::Kind::Immediate, to).value = value;
            return;
        }
        Transfer& transfer = becomes(value == 0 ? Transfer::Kind::Copy : Transfer::Kind::Add, to);
        transfer.from = from;
        transfer.value = value;
        transfer.bits = static_cast<uint8_t>(width);
        transfer.sign_extended = sign;
    }
    // to = from + (from2 << shift) on `width` bits.
    void becomes_combined(Register to, Register from, Register from2, unsigned shift,
                          unsigned width, bool sign) {
        if (from2 == zero_) return becomes_sum(to, from, 0, width, sign);
        if (from == zero_) return becomes_shifted(to, from2, shift, width, sign);
        Transfer& transfer = becomes(Transfer::Kind::Combine, to);
        transfer.from = from;
        transfer.from2 = from2;
        transfer.shift = static_cast<uint8_t>(shift);
        transfer.bits = static_cast<uint8_t>(width);
        transfer.sign_extended = sign;
    }
    void becomes_shifted(Register to, Register from, unsigned shift, unsigned width, bool sign) {
        if (shift == 0 || from == zero_) return becomes_sum(to, from, 0, width, sign);
        Transfer& transfer = becomes(Transfer::Kind::Shift, to);
        transfer.from = from;
        transfer.value = shift;
        transfer.bits = static_cast<uint8_t>(width);
        transfer.sign_extended = sign;
    }

    // To be called last: what the instruction does to the stack pointer.
    void settle_stack(Register stack_pointer) {
        if (!out_.writes.test(stack_pointer) || !out_.stack_change) return;
        const Transfer& transfer = out_.transfer;
        const bool moves = transfer.kind == Transfer::Kind::Add && transfer.to == stack_pointer &&
                           transfer.from == stack_pointer;
        if (moves) {
            out_.stack_change = transfer.value;
        } else if (*out_.stack_change == 0) {
            out_.stack_change = std::nullopt;
        }
    }

  private:
    Instruction out_;
    Transfer scratch_;
    Register zero_;
};

}  // namespace knowhy::symbols
