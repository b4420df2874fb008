#include "host/sysctl.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <vector>

#include "base/fd.h"
#include "base/text.h"
#include "host/files.h"

namespace knowhy::host {
namespace {

// The folders whose entries are named after devices; below each entry there are only files.
constexpr std::array<std::string_view, 5> kPerDevice{
    "net.ipv4.conf.", "net.ipv6.conf.", "net.ipv4.neigh.", "net.ipv6.neigh.", "net.mpls.conf."};

std::string with_slashes(std::string_view dotted) {
    std::string path(dotted);
    std::replace(path.begin(), path.end(), '.', '/');
    return path;
}

// The name as a path below /proc/sys, not yet checked.
std::string relative_path(std::string_view name) {
    if (name.find('/') != std::string_view::npos) return std::string(name);
    for (const std::string_view folder : kPerDevice) {
        if (!name.starts_with(folder)) continue;
        const std::string_view rest = name.substr(folder.size());
        const size_t dot = rest.rfind('.');
        if (dot == std::string_view::npos) break;
        return with_slashes(folder) + std::string(rest.substr(0, dot)) + "/" +
               std::string(rest.substr(dot + 1));
    }
    return with_slashes(name);
}

constexpr std::string_view kRoot = "/proc/sys/";

std::string with_dots(std::string_view path) {
    std::string name(path);
    std::replace(name.begin(), name.end(), '/', '.');
    return name;
}

// A sysctl answers the first read with all of it, when there is room: a read less for each of
// thousands.
Result<std::string> read_value(const std::string& path) {
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.valid()) return fail_errno(errno, fmt::format("cannot open {}", escaped(path)));
    std::array<char, 4096> buffer{};
    const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0) return fail_errno(errno, fmt::format("cannot read {}", escaped(path)));
    if (static_cast<size_t>(got) == buffer.size()) return read_kernel_file(path);
    return std::string(buffer.data(), static_cast<size_t>(got));
}

// What goes away meanwhile, with its device, is left out.
void add_below(const std::string& folder, std::map<std::string, std::string>& to) {
    std::error_code gone;
    std::filesystem::directory_iterator entry(folder, gone);
    for (; !gone && entry != std::filesystem::directory_iterator(); entry.increment(gone)) {
        const std::string path = entry->path().string();
        std::error_code unknown;
        if (entry->is_directory(unknown)) {
            add_below(path, to);
        } else if (!sysctl_is_secret(path)) {
            const auto text = read_value(path);
            if (text) to.emplace(with_dots(path.substr(kRoot.size())), trimmed(*text));
        }
    }
}

}  // namespace

std::optional<std::string> sysctl_path(std::string_view name) {
    const std::string path = relative_path(name);
    if (path.find('\0') != std::string::npos) return std::nullopt;
    for (const std::string_view part : split(path, '/')) {
        if (part.empty() || part == "." || part == "..") return std::nullopt;
    }
    return std::string(kRoot) + path;
}

Result<std::optional<std::string>> read_sysctl(std::string_view name) {
    const auto path = sysctl_path(name);
    if (!path) return std::optional<std::string>{};
    auto text = read_value(*path);
    if (!text && (text.error().os_errno == ENOENT || text.error().os_errno == ENOTDIR))
        return std::optional<std::string>{};
    if (!text) return tl::unexpected(std::move(text).error());
    return std::optional(std::string(trimmed(*text)));
}

bool sysctl_is_secret(std::string_view name) {
    const std::string_view last = name.substr(name.find_last_of("./") + 1);
    return last == "tcp_fastopen_key" || last == "stable_secret";
}

Result<std::map<std::string, std::string>> read_sysctls_below(const std::string& folder) {
    const std::string path = std::string(kRoot) + folder;
    if (!file_exists(path)) return fail_errno(ENOENT, fmt::format("cannot list {}", escaped(path)));
    std::map<std::string, std::string> found;
    add_below(path, found);
    return found;
}

Status write_sysctl(std::string_view name, std::string_view value) {
    const auto path = sysctl_path(name);
    if (!path) return fail(ErrorKind::Usage, "not the name of a sysctl: {}", escaped(name));
    return write_kernel_file(*path, value);
}

}  // namespace knowhy::host
