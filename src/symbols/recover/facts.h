// What is proven to hold one value, and what an instruction makes of it.
#pragma once

#include <compare>
#include <cstdint>
#include <map>

#include "symbols/arch/arch.h"

namespace knowhy::symbols {

// A register by its number, or the bytes of the stack that start `number` above where the stack
// pointer points at the function's entry.
struct Holder {
    bool slot = false;
    int64_t number = 0;

    auto operator<=>(const Holder&) const = default;  // NOLINT(modernize-use-nullptr)
};

// No holders, but what is known of a variable besides: that nothing may have assigned to it since
// it was known, that the statement that is executed now cannot, and of what was loaded that nothing
// was written to memory since.
constexpr Holder kUnassigned{false, kRegisters - 3};
constexpr Holder kElsewhere{false, kRegisters - 4};
constexpr Holder kUnwritten{false, kRegisters - 5};
constexpr bool is_holder(const Holder& holder) {
    return holder != kUnassigned && holder != kElsewhere && holder != kUnwritten;
}

// The holder's low bits are the value's plus this, modulo the value's width.
using Facts = std::map<Holder, int64_t>;

}  // namespace knowhy::symbols
