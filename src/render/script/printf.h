// printf() of both dialects.
#pragma once

#include <string>

#include "model/script.h"
#include "render/script/options.h"

namespace knowhy::render {

// A value that does not fit its conversion, which lang/types would have refused, prints as %s
// would; one that is missing prints nothing.
std::string formatted_text(const model::Formatted& what, const ScriptOptions& options);

}  // namespace knowhy::render
