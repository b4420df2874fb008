// `knowhy doctor --json`: one line of type "doctor".
#pragma once

#include <string>

#include "model/checkup.h"

namespace knowhy::render {

std::string checkup_json(const model::Checkup& checkup);

}  // namespace knowhy::render
