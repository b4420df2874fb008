#include "symbols/dwarf/statics.h"

#include <dwarf.h>

#include <algorithm>
#include <optional>

namespace knowhy::symbols {
namespace {

constexpr unsigned kDeepest = 64;

std::optional<Dwarf_Die> origin_of(Dwarf_Die& die) {
    Dwarf_Attribute attribute;
    Dwarf_Die origin;
    if (dwarf_attr(&die, DW_AT_abstract_origin, &attribute) == nullptr) return std::nullopt;
    if (dwarf_formref_die(&attribute, &origin) == nullptr) return std::nullopt;
    return origin;
}

// Address 0 is of what the linker threw away.
bool has_fixed_place(Dwarf_Die& die) {
    Dwarf_Attribute attribute;
    Dwarf_Op* ops = nullptr;
    size_t count = 0;
    return dwarf_attr(&die, DW_AT_location, &attribute) != nullptr &&
           dwarf_getlocation(&attribute, &ops, &count) == 0 && count == 1 &&
           ops->atom == DW_OP_addr && ops->number != 0;
}

void collect(Dwarf_Die& parent, unsigned depth, std::vector<uint64_t>& found) {
    Dwarf_Die child;
    if (depth > kDeepest || dwarf_child(&parent, &child) != 0) return;
    do {
        const int tag = dwarf_tag(&child);
        if (tag == DW_TAG_variable && has_fixed_place(child)) {
            found.push_back(dwarf_dieoffset(&child));
        } else if (tag == DW_TAG_lexical_block) {
            collect(child, depth + 1, found);
        }
    } while (dwarf_siblingof(&child, &child) == 0);
}

}  // namespace

std::vector<uint64_t> abstract_statics(Dwarf* dwarf, const Scope& level,
                                       const std::vector<uint64_t>& known) {
    std::vector<uint64_t> found;
    Dwarf_Die die;
    if (dwarf_offdie(dwarf, level.die, &die) == nullptr) return found;
    auto origin = origin_of(die);
    if (!origin) return found;
    collect(*origin, 0, found);
    for (const uint64_t variable : known) {
        if (found.empty()) break;
        if (dwarf_offdie(dwarf, variable, &die) == nullptr) continue;
        const auto same = origin_of(die);
        if (!same) continue;
        Dwarf_Die described = *same;
        std::erase(found, dwarf_dieoffset(&described));
    }
    return found;
}

}  // namespace knowhy::symbols
