// The units of one file, read when they are wanted and kept while they may be wanted again.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "symbols/dwarf/lines.h"
#include "symbols/dwarf/scopes.h"
#include "symbols/dwarf/unit.h"

namespace knowhy::symbols {

class LoadedUnit {
  public:
    LoadedUnit(const DebugSections& sections, const UnitHeader& header);

    [[nodiscard]] const Unit& unit() const { return unit_; }
    [[nodiscard]] const ScopeTree& scopes();
    // nullptr: the unit has no line table, or a damaged one.
    [[nodiscard]] const LineTable* lines();
    // Without running the line number program.
    [[nodiscard]] const LineHeader* line_header();
    [[nodiscard]] std::string file(uint64_t number);

  private:
    Unit unit_;
    std::unique_ptr<const ScopeTree> scopes_;
    std::optional<LineHeader> line_header_;
    std::unique_ptr<const LineTable> lines_;
    bool header_asked_ = false;
};

using UnitHandle = std::shared_ptr<LoadedUnit>;

class UnitStore {
  public:
    explicit UnitStore(DebugSections sections) : sections_(sections) {}
    // What is loaded refers to it.
    UnitStore(const UnitStore&) = delete;
    UnitStore& operator=(const UnitStore&) = delete;

    [[nodiscard]] const DebugSections& sections() const { return sections_; }
    [[nodiscard]] const std::vector<UnitHeader>& headers();
    // Each nullptr when there is none.
    UnitHandle load(uint64_t header_offset);
    UnitHandle of_entry(uint64_t die);
    UnitHandle covering(uint64_t address);

  private:
    struct Covered {
        AddressRange range;
        uint64_t unit = 0;
    };
    void read_aranges();
    void read_unlisted();
    [[nodiscard]] std::optional<uint64_t> find(uint64_t address) const;
    void sort_covered();

    DebugSections sections_;
    std::optional<std::vector<UnitHeader>> headers_;
    std::vector<Covered> covered_;  // by address
    bool aranges_read_ = false;
    bool unlisted_read_ = false;
    std::list<std::pair<uint64_t, UnitHandle>> recent_;  // the last used first
};

}  // namespace knowhy::symbols
