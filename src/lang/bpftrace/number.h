// Numbers as bpftrace writes them: 42, 0x2a, 052, 1_000, 1e6, 5UL, and durations 10ms (in ns).
#pragma once

#include "lang/source/token.h"

namespace knowhy::lang::bpftrace {

// The number that begins at `at`: Number or Bad. A dot and a digit behind it make it Bad, unless
// it stands behind a dot itself and is a tuple's field.
ReadToken read_number(std::string_view text, size_t at, bool behind_dot);

}  // namespace knowhy::lang::bpftrace
