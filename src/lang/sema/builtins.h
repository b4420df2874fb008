// The builtin variables, as a table: what each is, and the code for it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lang/sema/lowering.h"

namespace knowhy::lang {

struct Builtin {
    std::string_view name;
    std::string_view type;  // as help shows it
    std::string_view what;
    Value (*lower)(Lowering&, Span);
};

const Builtin* find_builtin(std::string_view name);
const std::vector<Builtin>& builtins();  // by name
std::vector<std::string> builtin_names();

}  // namespace knowhy::lang
