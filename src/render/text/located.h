// What `knowhy locate` found out, as text.
#pragma once

#include <string>

#include "model/located.h"
#include "render/text/drops.h"

namespace knowhy::render {

// `every_line`: one line for each instance, for "FILE:*".
std::string located_text(const model::Located& located, bool every_line,
                         const TextOptions& options);

}  // namespace knowhy::render
