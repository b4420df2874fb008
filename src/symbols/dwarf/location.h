// Where a variable's value is, at one place in the code, as debug information tells it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "symbols/arch/arch.h"

namespace knowhy::symbols {

// One operation of a DWARF expression (DWARF 5, 2.5), in one form for what can be written in many:
//   DW_OP_regx      number: the register
//   DW_OP_bregx     number: the register, number2: the offset; also for fbreg and call_frame_cfa,
//                   where frame base and CFA are a register and an offset at that address
//   DW_OP_consts    number: the constant, of DW_OP_lit* and DW_OP_const* alike
//   DW_OP_addr      number: the address
//   DW_OP_entry_value  number: the register, kNoRegister where it is of anything else
// All others have their operands as they are; GNU's names became DWARF 5's.
struct ExpressionOp {
    uint8_t atom = 0;  // DW_OP_*
    uint64_t number = 0;
    uint64_t number2 = 0;

    bool operator==(const ExpressionOp&) const = default;
};

constexpr uint64_t kNoRegister = ~uint64_t{0};

struct Location {
    enum class Kind : uint8_t {
        None,        // debug information says that it has no value here, or says nothing
        InRegister,  // it is the register (its low bytes)
        InMemory,    // at [base + offset]
        Global,      // at a fixed address (`offset`)
        Value,       // the expression computes the value itself (DW_OP_stack_value)
        Constant,    // `offset` is the value
        Entry,       // only as what a register held at the function's entry, maybe with arithmetic
        ImplicitPointer,  // a pointer to something that has no address, only a value
        Pieces,           // in several of the above
        Computed,         // its address is computed by the expression
    };
    Kind kind = Kind::None;
    Register base = 0;
    int64_t offset = 0;
    // Of Value and Entry: whether it is `base` + `offset` and nothing else. Else only the
    // expression tells.
    bool simple = false;
    std::vector<ExpressionOp> expression;  // whole; empty for None

    bool operator==(const Location&) const = default;
};

// What an expression means, its operations being in the form above. Empty: None.
Location classified(std::vector<ExpressionOp> expression);

// "%r12", "[%rsp+0x18]", "%rdi-56", "constant 3", "%rdi at entry", "nothing".
std::string text(const Location& location, Arch arch);

// From `from` up to, not including, `to`.
struct LocatedRange {
    uint64_t from = 0;
    uint64_t to = 0;
    Location location;

    bool operator==(const LocatedRange&) const = default;
};

}  // namespace knowhy::symbols
