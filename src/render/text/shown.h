// What `knowhy show` found in a kernel's memory, as text.
#pragma once

#include <string>

#include "model/shown.h"
#include "render/text/drops.h"

namespace knowhy::render {

// `layout`: each member's offset and type, too.
std::string showing_text(const model::Showing& showing, bool layout, const TextOptions& options);

}  // namespace knowhy::render
