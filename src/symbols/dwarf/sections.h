// The debug sections of one file, as bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "symbols/dwarf/reader.h"

namespace knowhy::symbols {

class ElfFile;

struct DebugSections {
    std::span<const uint8_t> info;
    std::span<const uint8_t> abbrev;
    std::span<const uint8_t> str;
    std::span<const uint8_t> line_str;
    std::span<const uint8_t> str_offsets;
    std::span<const uint8_t> addr;
    std::span<const uint8_t> line;
    std::span<const uint8_t> rnglists;
    std::span<const uint8_t> ranges;
    std::span<const uint8_t> aranges;
    bool big_endian = false;

    static DebugSections of(const ElfFile& file);
    [[nodiscard]] Reader reader(std::span<const uint8_t> section, uint64_t at = 0) const {
        return {section, big_endian, at};
    }
    // The string at that offset; "" when the offset is beyond the section.
    [[nodiscard]] std::string_view string(std::span<const uint8_t> section, uint64_t at) const {
        return reader(section, at).string();
    }
};

}  // namespace knowhy::symbols
