// knowhy list of SystemTap's probe points, as `stap -L` has them.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/listed_probe.h"
#include "lang/sema/kernel.h"

namespace knowhy::cli {

// Whether it is a probe point of SystemTap's: kernel.function("ip_rcv*"), netdev.*
bool is_stap_point(const std::string& pattern);

// The places that the point names, with the variables that can be had at each: where one cannot,
// why not. Of the tapset's points what they set. `kernel` must outlive what is listed.
Result<std::vector<ListedProbe>> list_stap(lang::Kernel& kernel, const std::string& pattern);

}  // namespace knowhy::cli
