// From libdw's expressions and location lists to Locations.
#pragma once

#include <elfutils/libdw.h>

#include <optional>
#include <vector>

#include "symbols/dwarf/frames.h"
#include "symbols/dwarf/location.h"

namespace knowhy::symbols {

// One expression's operations in the form that location.h promises. Frame base and CFA stay
// DW_OP_fbreg and DW_OP_call_frame_cfa here.
std::vector<ExpressionOp> normalised(Dwarf_Attribute* attribute, const Dwarf_Op* ops, size_t count,
                                     bool big_endian);

// Where one function keeps its variables.
class Locator {
  public:
    // `function`: the DW_TAG_subprogram that has the code, for its frame base.
    Locator(Frames& frames, Dwarf_Die function);

    // Everywhere that the variable has a location. `scope`: the code that it is in scope of, for a
    // location without a list.
    [[nodiscard]] std::vector<LocatedRange> ranges(Dwarf_Die& variable,
                                                   const std::vector<AddressRange>& scope);
    // What a call site says of an argument, at the call.
    [[nodiscard]] Location value(Dwarf_Attribute& expression, uint64_t address);

  private:
    void add(std::vector<LocatedRange>& ranges, AddressRange range,
             const std::vector<ExpressionOp>& ops);
    [[nodiscard]] std::vector<ExpressionOp> framed(const std::vector<ExpressionOp>& ops,
                                                   const std::vector<ExpressionOp>& cfa) const;

    Frames* frames_;
    std::vector<ExpressionOp> frame_base_;
};

}  // namespace knowhy::symbols
