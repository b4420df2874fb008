// What a script says, as the house's own JSON lines: docs/json.md, docs/schema/.
#pragma once

#include <string>

#include "model/script.h"
#include "render/script/options.h"

namespace knowhy::render {

// One line, ASCII only, with its newline.
std::string script_json(const model::ScriptEvent& event, const ScriptOptions& options);

}  // namespace knowhy::render
