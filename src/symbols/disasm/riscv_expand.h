#pragma once

#include <cstdint>
#include <optional>

namespace knowhy::symbols {

// The 32-bit instruction that a compressed one (RV64C, chapter 16 of the unprivileged manual)
// stands for; nullopt for what RV64C does not define.
std::optional<uint32_t> expand_compressed(uint16_t half);

}  // namespace knowhy::symbols
