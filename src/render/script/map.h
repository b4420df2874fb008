// Maps as bpftrace prints them.
#pragma once

#include <string>
#include <vector>

#include "model/script.h"
#include "render/script/options.h"

namespace knowhy::render {

// As they are printed, print()'s `top` applied: by value where that is a number, by key otherwise.
// Of equal values the keys decide, and what cannot be compared stays as it came.
std::vector<model::MapDump::Entry> printed_entries(const model::MapDump& map,
                                                   const ScriptOptions& options);

// With the newline at its end; "" where there is nothing to print.
std::string map_text(const model::MapDump& map, const ScriptOptions& options);

}  // namespace knowhy::render
