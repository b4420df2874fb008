#include <elf.h>
#include <fmt/format.h>
#include <linux/capability.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/file.h"
#include "base/text.h"
#include "cli/checks.h"
#include "host/files.h"
#include "symbols/btf/btf.h"
#include "symbols/kallsyms/kallsyms.h"

namespace knowhy::cli {
namespace {

constexpr std::array<const char*, 2> kDebugRoots = {"/usr/lib/debug", "/usr/local/lib/debug"};

std::string setting(const std::string& path) {
    const auto text = host::read_kernel_file(path);
    return text ? std::string(trimmed(*text)) : "";
}

uint64_t effective_capabilities() {
    const auto status = host::read_kernel_file("/proc/self/status");
    if (!status) return 0;
    for (const std::string_view line : split(*status, '\n')) {
        constexpr std::string_view kLabel = "CapEff:";
        if (!line.starts_with(kLabel)) continue;
        return parse_u64(trimmed(line.substr(kLabel.size())), 16).value_or(0);
    }
    return 0;
}

model::Check capability(const char* name, unsigned number, const char* cost) {
    const bool held = (effective_capabilities() >> number & 1U) != 0;
    return {name, held ? "held" : "not held", held, cost, "run knowhy as root"};
}

// "[none] integrity confidentiality": the word in brackets is the mode.
model::Check lockdown() {
    const std::string modes = setting("/sys/kernel/security/lockdown");
    if (modes.find("[confidentiality]") == std::string::npos) {
        return {"lockdown", modes.empty() ? "not told by this kernel" : modes, {}, "", ""};
    }
    return {"lockdown", modes, false, "BPF may not read kernel memory: drops cannot run",
            "boot with lockdown=integrity or without lockdown"};
}

model::Check kernel_setting(const std::string& name) {
    const std::string value = setting("/proc/sys/kernel/" + name);
    return {name, value.empty() ? "not told by this kernel" : value, {}, "", ""};
}

model::Check btf_check() {
    const auto btf = symbols::KernelBtf::load_running();
    if (!btf) {
        return {"BTF", btf.error().message, false, "drops cannot run: fields are found through BTF",
                "a kernel built with CONFIG_DEBUG_INFO_BTF=y (Debian's is)"};
    }
    const auto homes = host::list_directory("/sys/kernel/btf");
    const size_t modules = homes && !homes->empty() ? homes->size() - 1 : 0;
    return {"BTF", "vmlinux and " + counted(modules, "module"), true, "", ""};
}

model::Check kallsyms_check() {
    const auto table = symbols::SymbolTable::load_running();
    const std::string cost = "places are addresses without a function's name";
    const std::string remedy = "root, and kernel.kptr_restrict at most 1";
    if (!table) return {"kernel symbols", table.error().message, false, cost, remedy};
    if (table->hidden()) return {"kernel symbols", "hidden (kptr_restrict)", false, cost, remedy};
    return {"kernel symbols", counted(table->size(), "symbol"), true, "", ""};
}

model::Check debug_file_check(const std::string& release, const std::string& build_id) {
    for (const std::string& path : debug_file_paths(release, build_id)) {
        if (host::file_exists(path)) return {"debug file", path, true, "", ""};
    }
    return {
        "debug file", "none for this kernel under /usr/lib/debug", false,
        "no source lines, no functions that were inlined; locate cannot run",
        "vmlinux with DWARF, of this very build (Debian: package linux-image-" + release + "-dbg)"};
}

bool listed(const std::string& path, std::string_view module) {
    const auto text = read_file(path, 16UL * 1024 * 1024);
    return text && text->find(module) != std::string::npos;
}

}  // namespace

model::CheckGroup check_privileges() {
    return {
        "Privileges",
        {capability("CAP_BPF", CAP_BPF, "no BPF program loads: drops cannot run"),
         capability("CAP_PERFMON", CAP_PERFMON, "no tracing program loads: drops cannot run"),
         capability("CAP_NET_ADMIN", CAP_NET_ADMIN,
                    "nftables rules and some counters cannot be read"),
         capability("CAP_SYS_ADMIN", CAP_SYS_ADMIN,
                    "other network namespaces cannot be entered: their state is not known"),
         capability("CAP_SYS_PTRACE", CAP_SYS_PTRACE, "namespaces without a name cannot be found"),
         lockdown(), kernel_setting("kptr_restrict"), kernel_setting("perf_event_paranoid"),
         kernel_setting("unprivileged_bpf_disabled")}};
}

model::CheckGroup check_symbols(const std::string& release, const std::string& build_id) {
    return {"Names, types and lines",
            {btf_check(), kallsyms_check(), debug_file_check(release, build_id)}};
}

model::CheckGroup check_other_sources(const std::string& release) {
    model::Check monitor{"drop_monitor", "", true, "", ""};
    const std::string modules = "/lib/modules/" + release;
    if (host::file_exists("/sys/module/drop_monitor")) {
        monitor.found = "loaded";
    } else if (listed(modules + "/modules.builtin", "/drop_monitor.ko")) {
        monitor.found = "built in";
    } else if (listed(modules + "/modules.dep", "/drop_monitor.ko")) {
        monitor.found = "a module, not loaded";
    } else {
        monitor = {"drop_monitor", "not in this kernel", false,
                   "nothing for knowhy, which does not need it; dropwatch cannot run",
                   "a kernel built with CONFIG_NET_DROP_MONITOR"};
    }
    return {"Other tellers of drops", {monitor}};
}

std::string build_id_in_notes(const std::string& notes) {
    const auto padded = [](size_t size) { return (size + 3) / 4 * 4; };
    constexpr std::string_view kOwner("GNU\0", 4);  // its NUL counts
    size_t at = 0;
    while (at + sizeof(Elf64_Nhdr) <= notes.size()) {
        Elf64_Nhdr header{};
        std::memcpy(&header, notes.data() + at, sizeof header);
        const size_t name = at + sizeof header;
        const size_t body = name + padded(header.n_namesz);
        if (body + header.n_descsz > notes.size()) break;
        if (header.n_type == NT_GNU_BUILD_ID && notes.compare(name, kOwner.size(), kOwner) == 0) {
            std::string id;
            for (size_t i = 0; i < header.n_descsz; ++i) {
                id += fmt::format("{:02x}", static_cast<uint8_t>(notes[body + i]));
            }
            return id;
        }
        at = body + padded(header.n_descsz);
    }
    return {};
}

std::string kernel_build_id() {
    const auto notes = host::read_kernel_file("/sys/kernel/notes");
    return notes ? build_id_in_notes(*notes) : "";
}

std::vector<std::string> debug_file_paths(const std::string& release, const std::string& build_id) {
    std::vector<std::string> paths;
    for (const std::string root : kDebugRoots) {
        if (build_id.size() > 2) {
            paths.push_back(fmt::format("{}/.build-id/{}/{}.debug", root, build_id.substr(0, 2),
                                        build_id.substr(2)));
        }
        paths.push_back(fmt::format("{}/boot/vmlinux-{}", root, release));
        paths.push_back(fmt::format("{}/lib/modules/{}/vmlinux", root, release));
    }
    paths.push_back("/lib/modules/" + release + "/build/vmlinux");
    paths.push_back("/boot/vmlinux-" + release);
    return paths;
}

}  // namespace knowhy::cli
