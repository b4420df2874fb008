// What `knowhy show` found in a kernel's memory, as JSON Lines: one for each object.
#pragma once

#include <string>

#include "model/shown.h"

namespace knowhy::render {

std::string showing_json(const model::Showing& showing);

}  // namespace knowhy::render
