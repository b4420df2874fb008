// Instructions in words, for tests: what stands there is read off the manuals.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "symbols/disasm/disasm.h"

namespace knowhy::symbols::testing {

inline std::vector<uint8_t> from_hex(std::string_view text) {
    std::vector<uint8_t> bytes;
    for (size_t i = 0; i + 1 < text.size(); i += 2) {
        if (text[i] == ' ')
            --i;
        else
            bytes.push_back(
                static_cast<uint8_t>(std::stoul(std::string(text.substr(i, 2)), nullptr, 16)));
    }
    return bytes;
}

inline std::vector<uint8_t> from_word(uint32_t word, bool big_endian = false) {
    std::vector<uint8_t> bytes;
    for (unsigned i = 0; i < 4; ++i) {
        bytes.push_back(static_cast<uint8_t>(word >> (big_endian ? 24 - 8 * i : 8 * i)));
    }
    return bytes;
}

inline std::string names(Arch arch, const RegisterSet& set) {
    if (set.all()) return "all";
    std::string text;
    for (unsigned number = 0; number < kRegisters; ++number) {
        if (!set.test(number)) continue;
        if (!text.empty()) text += ' ';
        text += register_name(arch, static_cast<Register>(number));
    }
    return text;
}

inline std::string place(Arch arch, const MemoryOperand& operand) {
    std::string text(operand.segment);
    if (!text.empty()) text += ':';
    text += operand.pc_relative ? "pc" : operand.base ? register_name(arch, *operand.base) : "";
    if (operand.index) {
        text += fmt::format("+{}*{}", register_name(arch, *operand.index), operand.scale);
        if (operand.index_bits != 64) text += operand.index_signed ? "(sxtw)" : "(uxtw)";
    }
    if (operand.displacement != 0) text += fmt::format("{:+d}", operand.displacement);
    const char* const access = operand.read      ? operand.written ? "rw" : "r"
                               : operand.written ? "w"
                                                 : "-";
    return fmt::format("{}{}[{}]", access, operand.bytes, text);
}

inline std::string memory(Arch arch, const Instruction& instruction) {
    std::string text;
    for (const MemoryOperand& operand : instruction.memory) {
        if (!text.empty()) text += ' ';
        text += place(arch, operand);
    }
    return text;
}

// "rax = copy rdi", ".32" behind where only 32 bits are worked on or taken, "s" with the sign.
inline std::string transfer(Arch arch, const Transfer& t) {
    constexpr std::string_view kNames[] = {"none",  "copy",    "extend",   "value",
                                           "add",   "shift",   "combine",  "load",
                                           "store", "address", "multiply", "align"};
    if (t.kind == Transfer::Kind::None) return "";
    const auto name = [&](const std::optional<Register>& reg) {
        return reg ? " " + register_name(arch, *reg) : std::string();
    };
    std::string text = t.to ? register_name(arch, *t.to) + " = " : "";
    text += kNames[static_cast<size_t>(t.kind)];
    text += name(t.from) + name(t.from2);
    if (t.shift != 0) text += fmt::format("<<{}", t.shift);
    if (t.value != 0) text += fmt::format(" {}", t.value);
    if (t.bits != 64) text += fmt::format(".{}", t.bits);
    if (t.sign_extended) text += "s";
    if (t.extended_to != 64) text += fmt::format("->{}", t.extended_to);
    return text;
}

inline std::string kind(const Instruction& instruction) {
    constexpr std::string_view kNames[] = {"other",  "nop",    "call", "jump",
                                           "branch", "return", "trap", "undecoded"};
    std::string text(kNames[static_cast<size_t>(instruction.kind)]);
    if (instruction.indirect) text += " indirect";
    if (instruction.delayed) text += " delayed";
    if (instruction.likely) text += " likely";
    if (instruction.locked) text += " locked";
    if (instruction.target) text += fmt::format(" {:#x}", *instruction.target);
    return text;
}

inline std::string stack(const Instruction& instruction) {
    if (!instruction.stack_change) return "?";
    return *instruction.stack_change == 0 ? "" : fmt::format("{:+d}", *instruction.stack_change);
}

// One line: "KIND; reads; writes; memory; transfer; stack". Empty parts stay empty.
inline std::string line(Arch arch, const Instruction& i) {
    return fmt::format("{}; {}; {}; {}; {}; {}", kind(i), names(arch, i.reads),
                       names(arch, i.writes), memory(arch, i), transfer(arch, i.transfer),
                       stack(i));
}

}  // namespace knowhy::symbols::testing
