// The functions of SystemTap's tapset that knowhy has itself: there they are C of the kernel.
#pragma once

#include <vector>

#include "lang/sema/functions.h"

namespace knowhy::lang {

const std::vector<FunctionInfo>& tapset();

}  // namespace knowhy::lang
