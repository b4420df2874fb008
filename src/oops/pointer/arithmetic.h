// What an instruction makes of one register, as an equation over the registers before it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "symbols/disasm/disasm.h"

namespace knowhy::oops {

// In place of a register: what the instruction itself loads from its first memory operand.
constexpr symbols::Register kLoaded = symbols::kRegisters - 2;

struct Equation {
    enum class Kind : uint8_t {
        Opaque,      // nothing that is followed
        Sum,         // of parts and the constant
        Product,     // parts[0] * parts[1], and the other parts and the constant added to it
        ShiftRight,  // parts[0] >> amount, zeros above
        Load,
    };
    // The register's low `bits`, extended, times the factor (modulo 2^64).
    struct Part {
        symbols::Register reg = 0;
        uint64_t factor = 1;
        uint8_t bits = 64;
        bool sign = false;
    };
    Kind kind = Kind::Opaque;
    std::vector<Part> parts;
    uint64_t constant = 0;
    uint8_t amount = 0;
    // The result's low `bits` are the sum's; above are zeros, or its sign up to `extended_to`.
    uint8_t bits = 64;
    bool sign = false;
    uint8_t extended_to = 64;

    [[nodiscard]] bool is_constant() const { return kind == Kind::Sum && parts.empty(); }
    // `sum` as the register holds it.
    [[nodiscard]] uint64_t cut(uint64_t sum) const;
};

// The low `bits` of the value, extended to 64.
uint64_t extended(uint64_t value, unsigned bits, bool sign);

// `text`: the instruction in print, which is asked where its Transfer says nothing (products,
// differences, fields).
Equation equation_of(const symbols::Instruction& instruction, symbols::Register to,
                     symbols::Arch arch, std::string_view text);

// Whether the constant may be an address of the image, which is another one in the kernel that
// runs.
bool may_be_moved(const symbols::Instruction& instruction, const Equation& equation,
                  std::string_view text);

}  // namespace knowhy::oops
