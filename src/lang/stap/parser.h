// SystemTap's language to the tree.
//
// Embedded C is refused, with a code of its own (KW1022).
// An operator with an at-sign that is neither of the language nor a macro of the script's, such as
// @choose_defined, becomes a Call by that name: the tapset's macros are for sema to know.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lang/ast/ast.h"

namespace knowhy::lang::stap {

struct Options {
    // What a name in a condition %( kernel_v >= "5.0" %? ... %) stands for: kernel_v, kernel_vr,
    // arch, runtime, systemtap_v, CONFIG_NET..., and "$#" or "@1" when no arguments are given
    // below. nullopt: unknown, and the script is refused.
    std::function<std::optional<std::string>(std::string_view name)> value_of;
    // The script's arguments. As SystemTap does, $1 is replaced by its argument's tokens, even
    // `kernel.function("ip_rcv")`, and @1 by it as a string. Not given, they stay in the tree.
    std::optional<std::vector<std::string>> arguments;
    // Texts whose @define macros the script may use, as of .stpm files.
    std::vector<std::string> libraries;
};

// nullopt when there were errors. A script is read on behind an error from the next declaration.
std::optional<Script> parse(const Source& source, const Options& options, Diagnostics& diagnostics);

}  // namespace knowhy::lang::stap
