// Variables with a place of their own in memory, that only a function's abstract instance names.
#pragma once

#include <elfutils/libdw.h>

#include <cstdint>
#include <vector>

#include "symbols/dwarf/scopes.h"

namespace knowhy::symbols {

// GCC describes a static variable once, where the function is described for all its bodies, and
// leaves it out of a body whose block it thought empty. The entries of those that are not among
// `known`, or what these are instances of. Empty for a scope that is an instance of nothing.
std::vector<uint64_t> abstract_statics(Dwarf* dwarf, const Scope& level,
                                       const std::vector<uint64_t>& known);

}  // namespace knowhy::symbols
