// What to try where a probe point is not in this kernel.
#pragma once

#include <string>

#include "lang/ast/ast.h"
#include "lang/sema/kernel.h"

namespace knowhy::lang {

// For a function that no list has: another spelling, another module, or that it is inlined.
std::string missing_function_hint(Kernel& kernel, const std::string& name,
                                  const std::string& module, Dialect dialect);
// For SYSTEM:EVENT.
std::string missing_tracepoint_hint(Kernel& kernel, const std::string& system,
                                    const std::string& event);
// For a raw tracepoint; "kernel.trace" has the same.
std::string missing_raw_tracepoint_hint(Kernel& kernel, const std::string& event);

}  // namespace knowhy::lang
