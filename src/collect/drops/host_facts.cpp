#include "collect/drops/host_facts.h"

#include <fmt/format.h>
#include <sys/utsname.h>

#include <string>
#include <vector>

#include "base/log.h"
#include "base/text.h"
#include "host/files.h"
#include "net/snapshot/snapshot.h"
#include "symbols/debugfile/debugfile.h"

namespace knowhy::collect {
namespace {

// Modules that can be unloaded again have a state there; built-in ones with parameters do not.
std::vector<std::string> loaded_modules() {
    std::vector<std::string> loaded;
    auto names = host::list_directory("/sys/module");
    if (!names) return loaded;
    for (std::string& name : *names)
        if (host::file_exists(fmt::format("/sys/module/{}/initstate", name)))
            loaded.push_back(std::move(name));
    return loaded;
}

void read_counters(model::Counters& into) {
    if (auto counters = net::read_host_counters())
        into = std::move(*counters);
    else
        log::warn("{}", counters.error().message);
}

}  // namespace

void read_host_before(model::HostState& host) {
    utsname system{};
    if (uname(&system) == 0) {
        host.kernel_release = system.release;
        host.machine = system.machine;
    }
    if (const auto id = symbols::running_build_id("vmlinux"))
        host.build_id = symbols::build_id_text(*id);
    host.modules = loaded_modules();
    read_counters(host.before);
}

void read_host_after(model::HostState& host) {
    read_counters(host.after);
    host.modules = loaded_modules();
}

}  // namespace knowhy::collect
