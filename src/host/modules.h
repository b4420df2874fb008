// Kernel modules, for the parts of the kernel that a question alone would make it load.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace knowhy::host {

// By name, as /proc/modules has them. Empty on a kernel without modules.
Result<std::vector<std::string>> loaded_modules();

// True when the module is neither loaded nor built in, so that what it would hold cannot exist.
// False when that is not certain.
bool module_is_absent(const std::string& name);

}  // namespace knowhy::host
