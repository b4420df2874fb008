// The functions of one unit, what is inlined into them and their blocks: who covers which address.
#pragma once

#include <cstdint>
#include <vector>

#include "symbols/dwarf/unit.h"

namespace knowhy::symbols {

struct Scope {
    static constexpr uint32_t kNone = ~0U;

    uint64_t die = 0;
    uint16_t tag = 0;         // DW_TAG_subprogram, _inlined_subroutine or _lexical_block
    uint32_t parent = kNone;  // index
    uint32_t end = 0;         // index behind the last scope within this one
    std::vector<AddressRange> ranges;
    std::vector<uint64_t> variables;  // its own parameters and variables, as declared
    std::vector<uint64_t> call_sites;

    [[nodiscard]] bool covers(uint64_t address) const;
};

class ScopeTree {
  public:
    explicit ScopeTree(const Unit& unit);

    // Outermost first; empty when no function covers the address.
    [[nodiscard]] std::vector<const Scope*> at(uint64_t address) const;
    [[nodiscard]] const std::vector<Scope>& all() const { return scopes_; }
    [[nodiscard]] const Scope* parent_of(const Scope& scope) const {
        return scope.parent == Scope::kNone ? nullptr : &scopes_[scope.parent];
    }
    // The scope of that entry, or nullptr.
    [[nodiscard]] const Scope* find(uint64_t die) const;

  private:
    class Builder;
    std::vector<Scope> scopes_;  // as they stand in the unit: parents before children
};

}  // namespace knowhy::symbols
