// What becomes of a value further on: whether anything still wants it.
#pragma once

#include "symbols/disasm/disasm.h"
#include "symbols/recover/frame.h"

namespace knowhy::symbols {

struct Use {
    bool read = false;          // anything depends on it, beyond copies that nothing depends on
    bool moves_on = false;      // a constant is added to it
    bool moves_itself = false;  // and the sum replaces it
};

// On any way from before instruction number `index`, until the holder and every copy made of it
// behind there are overwritten. A call wants what is in the registers that arguments are passed in.
Use use_of(const Frame& frame, size_t index, const Holder& holder);

}  // namespace knowhy::symbols
