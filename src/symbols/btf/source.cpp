#include "symbols/btf/source.h"

#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

namespace knowhy::symbols {
namespace {

constexpr const char* kBtfDirectory = "/sys/kernel/btf";

}  // namespace

Result<BtfPtr> load_vmlinux_btf() {
    // libbpf looks in other places when there is no file, tells of each on stderr, and ends with
    // ESRCH. One error is enough, and it is ours to tell.
    const auto print = libbpf_set_print(nullptr);
    BtfPtr types(btf__load_vmlinux_btf());
    const int failed = errno;
    libbpf_set_print(print);
    if (types != nullptr) return types;
    if (failed == ENOENT || failed == ESRCH) {
        return fail(ErrorKind::Unsupported,
                    "this kernel has no BTF ({}/vmlinux): it was built without "
                    "CONFIG_DEBUG_INFO_BTF",
                    kBtfDirectory);
    }
    return fail_errno(failed, fmt::format("cannot read {}/vmlinux", kBtfDirectory));
}

BtfPtr load_module_btf(const std::string& name, btf* vmlinux) {
    return BtfPtr(btf__load_module_btf(name.c_str(), vmlinux));
}

std::vector<std::string> modules_with_btf() {
    std::vector<std::string> modules;
    std::error_code failed;  // no directory: no modules
    for (const auto& entry : std::filesystem::directory_iterator(kBtfDirectory, failed)) {
        std::string name = entry.path().filename().string();
        if (name != "vmlinux") modules.push_back(std::move(name));
    }
    // So that of two modules' types of one name it is always the same one that comes first.
    std::sort(modules.begin(), modules.end());
    return modules;
}

}  // namespace knowhy::symbols
