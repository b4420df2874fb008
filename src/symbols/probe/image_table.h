// Reading a table of addresses from an image, linked or still to be relocated.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "symbols/debugfile/debugfile.h"

namespace knowhy::symbols {

class ImageTables {
  public:
    explicit ImageTables(const ElfFile& image);

    struct Range {
        uint64_t from = 0;
        uint64_t to = 0;
    };
    // Between two symbols (vmlinux keeps its tables inside larger sections), or a section's.
    [[nodiscard]] std::optional<Range> between(std::string_view start, std::string_view stop) const;
    [[nodiscard]] std::optional<Range> section(std::string_view name) const;
    [[nodiscard]] std::optional<uint64_t> symbol(std::string_view name) const;
    // A field of the table. nullopt: beyond the image, or another image's symbol.
    [[nodiscard]] std::optional<uint64_t> number(uint64_t at, unsigned bytes) const;
    // 4 bytes, relative to their own place; or the machine's word.
    [[nodiscard]] std::optional<uint64_t> relative(uint64_t at) const;
    [[nodiscard]] std::optional<uint64_t> absolute(uint64_t at) const;
    [[nodiscard]] bool in_code(uint64_t address) const;
    [[nodiscard]] const ElfFile& image() const { return image_; }

  private:
    [[nodiscard]] Range within_file(uint64_t from, uint64_t bytes) const;
    void read_start_relocations();

    const ElfFile& image_;
    // What was read last, to its section's end: tables are read from front to back.
    mutable std::span<const uint8_t> window_;
    mutable uint64_t window_from_ = 0;
    // Of a kernel that relocates itself as it starts (arm64, riscv): its words are 0 in the file.
    struct StartRelocation {
        uint64_t at = 0;
        uint64_t value = 0;
    };
    std::vector<StartRelocation> start_relocations_;  // by place
    std::map<std::string_view, uint64_t> markers_;
};

// What a relocation puts at the address, S + A; nullopt where none stands, or its symbol is another
// image's.
std::optional<uint64_t> relocated_value(const ElfFile& image, uint64_t address);

}  // namespace knowhy::symbols
