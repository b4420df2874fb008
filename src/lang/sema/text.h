// Small questions about a script's texts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lang/ast/ast.h"

namespace knowhy::lang {

// "17", "0x11"; underscores between digits are allowed.
std::optional<uint64_t> parse_number(std::string_view text);
// The same with a sign.
std::optional<int64_t> parse_integer(std::string_view text);
// "arg0" to "arg9": the number.
std::optional<unsigned> argument_number(std::string_view name);
// The point's parts from `from` on, with colons.
std::string point_text(const ProbePoint& point, size_t from);
// "str() takes 1 or 2 arguments, and 3 are given".
std::string wrong_count(std::string_view function, size_t least, size_t most, size_t given);
// For a name that is not among these: the one that is near, else some of them; "" for none.
std::string fields_hint(const std::string& name, const std::vector<std::string>& names);

}  // namespace knowhy::lang
