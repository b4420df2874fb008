// A place in the kernel's code as a person writes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace knowhy::symbols {

// FUNCTION, FUNCTION+OFFSET, FILE:LINE, FILE:* or 0xADDRESS, each also behind "MODULE:"; and what a
// stack's line has, FUNCTION+OFFSET/SIZE [MODULE], and an address of 16 digits without 0x.
struct PlaceName {
    enum class Kind { Function, Offset, Line, Address };
    Kind kind = Kind::Function;
    std::string module;    // "" when none is named; "vmlinux" for the kernel itself
    std::string function;  // of Function (a glob) and Offset (a symbol)
    std::string file;      // of Line: a path or its tail
    uint32_t line = 0;     // of Line; 0: every one ("*")
    uint64_t value = 0;    // of Offset: bytes; of Address: the address

    bool operator==(const PlaceName&) const = default;
};

// An Error (Usage) says what was expected. A name with '.' or '/' before ":LINE" is a file; an
// offset or a line is decimal, or hexadecimal with 0x.
Result<PlaceName> parse_place(std::string_view text);

}  // namespace knowhy::symbols
