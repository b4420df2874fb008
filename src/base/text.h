// Text that is safe to show, and small helpers on strings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace knowhy {

// A string from the kernel, a packet or a file, made safe for a terminal: control characters, ESC,
// DEL, C1 controls and invalid UTF-8 become \xNN, a backslash becomes \\. Valid printable UTF-8
// stays. Nothing that reaches a terminal may skip this.
std::string escaped(std::string_view raw);

// "1 packet", "3 packets"; "1 entry", "2 entries" when the plural is given.
std::string counted(uint64_t n, std::string_view singular, std::string_view plural = {});

std::vector<std::string_view> split(std::string_view text, char separator);  // empty parts kept
std::vector<std::string_view> split_whitespace(std::string_view text);       // no empty parts
std::string_view trimmed(std::string_view text);

// Whole-string conversions: nullopt for anything left over, for overflow and for an empty string.
std::optional<uint64_t> parse_u64(std::string_view text, int base = 10);
std::optional<int64_t> parse_i64(std::string_view text);

// "0x1f" for 31.
std::string hex(uint64_t value);

}  // namespace knowhy
