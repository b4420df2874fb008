#include "base/file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/fd.h"
#include "base/text.h"

namespace knowhy {

Result<std::string> read_file(const std::string& path, size_t limit) {
    constexpr size_t kStep = 256UL * 1024;
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.valid()) return fail_errno(errno, fmt::format("cannot open {}", escaped(path)));

    std::string text;
    size_t used = 0;
    while (true) {
        if (text.size() - used < kStep) text.resize(text.size() + std::max(kStep, text.size()));
        const ssize_t got = ::read(file.get(), text.data() + used, text.size() - used);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno(errno, fmt::format("cannot read {}", escaped(path)));
        if (got == 0) break;
        used += static_cast<size_t>(got);
        if (used > limit) {
            return fail(ErrorKind::Usage, "{} is larger than {} bytes, the most that is read",
                        escaped(path), limit);
        }
    }
    text.resize(used);
    return text;
}

int write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return written < 0 ? errno : EIO;
        bytes.remove_prefix(static_cast<size_t>(written));
    }
    return 0;
}

}  // namespace knowhy
