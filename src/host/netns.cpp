#include "host/netns.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <exception>
#include <optional>
#include <system_error>
#include <thread>

#include "base/text.h"
#include "host/files.h"

namespace knowhy::host {
namespace {

constexpr const char* kNamedFolder = "/run/netns";

// The inode number of the namespace this path leads to; nullopt when it leads nowhere.
std::optional<uint32_t> inum_of(const std::string& path) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) return std::nullopt;
    return static_cast<uint32_t>(info.st_ino);
}

// Opened first and looked at afterwards, so that what is returned is what was checked.
std::optional<Netns> open_if(const std::string& path, uint32_t inum, std::string name = {}) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat info {};
    if (!fd.valid() || ::fstat(fd.get(), &info) != 0) return std::nullopt;
    if (static_cast<uint32_t>(info.st_ino) != inum) return std::nullopt;
    // A leftover file in /run/netns may happen to have the number.
    if (::ioctl(fd.get(), NS_GET_NSTYPE) != CLONE_NEWNET) return std::nullopt;
    return Netns{inum, std::move(name), std::move(fd)};
}

bool is_number(std::string_view name) {
    return !name.empty() &&
           std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::vector<std::string> numbered_entries(const std::string& folder) {
    auto names = list_directory(folder).value_or(std::vector<std::string>{});
    std::erase_if(names, [](const std::string& name) { return !is_number(name); });
    return names;
}

// Namespaces that have no process are often kept by a bind mount; container engines put it into
// folders of their own. mountinfo's fourth field is "net:[INUM]", the fifth is the mount point.
std::optional<Netns> from_mounts(uint32_t inum) {
    const auto mounts = read_kernel_file("/proc/self/mountinfo");
    if (!mounts) return std::nullopt;
    const std::string root = fmt::format("net:[{}]", inum);
    for (const std::string_view line : split(*mounts, '\n')) {
        const auto fields = split_whitespace(line);
        if (fields.size() < 5 || fields[3] != root) continue;
        if (auto found = open_if(std::string(fields[4]), inum)) return found;
    }
    return std::nullopt;
}

std::optional<Netns> from_processes(uint32_t inum) {
    for (const std::string& pid : numbered_entries("/proc")) {
        const std::string path = "/proc/" + pid + "/ns/net";
        if (inum_of(path) != inum) continue;
        if (auto found = open_if(path, inum)) return found;
    }
    return std::nullopt;
}

// The last resort, because it looks at everything there is: threads that moved away from their
// process, and namespaces that are kept only by somebody's open file.
std::optional<Netns> from_threads_and_files(uint32_t inum) {
    for (const std::string& pid : numbered_entries("/proc")) {
        const std::string process = "/proc/" + pid;
        for (const std::string& tid : numbered_entries(process + "/task")) {
            const std::string path = fmt::format("{}/task/{}/ns/net", process, tid);
            if (inum_of(path) != inum) continue;
            if (auto found = open_if(path, inum)) return found;
        }
        const std::string wanted = fmt::format("net:[{}]", inum);
        for (const std::string& number : numbered_entries(process + "/fd")) {
            const std::string path = fmt::format("{}/fd/{}", process, number);
            std::string target(wanted.size() + 1, '\0');
            const ssize_t length = ::readlink(path.c_str(), target.data(), target.size());
            if (length < 0 || target.substr(0, static_cast<size_t>(length)) != wanted) continue;
            if (auto found = open_if(path, inum)) return found;
        }
    }
    return std::nullopt;
}

bool is_current(int netns_fd) {
    struct stat wanted {};
    return ::fstat(netns_fd, &wanted) == 0 &&
           inum_of("/proc/thread-self/ns/net") == static_cast<uint32_t>(wanted.st_ino);
}

Status enter_and_run(int netns_fd, const std::function<Status()>& action) {
    // A signal is the main thread's business: here it would only interrupt a system call.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    // Entering takes privilege, even into the namespace one is in already.
    if (!is_current(netns_fd) && ::setns(netns_fd, CLONE_NEWNET) != 0)
        return fail_errno(errno, "cannot enter the network namespace");
    try {
        return action();
    } catch (const std::exception& problem) {
        return fail(ErrorKind::Internal, "inside a network namespace: {}", problem.what());
    }
}

}  // namespace

Result<uint32_t> own_netns_inum() {
    const auto inum = inum_of("/proc/thread-self/ns/net");
    if (!inum) return fail_errno(errno, "cannot look at /proc/thread-self/ns/net");
    return *inum;
}

Result<Netns> open_netns(uint32_t inum) {
    for (Netns& named : named_netns()) {
        if (named.inum == inum) return std::move(named);
    }
    if (auto own = open_if("/proc/thread-self/ns/net", inum)) return std::move(*own);
    if (auto mounted = from_mounts(inum)) return std::move(*mounted);
    if (auto lived_in = from_processes(inum)) return std::move(*lived_in);
    if (auto held = from_threads_and_files(inum)) return std::move(*held);
    return fail(ErrorKind::System, "the network namespace {} is gone, or out of reach", inum);
}

std::vector<Netns> named_netns() {
    std::vector<Netns> found;
    for (std::string& name : list_directory(kNamedFolder).value_or(std::vector<std::string>{})) {
        const std::string path = fmt::format("{}/{}", kNamedFolder, name);
        const auto inum = inum_of(path);
        if (!inum) continue;
        if (auto netns = open_if(path, *inum, std::move(name))) found.push_back(std::move(*netns));
    }
    return found;
}

Status in_netns(int netns_fd, const std::function<Status()>& action) {
    Status outcome;
    try {
        std::thread visitor([&] { outcome = enter_and_run(netns_fd, action); });
        visitor.join();
    } catch (const std::system_error& problem) {
        return fail_errno(problem.code().value(), "cannot start a thread");
    }
    return outcome;
}

}  // namespace knowhy::host
