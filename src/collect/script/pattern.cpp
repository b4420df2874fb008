#include "collect/script/pattern.h"

#include <fnmatch.h>

namespace knowhy::collect {

bool Pattern::has_wildcards() const {
    return glob_.find_first_of("*?[") != std::string::npos;
}

bool Pattern::matches(std::string_view name) const {
    if (glob_ == "*") return true;
    return ::fnmatch(glob_.c_str(), std::string(name).c_str(), 0) == 0;
}

}  // namespace knowhy::collect
