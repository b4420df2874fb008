// Where BTF comes from on the machine that runs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "symbols/btf/types.h"

namespace knowhy::symbols {

// Unsupported where the kernel has none.
Result<BtfPtr> load_vmlinux_btf();
// nullptr when the module is not loaded or has none. `vmlinux` must outlive it.
BtfPtr load_module_btf(const std::string& name, btf* vmlinux);
std::vector<std::string> modules_with_btf();

}  // namespace knowhy::symbols
