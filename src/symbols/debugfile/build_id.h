// Build-ids: the linker's name for one build of an image.
#pragma once

#include <gelf.h>

#include <optional>
#include <string>
#include <string_view>

#include "symbols/debugfile/debugfile.h"

namespace knowhy::symbols {

// The NT_GNU_BUILD_ID in the file's note sections.
std::optional<BuildId> build_id_in(Elf* elf);

// The same in notes as sysfs shows them (/sys/kernel/notes), in this machine's byte order.
std::optional<BuildId> build_id_in_notes(std::string_view notes);

}  // namespace knowhy::symbols
