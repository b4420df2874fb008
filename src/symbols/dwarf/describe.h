// Scopes in words: names, levels, instances.
#pragma once

#include <string>
#include <vector>

#include "symbols/debugfile/debugfile.h"
#include "symbols/dwarf/dwarf.h"
#include "symbols/dwarf/unit_store.h"

namespace knowhy::symbols {

class Describer {
  public:
    Describer(const ElfFile& file, UnitStore& units) : file_(&file), units_(&units) {}

    // The name of a function's or variable's entry, its own or that of what it is an instance of.
    [[nodiscard]] std::string name(LoadedUnit& unit, uint64_t die);
    [[nodiscard]] SourceLine declared(LoadedUnit& unit, uint64_t die);

    // What covers the address, innermost first: `path` as ScopeTree::at() gives it.
    [[nodiscard]] std::vector<Level> levels(LoadedUnit& unit, const std::vector<const Scope*>& path,
                                            uint64_t address);
    // nullopt: the scope has no code.
    [[nodiscard]] std::optional<Instance> instance(LoadedUnit& unit, const Scope& scope);
    [[nodiscard]] std::optional<SourceLine> line(LoadedUnit& unit, uint64_t address);

  private:
    struct Found {
        UnitHandle owner;  // keeps `unit` where it is another than the one asked about
        LoadedUnit* unit = nullptr;
        Entry entry;
    };
    [[nodiscard]] Found with(LoadedUnit& unit, uint64_t die, Field wanted);
    [[nodiscard]] std::string symbol_at(uint64_t entry, const std::string& function) const;

    const ElfFile* file_;
    UnitStore* units_;
};

}  // namespace knowhy::symbols
