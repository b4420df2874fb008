// What `knowhy locate` found out, as one line of JSON.
#pragma once

#include <string>

#include "model/located.h"

namespace knowhy::render {

std::string located_json(const model::Located& located);

}  // namespace knowhy::render
