// Whose losses a run is asked for, by the names that a user gives.
#pragma once

#include <string>

#include "base/result.h"
#include "model/observation.h"

namespace knowhy::collect {

// `netns` is a name in /run/netns, `device` one in that namespace (in the own one when `netns` is
// ""). Both empty: everything. A name that nothing has is ErrorKind::Usage.
Result<model::Scope> resolve_scope(const std::string& netns, const std::string& device);

}  // namespace knowhy::collect
