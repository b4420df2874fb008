#pragma once

#include <cstdint>
#include <optional>

namespace knowhy::symbols {

// The mask that a logical instruction's N, immr and imms fields name (Arm ARM, DecodeBitMasks), cut
// to 32 bits unless `wide`; nullopt for a reserved combination.
std::optional<uint64_t> logical_immediate(bool n, unsigned immr, unsigned imms, bool wide);

}  // namespace knowhy::symbols
