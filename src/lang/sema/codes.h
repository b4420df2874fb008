// What sema says stands in the one table of codes.
#pragma once

#include "lang/source/codes.h"

namespace knowhy::lang {
namespace code = codes;
}
