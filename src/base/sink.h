// Where a long text goes, piece by piece, so that nobody has to hold it whole.
#pragma once

#include <functional>
#include <string_view>

#include "base/result.h"

namespace knowhy {

using Sink = std::function<Status(std::string_view)>;

}  // namespace knowhy
