// One expansion of a macro: its body with the arguments put in.
#pragma once

#include <map>
#include <string>

#include "lang/ast/ast.h"

namespace knowhy::lang::bpftrace {

// By parameter's name.
struct Arguments {
    std::map<std::string, std::string> variables;
    std::map<std::string, std::string> maps;
    std::map<std::string, const ExprPtr*> expressions;
};

// A BlockValue, whose value is null when the macro has none. `number` makes the body's own
// variables differ from those of every other expansion. Reports what the body has no right to.
ExprPtr substitute(const Macro& macro, const Arguments& arguments, size_t number, Span call,
                   Diagnostics& diagnostics);

}  // namespace knowhy::lang::bpftrace
