#include "host/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "base/fd.h"
#include "base/file.h"
#include "base/text.h"

namespace knowhy::host {
namespace {

// Far above what any of them is on a healthy host (tcp sockets and conntrack entries are lines).
constexpr size_t kMaxBytes = size_t{64} << 20U;

}  // namespace

Result<std::string> read_kernel_file(const std::string& path) {
    return read_file(path, kMaxBytes);
}

Status write_kernel_file(const std::string& path, std::string_view text) {
    const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!file.valid()) return fail_errno(errno, fmt::format("cannot open {}", escaped(path)));
    const ssize_t put = ::write(file.get(), text.data(), text.size());
    if (put < 0) return fail_errno(errno, fmt::format("cannot write {}", escaped(path)));
    if (static_cast<size_t>(put) != text.size())
        return fail(ErrorKind::System, "{} took only {} of {} bytes", escaped(path), put,
                    text.size());
    return {};
}

Result<std::vector<std::string>> list_directory(const std::string& path) {
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(path.c_str()), ::closedir);
    if (!directory) return fail_errno(errno, fmt::format("cannot list {}", escaped(path)));
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(directory.get())) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") names.emplace_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
}

bool file_exists(const std::string& path) {
    return ::access(path.c_str(), F_OK) == 0;
}

}  // namespace knowhy::host
