// The bytes of a report's Code line against an image's.
#pragma once

#include <cstddef>

#include "model/oops.h"
#include "symbols/locate/image.h"

namespace knowhy::oops {

struct CodeComparison {
    size_t same = 0;
    size_t patched = 0;  // differ, as the image's tables say that they may
    size_t different = 0;
    [[nodiscard]] size_t total() const { return same + patched + different; }
};

// Of what the text has of the function around report.pc, which starts at `symbol` in the image, and
// of that function's neighbours. All zero where either has no bytes there. What may differ: fields
// that are relocated when a module is loaded or the kernel moved, call sites of ftrace,
// alternatives, jump labels, static calls.
CodeComparison compare_code(const model::OopsReport& report, symbols::OpenImage& image,
                            uint64_t symbol);

}  // namespace knowhy::oops
