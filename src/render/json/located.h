// What `knowhy locate` found out, as one line of JSON.
#pragma once

#include <string>

#include "model/located.h"
#include "render/json/values.h"

namespace knowhy::render {

std::string located_json(const model::Located& located);

// An inline chain, the innermost level first.
Json levels_json(const std::vector<model::InlineLevel>& chain);

}  // namespace knowhy::render
