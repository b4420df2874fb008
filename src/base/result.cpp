#include "base/result.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace knowhy {

std::string errno_name(int number) {
    const int positive = std::abs(number);
    const char* name = strerrorname_np(positive);
    return name != nullptr ? name : fmt::format("errno {}", positive);
}

tl::unexpected<Error> fail_errno(int os_errno, std::string message) {
    const int positive = std::abs(os_errno);
    const bool refused = positive == EPERM || positive == EACCES;
    return tl::unexpected(
        Error{refused ? ErrorKind::Privilege : ErrorKind::System,
              fmt::format("{}: {}", message,
                          strerrordesc_np(positive) != nullptr ? strerrordesc_np(positive)
                                                               : errno_name(positive)),
              positive});
}

}  // namespace knowhy
