// Where a value came from, in words.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "oops/pointer/names.h"
#include "oops/pointer/values.h"

namespace knowhy::oops {

// "[s2+616]", "a0 at entry", "what the call returned"; the register's name where it is not seen.
std::string origin_text(const Values& values, size_t value, symbols::Arch arch);

// "the array: a0 = [s2+616], 8 bytes: 0". "" where there is nothing to say.
std::string origin_step(const Values& values, size_t value, symbols::Arch arch,
                        std::string_view role, std::optional<uint64_t> number, Names* names);

// "s1+24", "rdi+rax*8+0x10".
std::string operand_text(const symbols::MemoryOperand& operand, symbols::Arch arch);

}  // namespace knowhy::oops
