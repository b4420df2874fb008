#include "symbols/disasm/arm64_immediate.h"

#include <bit>

namespace knowhy::symbols {

// An element of 2 to 64 bits, `ones` low bits set and rotated right, is repeated over the register.
std::optional<uint64_t> logical_immediate(bool n, unsigned immr, unsigned imms, bool wide) {
    const uint32_t size_field = (n ? 64U : 0U) | (~imms & 0x3fU);
    if (size_field < 2 || (n && !wide)) return std::nullopt;
    const unsigned size = std::bit_floor(size_field);
    const unsigned ones = (imms & (size - 1)) + 1;
    if (ones == size) return std::nullopt;
    const unsigned rotation = immr & (size - 1);
    const uint64_t run = (uint64_t{1} << ones) - 1;
    const uint64_t all = size == 64 ? ~uint64_t{0} : (uint64_t{1} << size) - 1;
    const uint64_t element =
        rotation == 0 ? run : (run >> rotation | run << (size - rotation)) & all;
    uint64_t mask = 0;
    for (unsigned at = 0; at < 64; at += size) mask |= element << at;
    return wide ? mask : mask & 0xffffffff;
}

}  // namespace knowhy::symbols
