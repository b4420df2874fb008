// What `knowhy doctor` looks at. Nothing here changes anything: no module is loaded, no file is
// written, and what is attached is let go again.
#pragma once

#include <string>

#include "bpf/load/features.h"
#include "model/checkup.h"
#include "symbols/debugfile/debugfile.h"

namespace knowhy::cli {

// Effective capabilities, and the kernel's switches that bound what they are good for.
model::CheckGroup check_privileges();
// BTF, the symbol table, a debug file: what names and lines can be had.
model::CheckGroup check_symbols();
// The kernel's own debug file: found, not there, or there but of another build.
model::Check check_debug_file(symbols::SearchPlaces places);
// Other places that tell of drops: the kernel's drop monitor.
model::CheckGroup check_other_sources(const std::string& release);

model::CheckGroup check_programs(const bpf::Features& features);
model::CheckGroup check_attaches(const bpf::Features& features);
model::CheckGroup check_maps(const bpf::Features& features);

}  // namespace knowhy::cli
