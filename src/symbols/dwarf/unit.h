// Compilation units and a walk over their entries, by hand: libdw builds structures for each unit
// that it keeps, and finding a name must read them all.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "symbols/dwarf/abbrev.h"
#include "symbols/dwarf/dwarf.h"
#include "symbols/dwarf/sections.h"

namespace knowhy::symbols {

struct UnitHeader {
    uint64_t offset = 0;  // of the header
    uint64_t first = 0;   // of the unit's own entry
    uint64_t end = 0;
    uint64_t abbreviations = 0;
    UnitSizes sizes;
    uint8_t type = 0;  // DW_UT_*
};

// nullopt: no header stands there, or one of a kind that is not known.
std::optional<UnitHeader> unit_header_at(const DebugSections& sections, uint64_t offset);
// All of .debug_info, up to the first that is damaged.
std::vector<UnitHeader> unit_headers(const DebugSections& sections);

struct FieldValue {
    uint16_t form = 0;
    uint64_t number = 0;       // a reference: the offset in .debug_info; a string: its offset
    std::string_view inlined;  // of DW_FORM_string
};

// One entry, with the fields it has.
class Entry {
  public:
    uint64_t offset = 0;
    uint64_t next = 0;  // where the entry after it in the data starts (its first child's)
    const Abbreviation* shape = nullptr;  // nullptr: the end of a list of children

    [[nodiscard]] bool has(Field field) const { return (present_ >> index(field) & 1) != 0; }
    [[nodiscard]] const FieldValue* get(Field field) const {
        return has(field) ? &values_[index(field)] : nullptr;
    }
    [[nodiscard]] uint64_t number(Field field) const {
        return has(field) ? values_[index(field)].number : 0;
    }
    void clear() { present_ = 0; }
    FieldValue& put(Field field) {
        present_ |= 1U << index(field);
        return values_[index(field)];
    }

  private:
    static unsigned index(Field field) { return static_cast<unsigned>(field); }
    uint32_t present_ = 0;
    std::array<FieldValue, static_cast<size_t>(Field::Count)> values_;
};

// A unit that can be read.
class Unit {
  public:
    Unit(const DebugSections& sections, UnitHeader header,
         std::shared_ptr<const AbbreviationTable> abbreviations);

    [[nodiscard]] const UnitHeader& header() const { return header_; }
    [[nodiscard]] const Entry& root() const { return root_; }
    [[nodiscard]] const DebugSections& sections() const { return *sections_; }

    // Reads the entry at the offset; false beyond the unit or where it is damaged.
    bool read(uint64_t offset, Entry& entry) const;
    // Its shape only; then what follows it, with Field::Sibling and no other.
    bool peek(uint64_t offset, Entry& entry) const;
    bool pass(Entry& entry) const;
    // All fields, of an entry that was peeked at.
    bool read(Entry& entry) const;
    // Where an entry with children ends, when it says so; 0 otherwise.
    [[nodiscard]] uint64_t sibling(const Entry& entry) const;

    [[nodiscard]] std::string_view string(const Entry& entry, Field field) const;
    [[nodiscard]] std::optional<uint64_t> address(const FieldValue* value) const;
    // The code that an entry covers: low_pc and high_pc, or ranges. Empty ranges, and what the
    // linker threw away (at address 0), are left out.
    [[nodiscard]] std::vector<AddressRange> ranges(const Entry& entry) const;
    // entry_pc, else low_pc, else the first range's start.
    [[nodiscard]] std::optional<uint64_t> entry_address(const Entry& entry) const;

  private:
    bool follow(const std::vector<Step>& steps, Entry& entry) const;
    void value(Reader& reader, const Step& step, FieldValue& value) const;
    [[nodiscard]] std::optional<uint64_t> indexed_address(uint64_t index) const;
    [[nodiscard]] std::vector<AddressRange> range_list(const FieldValue& value) const;
    [[nodiscard]] std::vector<AddressRange> range_list_4(uint64_t offset) const;

    const DebugSections* sections_;
    UnitHeader header_;
    std::shared_ptr<const AbbreviationTable> abbreviations_;
    Entry root_;
    uint64_t low_pc_ = 0;
};

}  // namespace knowhy::symbols
