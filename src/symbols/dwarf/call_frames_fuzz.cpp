// Any bytes are call frames or none: what is told of a function covers it, row by row. The first
// byte says of which machine, the next eight where somebody asks; seeds are compilers' sections.
#include "symbols/dwarf/call_frames.h"

#include <cstdlib>
#include <cstring>

using namespace knowhy::symbols;  // NOLINT(google-build-using-namespace)

namespace {

void require(bool truth) {
    if (!truth) std::abort();
}

void ask(CallFrames& frames, uint64_t address) {
    const CallFrames::Function* const function = frames.around(address);
    if (function == nullptr) return;
    require(address >= function->range.from && address < function->range.to);
    if (function->rows.empty()) return;
    uint64_t at = function->range.from;
    for (const FrameRow& row : function->rows) {
        require(row.range.from == at && row.range.to > at);
        at = row.range.to;
    }
    require(at == function->range.to);
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    uint64_t asked = 0;
    if (size < 1 + sizeof asked) return 0;
    std::memcpy(&asked, data + 1, sizeof asked);
    CallFrames frames({data + 1 + sizeof asked, size - 1 - sizeof asked}, (data[0] & 1) != 0,
                      (data[0] & 2) != 0 ? 4 : 8);
    ask(frames, asked);
    for (uint64_t address = 0; address < 0x200; address += 0x20) ask(frames, address);
    return 0;
}
