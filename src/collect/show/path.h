// Paths of members as C writes them: "ip_ptr->ifa_list->ifa_address", "_tx[1].qdisc", "dev.kobj".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace knowhy::collect {

struct PathStep {
    std::string member;      // "" for an index
    uint64_t index = 0;      // of an array, or of what a pointer points to
    size_t at = 0;           // where it stands in the path's text
    std::string until_here;  // the path with this step: "ip_ptr->ifa_list"
};

// What is wrong with a path, and where: for a caret under it.
struct PathProblem {
    size_t at = 0;
    std::string message;  // one line
};

using Path = std::vector<PathStep>;

// `.` and `->` mean the same: whether a pointer has to be followed is the types' to say. A path has
// at least one step, and starts with a member's name.
tl::expected<Path, PathProblem> parse_path(std::string_view text);

}  // namespace knowhy::collect
