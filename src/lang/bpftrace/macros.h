// Macros, by their bodies.
//
// They are hygienic: what a body assigns to is its own in each expansion (a variable $x becomes
// "x@1", "x@2", which no script can name), and besides that it only has what is passed to it. A
// parameter $v stands for a variable and @m for a map, by name; any other for an expression, which
// is evaluated wherever the body has it. Of several macros by one name the one is taken that fits
// the arguments, $v and @m before expressions. A macro without parameters may be used without
// parentheses. What comes of a call is a BlockValue, or its value alone when it has no statements.
#pragma once

#include "lang/ast/ast.h"

namespace knowhy::lang::bpftrace {

// Afterwards the script has no macros and uses none.
void expand_macros(Script& script, Diagnostics& diagnostics);

}  // namespace knowhy::lang::bpftrace
