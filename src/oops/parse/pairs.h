// "RAX: 0000000000000000 RBX: ...", "x29: ffff800008003b90 x28: ...", "$ 4   : v v v v": the ways
// that registers are printed in.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace knowhy::oops {

struct NamedValue {
    std::string_view name;
    uint64_t value = 0;
    size_t digits = 0;  // as printed: 8 or 16 for a register
    bool readable = true;
};

// "NAME: HEX" pairs up to the first thing that is none.
std::vector<NamedValue> named_values(std::string_view text);
// Bare numbers of the same count of digits (8 or 16), up to the first thing that is none.
std::vector<NamedValue> bare_values(std::string_view text);

}  // namespace knowhy::oops
