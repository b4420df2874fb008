#include "symbols/dwarf/sections.h"

#include "symbols/debugfile/debugfile.h"

namespace knowhy::symbols {

DebugSections DebugSections::of(const ElfFile& file) {
    DebugSections sections;
    sections.info = file.debug_section(".debug_info");
    sections.abbrev = file.debug_section(".debug_abbrev");
    sections.str = file.debug_section(".debug_str");
    sections.line_str = file.debug_section(".debug_line_str");
    sections.str_offsets = file.debug_section(".debug_str_offsets");
    sections.addr = file.debug_section(".debug_addr");
    sections.line = file.debug_section(".debug_line");
    sections.rnglists = file.debug_section(".debug_rnglists");
    sections.ranges = file.debug_section(".debug_ranges");
    sections.aranges = file.debug_section(".debug_aranges");
    sections.big_endian = file.machine().big_endian;
    return sections;
}

}  // namespace knowhy::symbols
