// What `knowhy locate` found out, as text.
#pragma once

#include <string>
#include <vector>

#include "model/located.h"
#include "render/text/drops.h"

namespace knowhy::render {

// `every_line`: one line for each instance, for "FILE:*".
std::string located_text(const model::Located& located, bool every_line,
                         const TextOptions& options);

// "net/ipv4/ip_input.c:540", "?" where the compiler names none.
std::string line_text(const std::string& file, uint32_t line);

}  // namespace knowhy::render
