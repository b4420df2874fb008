// bpftrace's `-f json`: a line for each thing said, in its spacing.
#pragma once

#include <string>

#include "model/script.h"
#include "render/script/options.h"

namespace knowhy::render {

// With its newline; "" for a map without entries. Always valid JSON, where bpftrace prints bytes
// that are no UTF-8 as they are (0.26) or as \uffffffXX (0.17): they become U+FFFD.
std::string peer_json(const model::ScriptEvent& event, const ScriptOptions& options);

}  // namespace knowhy::render
