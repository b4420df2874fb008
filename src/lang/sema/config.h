// What stands at the top of a script: its config, includes and definitions.
#pragma once

#include "lang/sema/script_context.h"

namespace knowhy::lang {

// The config block, and the BPFTRACE_* variables of the environment, which win.
Config read_config(ScriptContext& context);

// Complains about what cannot be had: imports, functions.
void check_declarations(ScriptContext& context);

}  // namespace knowhy::lang
