// The A64 instruction set by its encoding tables (Arm ARM, chapter C4). Number 31 is the zero
// register in some places and the stack pointer in others: here the former is kZr.
#pragma once

#include "symbols/disasm/word.h"

namespace knowhy::symbols {

constexpr Register kArm64Sp = 31;
constexpr Register kArm64Link = 30;
constexpr Register kArm64Vector = 64;  // v0
constexpr Register kArm64Zr = 158;     // a number that no register has

// What one word says, in the names of the manual.
struct Arm64Word {
    uint32_t word = 0;

    [[nodiscard]] bool wide() const { return bit(word, 31); }
    [[nodiscard]] unsigned width() const { return wide() ? 64 : 32; }
    [[nodiscard]] Register rd() const { return or_zr(bits(word, 4, 0)); }
    [[nodiscard]] Register rn() const { return or_zr(bits(word, 9, 5)); }
    [[nodiscard]] Register rm() const { return or_zr(bits(word, 20, 16)); }
    [[nodiscard]] Register ra() const { return or_zr(bits(word, 14, 10)); }
    [[nodiscard]] Register rd_sp() const { return static_cast<Register>(bits(word, 4, 0)); }
    [[nodiscard]] Register rn_sp() const { return static_cast<Register>(bits(word, 9, 5)); }
    static Register or_zr(uint32_t number) {
        return number == 31 ? kArm64Zr : static_cast<Register>(number);
    }
};

// Each fills in what it knows; false: not decoded.
bool arm64_by_immediate(Arm64Word word, WordInstruction& in);
bool arm64_by_register(Arm64Word word, WordInstruction& in);
bool arm64_control(Arm64Word word, WordInstruction& in);
bool arm64_access(Arm64Word word, WordInstruction& in);

}  // namespace knowhy::symbols
