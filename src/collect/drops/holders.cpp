#include "collect/drops/holders.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>

#include "base/text.h"
#include "host/files.h"

namespace knowhy::collect {
namespace {

constexpr size_t kMostHeld = 512;
constexpr size_t kFilesOfOne = 5;     // the namespace, and what watches it
constexpr size_t kFilesOfOurs = 128;  // for all else, and for namespaces that a loss makes known

// Open files of this process on a namespace, ours included.
unsigned own_files_on(const std::string& link) {
    unsigned count = 0;
    const auto numbers = host::list_directory("/proc/self/fd");
    if (!numbers) return 0;
    for (const std::string& number : *numbers) {
        std::error_code gone;
        if (std::filesystem::read_symlink("/proc/self/fd/" + number, gone) == link) ++count;
    }
    return count;
}

}  // namespace

bool held_elsewhere(uint32_t inum) {
    const std::string link = fmt::format("net:[{}]", inum);
    if (own_files_on(link) > 1) return true;
    const auto mounts = host::read_kernel_file("/proc/self/mountinfo");
    if (mounts && mounts->find(link) != std::string::npos) return true;
    const auto entries = host::list_directory("/proc");
    if (!entries) return true;
    const std::string self = std::to_string(getpid());
    return std::any_of(entries->begin(), entries->end(), [&](const std::string& pid) {
        if (!parse_u64(pid) || pid == self) return false;
        struct stat seen {};
        const std::string path = fmt::format("/proc/{}/ns/net", pid);
        return stat(path.c_str(), &seen) == 0 && seen.st_ino == inum;
    });
}

size_t most_held() {
    rlimit files{};
    if (getrlimit(RLIMIT_NOFILE, &files) != 0) return 0;
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    getrlimit(RLIMIT_NOFILE, &files);
    const size_t ours = std::max<size_t>(files.rlim_cur, kFilesOfOurs) - kFilesOfOurs;
    return std::min(kMostHeld, ours / kFilesOfOne);
}

}  // namespace knowhy::collect
