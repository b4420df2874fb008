// The functions that a script can call, as a table: how each is called, what it does, and the code.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lang/sema/lowering.h"

namespace knowhy::lang {

struct FunctionInfo {
    std::string_view name;
    std::string_view form;  // "str(pointer[, length])"
    std::string_view what;
    size_t least = 0;  // arguments
    size_t most = 0;
    bool unsafe = false;  // changes the host: only with --unsafe
    Value (*lower)(Lowering&, const Call&, Span);
};

const FunctionInfo* find_function(std::string_view name, Dialect dialect = Dialect::Bpftrace);
const std::vector<FunctionInfo>& functions();
std::vector<std::string> function_names(Dialect dialect);

// The kernel's stack where the program runs.
Value kernel_stack(Lowering& lowering, const Type::Stack& how, Span span);

// Whether it is one of those that only a map takes: count(), sum()...
bool is_aggregation(std::string_view function);

// The tables that functions() is made of, a file each.
std::vector<FunctionInfo> output_functions();
std::vector<FunctionInfo> value_functions();
std::vector<FunctionInfo> string_functions();
std::vector<FunctionInfo> task_functions();
std::vector<FunctionInfo> language_functions();
std::vector<FunctionInfo> packet_functions();

// Whether it is an address or a number; complains where not.
bool is_scalar_argument(Lowering& lowering, const Value& value, Span span);

}  // namespace knowhy::lang
