// The calls of two sides beside each other.
#pragma once

#include <string>

#include "model/comparison.h"

namespace knowhy::render {

// What is alike before and after the steps is told as a number; of the steps, what differs is
// marked, and where they part says so.
std::string path_html(const model::ComparedPath& path);

}  // namespace knowhy::render
