// bpftrace's language, as release 0.26 has it and with what 0.17 still accepted, to the tree.
//
// Ours besides: kprobe:FILE:LINE and kprobe:inline:FUNCTION, which here are probe points like
// others. Positional parameters stay in the tree, and so do macros: see macros.h.
#pragma once

#include <optional>

#include "lang/ast/ast.h"

namespace knowhy::lang::bpftrace {

// nullopt when there were errors. A script is read on behind an error from the next probe, so that
// several are told at once.
std::optional<Script> parse(const Source& source, Diagnostics& diagnostics);

}  // namespace knowhy::lang::bpftrace
