// From a syntax tree to a plan: what each name means, what type each value has, and the programs.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lang/ast/ast.h"
#include "lang/plan/plan.h"
#include "lang/sema/kernel.h"
#include "lang/source/source.h"

namespace knowhy::lang {

struct CompileOptions {
    std::vector<std::string> arguments;  // $1, $2...
    bool unsafe = false;                 // system(), signals
    std::optional<uint32_t> child;       // cpid: the pid of -c's command
};

// nullopt: `diagnostics` says why, with at least one error.
std::optional<Plan> compile(const Script& script, const Source& source, Kernel& kernel,
                            const CompileOptions& options, Diagnostics& diagnostics);

}  // namespace knowhy::lang
