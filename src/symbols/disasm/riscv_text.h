#pragma once

#include <string>

#include "symbols/disasm/disasm.h"

namespace knowhy::symbols {

// In the assembler's syntax, a compressed instruction as the one that it stands for. An extension's
// arithmetic, which has no mnemonic here, is "".
std::string riscv_text(uint32_t word, const Instruction& instruction);

}  // namespace knowhy::symbols
