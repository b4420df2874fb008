// What a script says, as bpftrace's text output has it.
#pragma once

#include <string>

#include "model/script.h"
#include "render/script/options.h"

namespace knowhy::render {

struct SaidText {
    std::string out;
    std::string error;  // for standard error

    bool operator==(const SaidText&) const = default;
};

SaidText event_text(const model::ScriptEvent& event, const ScriptOptions& options);

// Between what the script said and its maps, at the end.
std::string end_text();

}  // namespace knowhy::render
