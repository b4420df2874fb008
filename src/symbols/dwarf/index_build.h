// Reads all of a file's debug information for its index.
#pragma once

#include <functional>

#include "symbols/dwarf/index.h"

namespace knowhy::symbols {

// `done` gets 0..1, from one thread.
IndexContent index_content(const DebugSections& sections, const std::vector<UnitHeader>& headers,
                           const std::function<void(double)>& done);

// "struct sk_buff" for the definition of a type; "" for a declaration, or what is no named type.
std::string type_text(const Unit& unit, const Entry& entry);
bool is_named_type(uint16_t tag);

}  // namespace knowhy::symbols
