#include "cli/output.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "base/file.h"
#include "base/text.h"

namespace knowhy::cli {
namespace {

winsize window_size(int fd) {
    winsize size{};
    if (ioctl(fd, TIOCGWINSZ, &size) != 0) return {};
    return size;
}

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

}  // namespace

Result<Output> Output::open(const std::string& path) {
    Output output;
    if (path.empty()) return output;
    output.file_ = UniqueFd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (!output.file_.valid()) return fail_errno(errno, "creating " + path);
    output.name_ = path;
    return output;
}

Status Output::write(std::string_view text) {
    const int error = write_all(fd(), text);
    return error == 0 ? Status() : fail_errno(error, "writing " + name_);
}

bool Output::is_terminal() const {
    return isatty(fd()) == 1;
}

bool Output::wants_colour() const {
    return is_terminal() && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
}

unsigned Output::width() const {
    const unsigned columns = is_terminal() ? window_size(fd()).ws_col : 0;
    return columns == 0 ? 100 : std::max(columns, 40U);
}

unsigned Output::height() const {
    const unsigned rows = window_size(fd()).ws_row;
    return rows == 0 ? 24 : rows;
}

}  // namespace knowhy::cli
