// Which registers a block may still read before it writes them.
#pragma once

#include <vector>

#include "symbols/disasm/disasm.h"

namespace knowhy::symbols {

// By block, at its start. A call counts as reading every register that arguments are passed in,
// except those that another call left garbage in.
std::vector<RegisterSet> live_registers(const Code& code);

}  // namespace knowhy::symbols
