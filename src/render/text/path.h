// The calls of two sides beside each other.
#pragma once

#include <string>

#include "model/comparison.h"
#include "render/text/drops.h"

namespace knowhy::render {

// Two columns with what is alike folded; "<" only the good side has it, ">" only the bad side, "|"
// both with other values; "=>" where they part.
std::string path_text(const model::ComparedPath& path, const TextOptions& options);

}  // namespace knowhy::render
