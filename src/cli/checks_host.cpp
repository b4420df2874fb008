#include <fmt/format.h>
#include <linux/capability.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/file.h"
#include "base/text.h"
#include "cli/checks.h"
#include "host/files.h"
#include "symbols/btf/btf.h"
#include "symbols/kallsyms/kallsyms.h"

namespace knowhy::cli {
namespace {

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

model::CheckGroup check_symbols() {
    symbols::SearchPlaces here;
    here.ask_servers = false;
    return {"Names, types and lines",
            {btf_check(), kallsyms_check(), check_debug_file(std::move(here))}};
}

model::Check check_debug_file(symbols::SearchPlaces places) {
    model::Check check{"debug file", "", false,
                       "no source lines, no functions that were inlined; locate cannot run", ""};
    const auto finder = symbols::ImageFinder::open(std::move(places));
    const auto image = finder ? finder->vmlinux() : tl::unexpected(finder.error());
    if (!image) {
        check.found = image.error().message;
        check.remedy = "the debug file of this very build, in its place";
        return check;
    }
    if (!image->debug) {
        check.found = image->problem;
        check.remedy = "vmlinux with DWARF, of this very build (Debian: package linux-image-" +
                       finder->release() + "-dbg)";
        return check;
    }
    const auto& id = image->debug->build_id();
    const std::string which = id ? "build-id " + symbols::build_id_text(*id) : "no build-id";
    return {"debug file", image->debug->path() + ", " + which, true, "", ""};
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

}  // namespace knowhy::cli
