// The faulting access: its address by the printed registers, held against the address that the text
// says.
#pragma once

#include <optional>
#include <string>

#include "model/oops.h"
#include "oops/decode/machine.h"
#include "symbols/disasm/disasm.h"

namespace knowhy::oops {

struct Fault {
    // nullopt: the instruction accesses no memory, or none that a register says where.
    std::optional<symbols::MemoryOperand> operand;
    std::optional<uint64_t> effective;  // nullopt: not all of its registers are printed
    std::optional<bool> agrees;         // as model::OopsExplanation has it
    std::string disagreement;
};

Fault find_fault(const model::OopsReport& report, const symbols::Instruction& instruction,
                 const Registers& registers, bool absolute_addresses);

// The operand's address; nullopt: a register, or a segment's base, is not printed.
std::optional<uint64_t> address_of(const symbols::MemoryOperand& operand,
                                   const Registers& registers, const model::OopsReport& report);

}  // namespace knowhy::oops
