#include "symbols/probe/restricted.h"

#include <algorithm>
#include <array>

namespace knowhy::symbols {
namespace {

using Kind = Instruction::Kind;

bool is_prefix(uint8_t byte) {
    constexpr std::array<uint8_t, 11> kPrefixes = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65,
                                                   0x66, 0x67, 0xf0, 0xf2, 0xf3};
    const bool rex = (byte & 0xf0) == 0x40;
    return rex || std::find(kPrefixes.begin(), kPrefixes.end(), byte) != kPrefixes.end();
}

// Traps of its own, far transfers, and what holds off interrupts until the instruction after it.
std::string why_not_x86(std::span<const uint8_t> bytes) {
    size_t at = 0;
    while (at + 1 < bytes.size() && is_prefix(bytes[at])) ++at;
    const uint8_t opcode = bytes[at];
    const uint8_t next = at + 1 < bytes.size() ? bytes[at + 1] : 0;
    const unsigned group = next >> 3 & 7;
    if (opcode == 0xcc || opcode == 0xf1 || opcode == 0xcd) return "a trap instruction";
    if (opcode == 0xcf || opcode == 0xca || opcode == 0xcb || opcode == 0x9a || opcode == 0xea) {
        return "a far return, jump or call";
    }
    if (opcode == 0xff && (group == 3 || group == 5)) return "a far return, jump or call";
    if (opcode == 0x8e && group == 2) return "a load of the stack segment";
    const bool enters = opcode == 0x0f && (next == 0x05 || next == 0x07 || next == 0x34 ||
                                           next == 0x35 || next == 0x01);
    if (enters) return "a system instruction";
    if (opcode == 0x0f && (next == 0x0b || next == 0xb9 || next == 0xff))
        return "a trap instruction";
    return "";
}

// Between a load-exclusive and its store, a breakpoint would lose the reservation for ever.
bool in_exclusive_sequence(std::span<const Instruction> up_to) {
    constexpr size_t kFarthest = 64;
    size_t looked_at = 0;
    for (size_t i = up_to.size(); i-- > 0 && looked_at < kFarthest; ++looked_at) {
        const Instruction& instruction = up_to[i];
        if (!instruction.locked || instruction.memory.empty()) continue;
        const bool reads = instruction.memory.front().read;
        const bool writes = instruction.memory.front().written;
        if (reads && writes) continue;  // one atomic instruction
        const bool is_itself = looked_at == 0;
        return reads || is_itself;
    }
    return false;
}

// Of the hints, the kernel steps nop, and since 5.8 those that begin functions under branch
// protection (arch/arm64/kernel/insn.c, aarch64_insn_is_steppable_hint()).
bool is_arm64_system(const Instruction& instruction, std::span<const uint8_t> bytes) {
    if (bytes.size() != 4 || bytes[3] != 0xd5) return false;
    const uint32_t word = bytes[0] | bytes[1] << 8 | bytes[2] << 16 | uint32_t{bytes[3]} << 24;
    constexpr uint32_t kHint = 0xd503201f;
    if ((word & 0xfffff01f) != kHint) return instruction.kind != Kind::Nop;
    constexpr std::array<uint32_t, 7> kStepped = {0, 25, 27, 32, 34, 36, 38};  // nop, paci?sp, bti
    return std::ranges::count(kStepped, word >> 5 & 0x7f) == 0;
}

std::string why_not_fixed_width(const Machine& machine, std::span<const Instruction> up_to,
                                std::span<const uint8_t> bytes) {
    const Instruction& instruction = up_to.back();
    if (instruction.kind == Kind::Trap) return "a trap instruction";
    if (in_exclusive_sequence(up_to)) return "between a load-exclusive and its store";
    if (instruction.writes.all()) return "a system instruction";
    const bool arm_system = machine.arch == Arch::Arm64 && is_arm64_system(instruction, bytes);
    const bool riscv_system =
        machine.arch == Arch::Riscv64 && ((bytes[0] & 0x7f) == 0x73 || (bytes[0] & 0x7f) == 0x0f);
    if (arm_system || riscv_system) return "a system instruction";
    if (up_to.size() > 1 && up_to[up_to.size() - 2].delayed) return "in a delay slot";
    return "";
}

}  // namespace

std::string why_not_stepped(const Machine& machine, std::span<const Instruction> up_to,
                            std::span<const uint8_t> bytes) {
    if (machine.arch == Arch::X86_64) return why_not_x86(bytes);
    return why_not_fixed_width(machine, up_to, bytes);
}

}  // namespace knowhy::symbols
