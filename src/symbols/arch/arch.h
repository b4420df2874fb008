// Machine architectures as debug information and disassembly see them: how registers are numbered
// and named, and what the kernel's own calling convention promises about them.
//
// Registers go by their DWARF numbers everywhere in symbols/, so that a location read from debug
// information and an operand read from code mean the same thing without a table between. Sources:
// System V AMD64 psABI 3.36, AAPCS64's DWARF document, MIPS psABI with GCC's numbers, RISC-V psABI.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace knowhy::symbols {

enum class Arch : uint8_t { X86_64, I386, Arm64, Arm, Mips, Mips64, Riscv64, Ppc64, S390x };

struct Machine {
    Arch arch = Arch::X86_64;
    bool big_endian = false;
    // e_flags of the ELF header: which MIPS (Octeon, r6...) and which RISC-V extensions.
    uint32_t elf_flags = 0;

    bool operator==(const Machine&) const = default;
    [[nodiscard]] unsigned address_bytes() const;
};

// A DWARF register number.
using Register = uint8_t;

// Beyond what DWARF numbers: the last of it are RISC-V's vector registers, to 127.
constexpr unsigned kRegisters = 160;
// The condition flags, of every architecture that has them: DWARF numbers none for most. x86's own
// number for them (49) is used by debug information only; disassembly speaks of kFlags.
constexpr Register kFlags = 159;

using RegisterSet = std::bitset<kRegisters>;

// "rdi", "x19", "s1": the name that the architecture's people use for the whole register, without
// '%' or '$'. "r<N>" for a number that the architecture does not name. MIPS: o32's names for Mips,
// n64's for Mips64 (they differ from $8 to $15).
std::string register_name(Arch arch, Register number);
// The register of that name, also by a narrower name ("edi", "w19"), with or without '%' or '$'.
std::optional<Register> register_number(Arch arch, std::string_view name);

// What kernel code of this architecture keeps to, at a call.
struct Convention {
    Register stack_pointer = 0;
    std::optional<Register> return_address;  // x86 has none: it is on the stack
    std::vector<Register> arguments;         // integer and pointer arguments, in order
    std::vector<Register> results;
    RegisterSet clobbered;  // what a call may change, the flags too
};

// nullptr for an architecture that only text is read of (disassembly and recovery do not know it).
const Convention* kernel_convention(Arch arch);

}  // namespace knowhy::symbols
