// Whether a printf format fits what it is given. render/script carries it out.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "lang/types/types.h"
#include "model/script_format.h"

namespace knowhy::lang {

// `given` are the values' types, those of a `*` width or precision before the value's own. A
// problem that no single conversion has (too many values) is about the whole format.
std::optional<model::FormatProblem> check_format(std::string_view format,
                                                 model::FormatDialect dialect,
                                                 const std::vector<Type>& given,
                                                 const symbols::Types& types);

}  // namespace knowhy::lang
