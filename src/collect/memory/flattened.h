// makedumpfile's flattened form, in which QEMU writes a dump to what it may not seek in: each block
// comes with the place that it belongs to. Source: makedumpfile's IMPLEMENTATION file.
#pragma once

#include <optional>

#include "base/fd.h"
#include "base/result.h"

namespace knowhy::collect {

// The dump with every block in its place, in a file without a name beside other temporary files;
// nullopt where `file` is not flattened. Usage for one that is damaged.
Result<std::optional<UniqueFd>> unflatten(int file);

}  // namespace knowhy::collect
