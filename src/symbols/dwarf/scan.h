// One pass over every unit of a file, on all processors.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "symbols/dwarf/scopes.h"
#include "symbols/dwarf/unit.h"

namespace knowhy::symbols {

// How many threads a pass over that many units takes.
unsigned scan_threads(size_t units);

// Calls `take` for every unit, from `threads` threads; within one thread in ascending order. `take`
// gets the thread's number, for results of its own.
void scan_units(const DebugSections& sections, const std::vector<UnitHeader>& headers,
                unsigned threads, const std::function<void(unsigned thread, const Unit&)>& take);

// The unit's outermost entries, and those within namespaces and the like; bodies are passed over.
// `wanted` says of which tags the fields are read. Ends when `take` returns false.
void each_outer_entry(const Unit& unit, const std::function<bool(uint16_t tag)>& wanted,
                      const std::function<bool(const Entry&)>& take);

// Functions of one unit by name: scopes that are an instance of a function whose name `matches`.
struct NamedScope {
    std::string_view name;  // in the file's own bytes
    uint64_t unit = 0;      // its header's offset
    uint64_t die = 0;
};
using NameMatch = std::function<bool(std::string_view)>;
void find_functions(const Unit& unit, const NameMatch& matches, std::vector<NamedScope>& found);

}  // namespace knowhy::symbols
