#include "host/modules.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <cerrno>

#include "base/text.h"
#include "host/files.h"

namespace knowhy::host {
namespace {

// modules.builtin lists paths: "kernel/net/netfilter/nf_tables.ko".
bool is_built_in(const std::string& name, const std::string& builtin) {
    return builtin.find("/" + name + ".ko") != std::string::npos;
}

}  // namespace

Result<std::vector<std::string>> loaded_modules() {
    std::vector<std::string> names;
    const auto text = read_kernel_file("/proc/modules");
    if (!text && text.error().os_errno == ENOENT) return names;
    if (!text) return tl::unexpected(text.error());
    for (const std::string_view line : split(*text, '\n')) {
        const auto fields = split_whitespace(line);
        if (!fields.empty()) names.emplace_back(fields[0]);
    }
    return names;
}

bool module_is_absent(const std::string& name) {
    if (file_exists("/sys/module/" + name)) return false;
    if (!file_exists("/proc/modules")) return false;  // everything there is, is built in
    utsname system{};
    if (::uname(&system) != 0) return false;
    const auto builtin =
        read_kernel_file(fmt::format("/lib/modules/{}/modules.builtin", system.release));
    return builtin && !is_built_in(name, *builtin);
}

}  // namespace knowhy::host
