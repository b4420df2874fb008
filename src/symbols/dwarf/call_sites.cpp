// What calls pass, as the compiler recorded it for debuggers (DWARF 5, 3.4).
#include <dwarf.h>

#include "symbols/dwarf/debug_info_impl.h"

namespace knowhy::symbols {
namespace {

// DWARF 4's GNU extension and DWARF 5 say the same under two sets of numbers.
bool attribute(Dwarf_Die& die, unsigned name, unsigned gnu_name, Dwarf_Attribute& found) {
    return dwarf_attr(&die, name, &found) != nullptr ||
           dwarf_attr(&die, gnu_name, &found) != nullptr;
}

std::optional<Register> argument_register(Dwarf_Die& parameter, bool big_endian) {
    Dwarf_Attribute location;
    Dwarf_Op* ops = nullptr;
    size_t count = 0;
    if (dwarf_attr(&parameter, DW_AT_location, &location) == nullptr ||
        dwarf_getlocation(&location, &ops, &count) != 0) {
        return std::nullopt;
    }
    const Location where = classified(normalised(&location, ops, count, big_endian));
    if (where.kind != Location::Kind::InRegister) return std::nullopt;
    return where.base;
}

std::optional<uint64_t> return_address(Dwarf_Die& site) {
    Dwarf_Attribute found;
    Dwarf_Addr address = 0;
    if (!attribute(site, DW_AT_call_return_pc, DW_AT_low_pc, found) ||
        dwarf_formaddr(&found, &address) != 0) {
        return std::nullopt;
    }
    return address;
}

}  // namespace

Result<std::vector<CallSite>> DebugInfo::call_sites(DieOffset subprogram) {
    std::vector<CallSite> sites;
    const UnitHandle unit = impl_->units.of_entry(subprogram);
    const Scope* scope = unit ? unit->scopes().find(subprogram) : nullptr;
    Dwarf_Die function;
    if (scope == nullptr || dwarf_offdie(impl_->dwarf, subprogram, &function) == nullptr) {
        return sites;
    }
    Locator locator(impl_->frames, function);
    const std::vector<Scope>& all = unit->scopes().all();
    for (auto i = static_cast<size_t>(scope - all.data()); i < scope->end; ++i) {
        for (const uint64_t offset : all[i].call_sites) {
            if (auto site = impl_->call_site(*unit, locator, offset)) {
                sites.push_back(std::move(*site));
            }
        }
    }
    return sites;
}

std::optional<CallSite> DebugInfo::Impl::call_site(LoadedUnit& unit, Locator& locator,
                                                   uint64_t offset) {
    Dwarf_Die die;
    if (dwarf_offdie(dwarf, offset, &die) == nullptr) return std::nullopt;
    const auto behind = return_address(die);
    if (!behind) return std::nullopt;
    CallSite site;
    site.return_address = *behind;
    Dwarf_Attribute found;
    Dwarf_Die callee;
    if (attribute(die, DW_AT_call_origin, DW_AT_abstract_origin, found) &&
        dwarf_formref_die(&found, &callee) != nullptr) {
        site.callee = describer.name(unit, dwarf_dieoffset(&callee));
    }
    Dwarf_Die child;
    for (int left = dwarf_child(&die, &child); left == 0; left = dwarf_siblingof(&child, &child)) {
        const int tag = dwarf_tag(&child);
        if (tag != DW_TAG_call_site_parameter && tag != DW_TAG_GNU_call_site_parameter) continue;
        const auto reg = argument_register(child, frames.big_endian());
        if (!reg || !attribute(child, DW_AT_call_value, DW_AT_GNU_call_site_value, found)) continue;
        // At the call the frame is what it is one byte before the return address.
        site.arguments.push_back({*reg, locator.value(found, *behind - 1)});
    }
    return site;
}

}  // namespace knowhy::symbols
