// The machine's CPUs.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace knowhy::host {

// A list of the kernel's: "0-3,8". nullopt when it is none.
std::optional<std::vector<int>> parse_cpu_list(std::string_view text);

// Those that run now; {0} where sysfs does not tell.
std::vector<int> online_cpus();

}  // namespace knowhy::host
