#include "host/kernel_mount.h"

#include <fmt/format.h>
#include <linux/mount.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>

namespace knowhy::host {
namespace {

bool is_mounted(const std::string& place, uint32_t magic) {
    struct statfs found {};
    return ::statfs(place.c_str(), &found) == 0 && static_cast<uint32_t>(found.f_type) == magic;
}

// Called by number: a glibc before 2.36 has no names for them.
UniqueFd mount_alone(const std::string& type) {
    const UniqueFd context(static_cast<int>(::syscall(SYS_fsopen, type.c_str(), FSOPEN_CLOEXEC)));
    if (!context.valid()) return UniqueFd();
    if (::syscall(SYS_fsconfig, context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0)
        return UniqueFd();
    return UniqueFd(static_cast<int>(::syscall(SYS_fsmount, context.get(), FSMOUNT_CLOEXEC, 0)));
}

}  // namespace

Result<KernelMount> KernelMount::open(const std::string& type, uint32_t magic,
                                      const std::vector<std::string>& places) {
    KernelMount mount;
    for (const std::string& place : places) {
        if (!is_mounted(place, magic)) continue;
        mount.root_ = place;
        return mount;
    }
    mount.own_ = mount_alone(type);
    if (!mount.own_.valid()) {
        return fail_errno(
            errno, fmt::format("{} is not mounted at {}, and cannot be", type, places.front()));
    }
    mount.root_ = fmt::format("/proc/self/fd/{}", mount.own_.get());
    return mount;
}

std::string KernelMount::path(std::string_view file) const {
    return fmt::format("{}/{}", root_, file);
}

}  // namespace knowhy::host
