// Relocations of modules (ET_REL), as far as debug information needs them.
#pragma once

#include <gelf.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "symbols/arch/arch.h"

namespace knowhy::symbols {

// One file's relocation entries against the places that its sections were given.
class Relocations {
  public:
    // `section_addresses`: by section index. All of it must outlive this.
    Relocations(Elf* elf, Machine machine, std::span<const uint64_t> section_addresses);

    // Applies those of every debug section to the section's data (uncompressed), in place. A type
    // that is not known is an Error: a value left out would be a wrong answer later.
    [[nodiscard]] Status apply_to_debug_sections() const;

    struct Entry {
        uint64_t offset = 0;  // in its section
        std::string_view symbol;
        std::optional<uint64_t> target;
        int64_t addend = 0;
        unsigned bytes = 0;
    };
    // Those of one section, by offset.
    [[nodiscard]] std::vector<Entry> of_section(size_t section_index) const;

  private:
    struct Table;
    [[nodiscard]] std::optional<Table> table_in(Elf_Scn* section) const;
    [[nodiscard]] Status apply(const Table& table, std::string_view name) const;
    [[nodiscard]] std::optional<uint64_t> value_of(const GElf_Sym& symbol) const;

    Elf* elf_;
    Machine machine_;
    std::span<const uint64_t> section_addresses_;
};

}  // namespace knowhy::symbols
