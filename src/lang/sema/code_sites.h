// A place that debug information tells of, as where a program runs.
#pragma once

#include <string>

#include "lang/sema/probes.h"

namespace knowhy::lang {

// A part of a function, which the compiler split off and inlined again: no call of its own.
bool is_part_of_itself(const symbols::CodePlace& place);

ProbeSite site_at(symbols::CodePlace place, std::string provider);

// SystemTap's probe points; as resolve() otherwise.
std::vector<ProbeSite> resolve_stap(const ProbePoint& point, Kernel& kernel,
                                    Diagnostics& diagnostics);

}  // namespace knowhy::lang
