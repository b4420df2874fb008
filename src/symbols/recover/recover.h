// Where a variable's value can be had although debug information gives no location here, and how
// well that is known. Precision comes first: what is not proven is not offered.
//
// The method: forward must-analysis over the function's control flow, of the facts "this register
// or stack slot holds what variable V holds now". A fact starts where debug information places V,
// follows copies, spills and reloads, is intersected where paths meet, and ends where V is assigned
// or the holder is overwritten (calls as the ABI says). docs/recovery.md has the proof rules.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "symbols/disasm/disasm.h"
#include "symbols/dwarf/dwarf.h"

namespace knowhy::symbols {

// How a value is known, best first.
enum class Grade : uint8_t {
    DebugInfo,   // debug information places it here
    Constant,    // debug information knows its value here
    ProvenCopy,  // on every path here, this holder was copied from it and neither changed since
    Container,   // the same of a pointer, or a number, plus a constant
    PassedIn,    // a parameter's, before debug information first places it: what it is placed with
                 // was there already
    MayBeStale,  // it was loaded from there, through a pointer that is still held: memory may have
                 // changed since
    EntryValue,  // what it was at the function's entry: by the call site, or by a probe there
    Gone,        // nothing that is proven holds it here
};
std::string_view text(Grade grade);

struct Recovered {
    Grade grade = Grade::Gone;
    Location location;   // None when Gone
    std::string source;  // of MayBeStale, as C says it: "port->sm_vars"; "" where that is not known
    std::optional<uint64_t> loaded_at;  // of MayBeStale: the instruction that loaded it
    std::string how;  // one line for a person: "its stack slot is not written yet"
    // Other places that are proven to hold the same value here.
    std::vector<Location> also;
    // For Gone: where debug information has it, nearest to the address.
    std::optional<LocatedRange> last;  // before it
    std::optional<LocatedRange> next;  // after it
};

// Variables whose locations are only known below an address: from there on, that debug information
// says nothing about them does not mean anything. Of a parameter with 0 here, that it starts in the
// register that the calling convention gives it is taken for granted (which is not so in a clone).
using UnknownFrom = std::map<DieOffset, uint64_t>;

// One function's code and variables, analysed when they are first asked for, then kept. Not for two
// threads at once.
class Recovery {
  public:
    // `variables`: everything that is declared anywhere in the function (DebugInfo::variables_of).
    // All three must outlive it. `rows`: DebugInfo::rows of the function's ranges; only asked about
    // the statements that may assign to unknown variables, and without it any instruction may.
    Recovery(const Code& code, const std::vector<Variable>& variables, const Types& types,
             UnknownFrom unknown = {}, const std::vector<LineRow>& rows = {});
    Recovery(Recovery&&) noexcept;
    Recovery& operator=(Recovery&&) noexcept;
    ~Recovery();

    // Before the instruction at `address` is executed. Gone where no instruction starts there.
    [[nodiscard]] Recovered at(uint64_t address, DieOffset variable) const;
    // Whether two locations are one there: a slot may be named by either of two registers.
    [[nodiscard]] bool same_place(uint64_t address, const Location& one,
                                  const Location& other) const;
    // False where debug information names a slot of the stack that not every way there may have
    // written to. at() says so too, and much else.
    [[nodiscard]] bool may_be_set(uint64_t address, DieOffset variable) const;

    // Where in memory the variable was loaded from that is in the location there, as far as that is
    // proven. `unwritten`: only where nothing was written to memory since.
    [[nodiscard]] std::vector<Location> loaded_from(uint64_t address, DieOffset variable,
                                                    const Location& location, bool unwritten) const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace knowhy::symbols
