// Variables of the probed code as SystemTap's scripts ask for them: all at once, as texts, by
// address, and whether there are such.
#pragma once

#include <optional>
#include <string>

#include "lang/sema/lowering.h"

namespace knowhy::lang {

// `$x$` and `$x->y$$`: members and their values, to the depth of one, or of all that find room.
Value pretty_text(Lowering& lowering, const Pretty& node, Span span);

// `$$vars`, `$$parms`, `$$locals`, `$$return` and `$$name`; `which` is without the first dollar.
Value all_variables(Lowering& lowering, const std::string& which, Span span);

// `&$x->y`
Value address_taken(Lowering& lowering, const Expr& operand, Span span);

// `@var("name")`, `@var("name@file", "module")`
Value named_variable(Lowering& lowering, const TargetVariable& node, Span span);

// Whether a value can be had where the program runs: @defined(). Known before it runs.
bool is_defined(Lowering& lowering, const Expr& expr);

// What a condition comes to that asks nothing but what is defined; nullopt for all others. What it
// does not choose is not looked at.
std::optional<bool> decided(Lowering& lowering, const Expr& condition);

// Whether it is a variable of the probed code, or a field, an element or the text of one.
bool is_target(const Expr& expr);
// Whether it is what a function returns, or of it.
bool is_of_return(const Expr& expr);

}  // namespace knowhy::lang
