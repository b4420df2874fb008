// What `knowhy doctor` looks at. Nothing here changes anything: no module is loaded, no file is
// written, and what is attached is let go again.
#pragma once

#include <string>

#include "bpf/load/features.h"
#include "model/checkup.h"

namespace knowhy::cli {

// Effective capabilities, and the kernel's switches that bound what they are good for.
model::CheckGroup check_privileges();
// BTF, the symbol table, a debug file: what names and lines can be had.
model::CheckGroup check_symbols(const std::string& release, const std::string& build_id);
// Other places that tell of drops: the kernel's drop monitor.
model::CheckGroup check_other_sources(const std::string& release);

model::CheckGroup check_programs(const bpf::Features& features);
model::CheckGroup check_attaches(const bpf::Features& features);
model::CheckGroup check_maps(const bpf::Features& features);

// The running kernel's, hex, from /sys/kernel/notes; "" when it has none.
std::string kernel_build_id();
// The same from the bytes of such a file: ELF notes, in this machine's byte order.
std::string build_id_in_notes(const std::string& notes);

// Where debuggers keep a kernel's debug file, for its release and its build-id.
std::vector<std::string> debug_file_paths(const std::string& release, const std::string& build_id);

}  // namespace knowhy::cli
