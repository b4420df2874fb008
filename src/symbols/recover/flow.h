// The must-analysis itself: one value, followed through a function from where it is known.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "symbols/disasm/disasm.h"
#include "symbols/recover/facts.h"
#include "symbols/recover/frame.h"

namespace knowhy::symbols {

struct FlowRules {
    unsigned bits = 64;  // the value's width
    Facts at_entry;
    // What else is known before an instruction: may add facts and take them away.
    std::function<void(size_t index, Facts& facts)> amend;
    // What to make of the facts when an instruction was executed, given those before it.
    std::function<void(size_t index, const Facts& before, Facts& after)> review;
    // May take away what two paths that meet at the block agree on.
    std::function<void(size_t block, const Facts& one, const Facts& other, Facts& both)> meet;
};

// By instruction: what holds the value before it is executed; nullopt where no path leads to.
using Flow = std::vector<std::optional<Facts>>;

// Whether the holder is after instruction number `index` what it was before it.
bool stays(const Code& code, const Frame& frame, size_t index, const Holder& holder, unsigned bits);

// `frame`: nullptr while it is not known yet; then only registers are followed.
Flow follow(const Code& code, const Frame* frame, const FlowRules& rules);

// Whether control can come back to the block.
bool is_in_loop(const Code& code, size_t block);

// `number` as the low `bits` of it, read as a signed number.
int64_t truncated(int64_t number, unsigned bits);

}  // namespace knowhy::symbols
