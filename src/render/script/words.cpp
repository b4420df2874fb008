#include "render/script/words.h"

#include <cerrno>
#include <cstring>

namespace knowhy::render {

std::string helper_error_words(const model::HelperError& error) {
    if (error.helper == "map_update_elem" && error.os_errno == E2BIG) {
        return "Map full; can't update element (max_map_keys)";
    }
    const bool missing = error.os_errno == 0 || error.os_errno == ENOENT;
    if (error.helper == "map_lookup_elem" && missing) return "No such map element";
    if (error.helper == "map_delete_elem" && missing) return "No such map element to delete";
    return strerror(error.os_errno);
}

}  // namespace knowhy::render
