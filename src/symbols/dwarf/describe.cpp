#include "symbols/dwarf/describe.h"

#include <dwarf.h>

#include <algorithm>

namespace knowhy::symbols {
namespace {

// An instance of an abstract instance of a declaration: longer chains go round in a circle.
constexpr unsigned kMaxOrigins = 8;

// GCC names entries of inlined functions that lie outside of their code, where it moved the code.
uint64_t entry_within(const std::vector<AddressRange>& ranges, std::optional<uint64_t> entry) {
    const bool within = entry && std::ranges::any_of(ranges, [&](const AddressRange& range) {
                            return *entry >= range.from && *entry < range.to;
                        });
    return within ? *entry : ranges.front().from;
}

}  // namespace

// The entry, or the first of its origins that has the field; the last one where none has it.
Describer::Found Describer::with(LoadedUnit& unit, uint64_t die, Field wanted) {
    Found found;
    found.unit = &unit;
    for (unsigned i = 0; i < kMaxOrigins; ++i) {
        const UnitHeader& header = found.unit->unit().header();
        if (die < header.offset || die >= header.end) {
            found.owner = units_->of_entry(die);
            if (!found.owner) break;
            found.unit = found.owner.get();
        }
        if (!found.unit->unit().read(die, found.entry)) break;
        if (found.entry.has(wanted) || !found.entry.has(Field::Origin)) break;
        die = found.entry.number(Field::Origin);
    }
    return found;
}

std::string Describer::name(LoadedUnit& unit, uint64_t die) {
    const Found found = with(unit, die, Field::Name);
    return std::string(found.unit->unit().string(found.entry, Field::Name));
}

SourceLine Describer::declared(LoadedUnit& unit, uint64_t die) {
    const Found line = with(unit, die, Field::DeclLine);
    const Found file = with(unit, die, Field::DeclFile);
    if (!file.entry.has(Field::DeclFile)) return {};
    return {file.unit->file(file.entry.number(Field::DeclFile)),
            static_cast<uint32_t>(line.entry.number(Field::DeclLine)), 0};
}

std::optional<SourceLine> Describer::line(LoadedUnit& unit, uint64_t address) {
    const LineTable* table = unit.lines();
    const Row* row = table == nullptr ? nullptr : table->covering(address);
    if (row == nullptr) return std::nullopt;
    return table->line_of(*row);
}

std::vector<Level> Describer::levels(LoadedUnit& unit, const std::vector<const Scope*>& path,
                                     uint64_t address) {
    std::vector<Level> levels;
    SourceLine at = line(unit, address).value_or(SourceLine{});
    const std::vector<const Scope*> inner_first(path.rbegin(), path.rend());
    for (const Scope* scope : inner_first) {
        if (scope->tag == DW_TAG_lexical_block) continue;
        const bool inlined = scope->tag == DW_TAG_inlined_subroutine;
        levels.push_back({name(unit, scope->die), at, scope->die, inlined});
        if (!inlined) break;
        Entry entry;
        if (!unit.unit().read(scope->die, entry)) break;
        at = {unit.file(entry.number(Field::CallFile)),
              static_cast<uint32_t>(entry.number(Field::CallLine)),
              static_cast<uint32_t>(entry.number(Field::CallColumn))};
        if (!entry.has(Field::CallFile)) at.file.clear();
    }
    return levels;
}

// Aliases share an address: the one that is named like the function is the one that is meant.
std::string Describer::symbol_at(uint64_t entry, const std::string& function) const {
    std::string_view best;
    for (const ElfFile::Symbol& symbol : file_->functions_over(entry)) {
        if (symbol.address != entry) continue;
        if (symbol.name == function) return function;
        if (best.empty() || (symbol.name.starts_with(function) && !best.starts_with(function))) {
            best = symbol.name;
        }
    }
    return best.empty() ? function : std::string(best);
}

std::optional<Instance> Describer::instance(LoadedUnit& unit, const Scope& scope) {
    Entry entry;
    if (scope.ranges.empty() || !unit.unit().read(scope.die, entry)) return std::nullopt;
    Instance instance;
    instance.function = name(unit, scope.die);
    instance.die = scope.die;
    instance.entry = entry_within(scope.ranges, unit.unit().entry_address(entry));
    instance.ranges = scope.ranges;
    instance.inlined = scope.tag == DW_TAG_inlined_subroutine;
    instance.declared = declared(unit, scope.die);

    std::vector<const Scope*> path;
    const Scope* outermost = &scope;
    for (const Scope* at = &scope; at != nullptr; at = unit.scopes().parent_of(*at)) {
        path.insert(path.begin(), at);
        outermost = at;
        if (at->tag == DW_TAG_subprogram) break;
    }
    instance.chain = levels(unit, path, instance.entry);
    Entry outer;
    if (unit.unit().read(outermost->die, outer)) {
        const uint64_t start = unit.unit().entry_address(outer).value_or(instance.entry);
        instance.symbol = symbol_at(start, name(unit, outermost->die));
    }
    return instance;
}

}  // namespace knowhy::symbols
