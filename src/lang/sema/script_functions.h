// Functions of a script's own, of both dialects: SystemTap's `function f(a, b) { ... }`, bpftrace's
// `fn f($a : int64) : int64 { ... }`.
//
// Each becomes a function of the IR in every program that calls it, made at its first call there.
// What it is called with, its variables and its result lie in buffers that it shares with its
// callers: it may have any number of parameters, of any type. No function comes to call itself, so
// one set of buffers is enough.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "ir/ir.h"
#include "lang/ast/ast.h"
#include "lang/sema/script_context.h"
#include "lang/sema/value.h"

namespace knowhy::lang {

// A variable of a program: its type, and the register or the place that it lives in.
struct Home {
    Type type;
    std::variant<ir::Reg, ir::Place> at;
};
using Homes = std::map<std::string, Home>;

// What a function comes to in one program.
struct OwnFunction {
    ir::FunctionId code;
    Homes homes;  // its parameters among them
    std::optional<Home> result;
};

// The function of that name that takes so many arguments, or nullptr; of several the one that goes
// first.
const Function* own_function(const Script& script, std::string_view name, size_t arguments);
// How many arguments the first of that name takes.
size_t own_function_parameters(const Script& script, std::string_view name);
// Whether there is any of that name.
bool is_own_function(const Script& script, std::string_view name);

}  // namespace knowhy::lang
