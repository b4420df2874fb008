// Scripts as the command line names them, up to what they mean.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "lang/ast/ast.h"
#include "lang/plan/plan.h"
#include "lang/sema/compile.h"
#include "lang/source/source.h"

namespace knowhy::cli {

struct NamedScript {
    lang::Source source;
    lang::Dialect dialect = lang::Dialect::Bpftrace;
    bool warnings = true;  // said, besides errors
};

// `path`: a file, or "-" for standard input. `language`: "bpftrace", "stap", or "": then the file's
// name (*.stp) and its first line (#!) decide.
Result<NamedScript> read_script(const std::string& path, const std::string& language);
Result<NamedScript> script_of_argument(const std::string& text, const std::string& language);

// What is wrong with it is on standard error when these give nothing.
std::optional<lang::Script> parse_script(const NamedScript& script,
                                         const std::vector<std::string>& arguments);
std::optional<lang::Plan> compile_script(const NamedScript& script, lang::Script parsed,
                                         lang::Kernel& kernel, const lang::CompileOptions& options);

}  // namespace knowhy::cli
