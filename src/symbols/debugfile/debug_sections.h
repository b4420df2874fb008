// Small questions about sections, asked of libelf in one place.
#pragma once

#include <gelf.h>

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"

namespace knowhy::symbols {

std::string_view section_name(Elf* elf, Elf_Scn* section);  // "" when it has none
bool is_debug_section(std::string_view name);               // ".debug_*"

// The section's bytes, uncompressed (SHF_COMPRESSED) in memory that libelf holds; writable, and
// libdw reads the same ones.
Result<std::span<uint8_t>> debug_section_data(Elf_Scn* section);

}  // namespace knowhy::symbols
