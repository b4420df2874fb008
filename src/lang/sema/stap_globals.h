// SystemTap's global variables: what they hold at first, and which of them are printed by
// themselves when the script ends.
#pragma once

#include "lang/sema/script_context.h"

namespace knowhy::lang {

// Before the first round.
void declare_globals(ScriptContext& script);

// At the start of each round: those that are printed come in the order of their declaration.
void place_globals(ScriptContext& script);

}  // namespace knowhy::lang
