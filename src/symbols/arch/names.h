// Names of registers by DWARF number, per architecture. Of a register with several names the one
// that comes first in `single`, then in `groups`, is the one to print.
#pragma once

#include <span>
#include <string_view>

#include "symbols/arch/arch.h"

namespace knowhy::symbols {

struct Name {
    Register number;
    std::string_view name;
};

// prefix FIRST suffix ... prefix LAST suffix, from the DWARF number `dwarf` on.
struct NumberedNames {
    std::string_view prefix;
    unsigned first;
    unsigned last;
    Register dwarf;
    std::string_view suffix;
};

struct RegisterNames {
    std::span<const Name> single;
    std::span<const NumberedNames> groups;
};

RegisterNames names_of(Arch arch);

}  // namespace knowhy::symbols
