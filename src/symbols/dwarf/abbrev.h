// Abbreviations (DWARF 5, 7.5.3): the shapes that debugging information entries come in.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "symbols/dwarf/sections.h"

namespace knowhy::symbols {

// The attributes that are read here; all others are left to libdw.
enum class Field : uint8_t {
    Sibling,
    Name,
    Origin,  // abstract_origin or specification
    LowPc,
    HighPc,
    Ranges,
    EntryPc,
    DeclFile,
    DeclLine,
    CallFile,
    CallLine,
    CallColumn,
    Declaration,
    StmtList,
    CompDir,
    AddrBase,
    StrOffsetsBase,
    RnglistsBase,
    Language,
    Count,  // none of these
};

// What to do with a piece of an entry: bytes to pass over, then one attribute.
struct Step {
    uint32_t skip = 0;
    uint16_t form = 0;  // DW_FORM_*; 0: nothing more
    Field field = Field::Count;
    uint8_t bytes = 0;           // the attribute's size; 0: the entry tells
    int64_t implicit_value = 0;  // of DW_FORM_implicit_const
};

struct Abbreviation {
    uint16_t tag = 0;  // DW_TAG_*
    bool has_children = false;
    std::vector<Step> read;  // all fields
    std::vector<Step> pass;  // only Field::Sibling
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
