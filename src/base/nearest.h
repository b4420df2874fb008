// What someone who mistyped a name most likely meant.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace knowhy {

// nullopt when none is near (at most a third of it differs).
std::optional<std::string> nearest(const std::string& word, const std::vector<std::string>& names);

}  // namespace knowhy
