// Abbreviations (DWARF 5, 7.5.3): the shapes that debugging information entries come in.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "symbols/dwarf/sections.h"

namespace knowhy::symbols {

struct AttributeShape {
    uint16_t name = 0;           // DW_AT_*
    uint16_t form = 0;           // DW_FORM_*
    int64_t implicit_value = 0;  // of DW_FORM_implicit_const
};

// What to do to pass over one entry: bytes to skip, then an attribute whose size must be read.
struct SkipStep {
    uint32_t bytes = 0;
    uint16_t form = 0;  // 0: nothing more
};

struct Abbreviation {
    uint16_t tag = 0;  // DW_TAG_*
    bool has_children = false;
    bool has_sibling = false;
    std::vector<AttributeShape> attributes;
    std::vector<SkipStep> skip;
};

// The sizes that a unit's header fixes.
struct UnitSizes {
    uint8_t address = 8;
    uint8_t offset = 4;  // 8 in 64-bit DWARF
    uint16_t version = 5;
    bool operator==(const UnitSizes&) const = default;
};

class AbbreviationTable {
  public:
    // Reads the table that starts there. What is damaged is left out, so that its codes are
    // unknown.
    AbbreviationTable(const DebugSections& sections, uint64_t offset, UnitSizes sizes);

    [[nodiscard]] const Abbreviation* find(uint64_t code) const {
        if (code == 0) return nullptr;
        if (code <= dense_.size()) return &dense_[code - 1];
        const auto found = sparse_.find(code);
        return found == sparse_.end() ? nullptr : &found->second;
    }

  private:
    std::vector<Abbreviation> dense_;  // compilers count from 1
    std::unordered_map<uint64_t, Abbreviation> sparse_;
};

// The bytes that a form takes in every entry, or nullopt when the entry itself tells.
std::optional<unsigned> fixed_size(uint16_t form, UnitSizes sizes);

// Passes over one attribute's value. A form that is not known fails the reader.
void skip_form(Reader& reader, uint16_t form, UnitSizes sizes);

}  // namespace knowhy::symbols
