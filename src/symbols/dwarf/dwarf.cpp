#include "symbols/dwarf/dwarf.h"

#include <dwarf.h>

#include <algorithm>

#include "symbols/dwarf/debug_info_impl.h"
#include "symbols/dwarf/statics.h"

namespace knowhy::symbols {
namespace {

// What macros declare: the kernel's own begin so (include/linux/{percpu-defs,minmax,bug}.h).
bool is_macros(std::string_view name) {
    return name.starts_with('_') || name.starts_with("pao_") || name.starts_with("pto_") ||
           name.starts_with("pscr_") || name.find("__UNIQUE_ID") != std::string_view::npos;
}

// Blocks belong to the function or inlined function around them.
std::vector<Owner> owners_of(const std::vector<const Scope*>& path) {
    const auto is_level = [](const Scope* scope) { return scope->tag != DW_TAG_lexical_block; };
    auto levels = static_cast<unsigned>(std::count_if(path.begin(), path.end(), is_level));
    std::vector<Owner> owners;
    const Scope* owner = nullptr;
    for (const Scope* scope : path) {
        if (is_level(scope)) {
            owner = scope;
            --levels;
        }
        owners.push_back({owner, levels});
    }
    return owners;
}

}  // namespace

DebugInfo::DebugInfo(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DebugInfo::DebugInfo(DebugInfo&&) noexcept = default;
DebugInfo& DebugInfo::operator=(DebugInfo&&) noexcept = default;
DebugInfo::~DebugInfo() = default;

Result<DebugInfo> DebugInfo::open(std::shared_ptr<const ElfFile> file, std::string cache_dir) {
    KW_TRY(Dwarf * dwarf, file->dwarf());
    return DebugInfo(std::make_unique<Impl>(std::move(file), std::move(cache_dir), dwarf));
}

const ElfFile& DebugInfo::file() const {
    return *impl_->file;
}

Result<std::vector<Level>> DebugInfo::levels(uint64_t address) {
    const UnitHandle unit = impl_->units.covering(address);
    if (!unit) return std::vector<Level>{};
    return impl_->describer.levels(*unit, unit->scopes().at(address), address);
}

Result<std::optional<SourceLine>> DebugInfo::line(uint64_t address) {
    const UnitHandle unit = impl_->units.covering(address);
    if (!unit) return std::nullopt;
    return impl_->describer.line(*unit, address);
}

Result<std::optional<Instance>> DebugInfo::function_at(uint64_t address) {
    const UnitHandle unit = impl_->units.covering(address);
    if (!unit) return std::nullopt;
    const std::vector<const Scope*> path = unit->scopes().at(address);
    if (path.empty()) return std::nullopt;
    return impl_->describer.instance(*unit, *path.front());
}

std::optional<Variable> DebugInfo::Impl::variable(LoadedUnit& unit, Locator& locator,
                                                  const Scope& scope, const Owner& owner,
                                                  uint64_t die_offset, uint64_t address) {
    Dwarf_Die die;
    if (dwarf_offdie(dwarf, die_offset, &die) == nullptr) return std::nullopt;
    Variable variable;
    variable.name = describer.name(unit, die_offset);
    variable.die = die_offset;
    variable.scope = owner.scope->die;
    variable.function = describer.name(unit, owner.scope->die);
    variable.parameter = dwarf_tag(&die) == DW_TAG_formal_parameter;
    variable.artificial = !variable.parameter && is_macros(variable.name);
    variable.scope_depth = owner.depth;
    variable.type = types.type_of(die);
    variable.declared = describer.declared(unit, die_offset);
    variable.ranges = locator.ranges(die, scope.ranges);
    const auto here = std::find_if(
        variable.ranges.begin(), variable.ranges.end(),
        [&](const LocatedRange& range) { return address >= range.from && address < range.to; });
    if (here != variable.ranges.end()) variable.location = here->location;
    return variable;
}

Result<std::vector<Variable>> DebugInfo::variables(uint64_t address) {
    std::vector<Variable> variables;
    const UnitHandle unit = impl_->units.covering(address);
    if (!unit) return variables;
    const std::vector<const Scope*> path = unit->scopes().at(address);
    Dwarf_Die function;
    if (path.empty() || dwarf_offdie(impl_->dwarf, path.front()->die, &function) == nullptr) {
        return variables;
    }
    Locator locator(impl_->frames, function);
    const std::vector<Owner> owners = owners_of(path);
    std::vector<uint64_t> of_level;
    const auto add = [&](size_t i, const std::vector<uint64_t>& dies) {
        for (const uint64_t die : dies) {
            auto variable = impl_->variable(*unit, locator, *path[i], owners[i], die, address);
            if (variable) variables.push_back(std::move(*variable));
        }
        of_level.insert(of_level.end(), dies.begin(), dies.end());
    };
    for (size_t i = 0; i < path.size(); ++i) {
        add(i, path[i]->variables);
        if (i + 1 < path.size() && owners[i].scope == owners[i + 1].scope) continue;
        add(i, abstract_statics(impl_->dwarf, *owners[i].scope, of_level));
        of_level.clear();
    }
    std::stable_sort(variables.begin(), variables.end(), [](const Variable& a, const Variable& b) {
        return a.scope_depth < b.scope_depth;
    });
    return variables;
}

Result<std::vector<Variable>> DebugInfo::variables_of(uint64_t address) {
    std::vector<Variable> variables;
    const UnitHandle unit = impl_->units.covering(address);
    if (!unit) return variables;
    const ScopeTree& tree = unit->scopes();
    const std::vector<const Scope*> path = tree.at(address);
    Dwarf_Die function;
    if (path.empty() || dwarf_offdie(impl_->dwarf, path.front()->die, &function) == nullptr) {
        return variables;
    }
    Locator locator(impl_->frames, function);
    const auto first = static_cast<size_t>(path.front() - tree.all().data());
    for (size_t i = first; i < path.front()->end; ++i) {
        const Scope& scope = tree.all()[i];
        Owner owner{&scope, 0};
        while (owner.scope->tag == DW_TAG_lexical_block) owner.scope = tree.parent_of(*owner.scope);
        for (const uint64_t die : scope.variables) {
            auto variable = impl_->variable(*unit, locator, scope, owner, die, address);
            if (variable) variables.push_back(std::move(*variable));
        }
    }
    return variables;
}

Result<std::vector<LineRow>> DebugInfo::rows(const std::vector<AddressRange>& ranges) {
    std::vector<LineRow> rows;
    for (const AddressRange& range : ranges) {
        const UnitHandle unit = impl_->units.covering(range.from);
        const LineTable* table = unit ? unit->lines() : nullptr;
        if (table == nullptr) continue;
        auto row =
            std::lower_bound(table->rows().begin(), table->rows().end(), range.from,
                             [](const Row& a, uint64_t address) { return a.address < address; });
        for (; row != table->rows().end() && row->address < range.to; ++row) {
            if (row->end_of_sequence) continue;
            rows.push_back({row->address, table->line_of(*row), row->is_statement});
        }
    }
    std::stable_sort(rows.begin(), rows.end(),
                     [](const LineRow& a, const LineRow& b) { return a.address < b.address; });
    return rows;
}

const Types& DebugInfo::types() const {
    return impl_->types.types();
}

}  // namespace knowhy::symbols
