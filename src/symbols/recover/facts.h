// What is proven to hold one value, and what an instruction makes of it.
#pragma once

#include <compare>
#include <cstdint>
#include <map>

namespace knowhy::symbols {

// A register by its number, or the bytes of the stack that start `number` above where the stack
// pointer points at the function's entry.
struct Holder {
    bool slot = false;
    int64_t number = 0;

    auto operator<=>(const Holder&) const = default;
};

// The holder's low bits are the value's plus this, modulo the value's width.
using Facts = std::map<Holder, int64_t>;

}  // namespace knowhy::symbols
