// What the printers of a script's output are told.
#pragma once

#include <string>

#include "model/script_format.h"

namespace knowhy::render {

struct ScriptOptions {
    // Whose text, where bpftrace's has changed: 0.26's as its manual has it, or that of 0.17.
    enum class Compat { Bpftrace026, Bpftrace017 } compat = Compat::Bpftrace026;
    model::FormatDialect dialect = model::FormatDialect::Bpftrace;
    std::string cut_trailer = "..";  // after a string that was longer; 0.17 has none

    [[nodiscard]] bool is_017() const { return compat == Compat::Bpftrace017; }
    [[nodiscard]] bool is_systemtap() const { return dialect == model::FormatDialect::SystemTap; }
};

}  // namespace knowhy::render
