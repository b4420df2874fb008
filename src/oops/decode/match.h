// Whether an image is the build that a report's kernel ran.
#pragma once

#include <optional>
#include <string>

#include "model/oops.h"
#include "oops/decode/images.h"

namespace knowhy::oops {

// Where the symbol starts in the image: of that name and of that size, as kallsyms counts it (up to
// the next symbol) or as the file does; any size where the text has none. nullopt: none, or
// several.
std::optional<uint64_t> find_symbol(const symbols::ElfFile& file, const model::OopsSymbol& symbol);

// By the build-id, else by the bytes around report.pc, else as match_frames().
ImageMatch match_code(const model::OopsReport& report, symbols::OpenImage& image);
// By the build-id, else by the sizes of all symbols that the trace has of that module. Sizes prove
// nothing alone: Unproven where all agree, Differs where one does not.
ImageMatch match_frames(const model::OopsReport& report, const std::string& module,
                        symbols::OpenImage& image);

}  // namespace knowhy::oops
