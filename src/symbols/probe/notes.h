#pragma once

#include <span>

#include "symbols/debugfile/debugfile.h"
#include "symbols/disasm/disasm.h"
#include "symbols/probe/tables.h"

namespace knowhy::symbols {

// What the image's tables say of these ranges, as build_code() wants it.
CodeNotes notes_of(const ElfFile& image, const Decoder& decoder, const CodeTables& tables,
                   std::span<const CodeRange> ranges);

}  // namespace knowhy::symbols
