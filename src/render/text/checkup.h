// `knowhy doctor` for people.
#pragma once

#include <string>

#include "model/checkup.h"
#include "render/text/drops.h"

namespace knowhy::render {

std::string checkup_text(const model::Checkup& checkup, const TextOptions& options);

}  // namespace knowhy::render
