// C types that a script makes beside the kernel's own: `uint8[4]`, `struct sk_buff **`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "symbols/types/types.h"

namespace knowhy::lang {

symbols::TypeId pointer_to(symbols::Types& types, symbols::TypeId target);
symbols::TypeId array_of(symbols::Types& types, symbols::TypeId element,
                         std::optional<uint64_t> count);
// A number, or of 1 byte and kind Boolean a truth value.
symbols::TypeId number_type(symbols::Types& types, std::string_view name, uint32_t bytes,
                            bool is_signed, bool is_boolean = false);

// A structure's fields, with those of its members without a name.
std::vector<std::string> member_names(const symbols::Types& types, symbols::TypeId aggregate);

}  // namespace knowhy::lang
