#include "collect/drops/host_facts.h"

#include <elf.h>
#include <fmt/format.h>
#include <sys/utsname.h>

#include <cstring>
#include <string_view>

#include "base/log.h"
#include "base/text.h"
#include "host/files.h"
#include "net/snapshot/snapshot.h"

namespace knowhy::collect {
namespace {

constexpr size_t align4(size_t n) {
    return (n + 3) & ~size_t{3};
}

// The GNU build-id among the ELF notes of /sys/kernel/notes, in hex; "" if there is none.
std::string build_id_in(std::string_view notes) {
    while (notes.size() >= sizeof(Elf64_Nhdr)) {
        Elf64_Nhdr note{};
        std::memcpy(&note, notes.data(), sizeof(note));
        notes.remove_prefix(sizeof(note));
        const size_t name_size = align4(note.n_namesz);
        const size_t size = name_size + align4(note.n_descsz);
        if (size > notes.size()) return "";
        if (note.n_type == NT_GNU_BUILD_ID &&
            notes.substr(0, note.n_namesz) == std::string_view("GNU\0", 4)) {
            std::string id;
            for (const char byte : notes.substr(name_size, note.n_descsz))
                id += fmt::format("{:02x}", static_cast<unsigned char>(byte));
            return id;
        }
        notes.remove_prefix(size);
    }
    return "";
}

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
    if (auto notes = host::read_kernel_file("/sys/kernel/notes"))
        host.build_id = build_id_in(*notes);
    host.modules = loaded_modules();
    read_counters(host.before);
}

void read_host_after(model::HostState& host) {
    read_counters(host.after);
    host.modules = loaded_modules();
}

}  // namespace knowhy::collect
