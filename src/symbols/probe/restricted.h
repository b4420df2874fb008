#pragma once

#include <span>
#include <string>

#include "symbols/disasm/disasm.h"

namespace knowhy::symbols {

// Why the processor cannot be made to execute this instruction, the last one, out of its place; ""
// when it can. Those before it are the function's, from its start.
std::string why_not_stepped(const Machine& machine, std::span<const Instruction> up_to,
                            std::span<const uint8_t> bytes);

}  // namespace knowhy::symbols
