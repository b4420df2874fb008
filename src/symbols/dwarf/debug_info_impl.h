// What DebugInfo is made of.
#pragma once

#include <memory>
#include <string>

#include "symbols/dwarf/describe.h"
#include "symbols/dwarf/expression.h"
#include "symbols/dwarf/frames.h"
#include "symbols/dwarf/index.h"
#include "symbols/dwarf/source_search.h"
#include "symbols/dwarf/type_loader.h"
#include "symbols/dwarf/unit_store.h"

namespace knowhy::symbols {

// The function or inlined function that a scope on the way to an address belongs to.
struct Owner {
    const Scope* scope = nullptr;
    unsigned depth = 0;  // levels from the innermost
};

struct DebugInfo::Impl {
    std::shared_ptr<const ElfFile> file;
    std::string cache_dir;
    Dwarf* dwarf;
    UnitStore units;
    Describer describer;
    Frames frames;
    TypeLoader types;
    std::optional<Index> index;
    bool index_asked = false;

    Impl(std::shared_ptr<const ElfFile> elf, std::string cache, Dwarf* handle)
        : file(std::move(elf)),
          cache_dir(std::move(cache)),
          dwarf(handle),
          units(DebugSections::of(*file)),
          describer(*file, units),
          frames(*file, handle),
          types(handle, file->machine()) {}

    std::optional<Variable> variable(LoadedUnit& unit, Locator& locator, const Scope& scope,
                                     const Owner& owner, uint64_t die, uint64_t address);

    std::optional<CallSite> call_site(LoadedUnit& unit, Locator& locator, uint64_t die);

    [[nodiscard]] std::optional<IndexSource> index_source() const;
    // nullptr: there is none, or it does not fit. Opened at the first call.
    const Index* usable_index();
    // What it said was not so: it is not asked again.
    void drop_index(std::string_view why);
    // Units that may have rows of such a file: all, where no index tells.
    std::vector<UnitHeader> units_with_file(const FilePattern& file);
    // Bodies of functions whose name matches.
    std::vector<NamedScope> find_named(std::string_view glob);
    // nullopt: an entry is not what the index says.
    std::optional<std::vector<Instance>> describe(const std::vector<NamedScope>& found);
};

}  // namespace knowhy::symbols
