// Symbols and call-trace frames as reports print them.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "model/oops.h"
#include "oops/parse/scan.h"

namespace knowhy::oops {

// "name+0x12/0x34 [module build-id]"; nothing moves where there is none.
std::optional<model::OopsSymbol> take_symbol(Scan& scan);
// "[<ffffffffc0445a10>]", "[c000000000001234]".
std::optional<uint64_t> take_bracketed_address(Scan& scan);
// A symbol with the address before it, or one of the two: "[<addr>] name+0x1/0x2", "addr name+...",
// "0xaddr".
std::optional<model::OopsSymbol> take_place(Scan& scan);

// A line of a call trace. Arm's "(f) from [<addr>] (g+0x1/0x2)" names two functions: the first is
// `callee`.
struct FrameLine {
    model::OopsFrame frame;
    std::optional<model::OopsSymbol> callee;
    bool exception_return = false;  // powerpc's "--- interrupt: 300 at f+0x1/0x2"
};
std::optional<FrameLine> take_frame(std::string_view text);

// "<IRQ>", "</TASK>", " <EOI> "; what follows it on the line is `rest`.
struct ContextMark {
    model::OopsFrame::Context context = model::OopsFrame::Context::Task;
    bool ends = false;
    std::string_view rest;
};
std::optional<ContextMark> take_mark(std::string_view text);

}  // namespace knowhy::oops
