#include "base/text.h"

#include <fmt/format.h>

#include <charconv>

namespace knowhy {
namespace {

// Length of the valid, printable UTF-8 sequence that starts at text[0]; 0 when there is none.
// Overlong forms, surrogates, values past U+10FFFF and the C1 controls count as invalid.
size_t printable_utf8(std::string_view text) {
    const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
    const uint8_t lead = byte(0);
    size_t length = 0;
    uint32_t code = 0;
    if (lead >= 0x20 && lead < 0x7f) return 1;
    if (lead >= 0xc2 && lead <= 0xdf) {
        length = 2;
        code = lead & 0x1fU;
    } else if (lead >= 0xe0 && lead <= 0xef) {
        length = 3;
        code = lead & 0x0fU;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
        length = 4;
        code = lead & 0x07U;
    } else {
        return 0;
    }
    if (text.size() < length) return 0;
    for (size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0U) != 0x80) return 0;
        code = code << 6U | (byte(i) & 0x3fU);
    }
    const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    // Bidirectional overrides can make a line read differently from what it says.
    const bool bidi = (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
    const bool control = code < 0xa0;
    return overlong || surrogate || bidi || control || code > 0x10ffff ? 0 : length;
}

}  // namespace

std::string escaped(std::string_view raw) {
    std::string out;
    out.reserve(raw.size());
    while (!raw.empty()) {
        const size_t length = printable_utf8(raw);
        if (length == 0) {
            out += fmt::format("\\x{:02x}", static_cast<uint8_t>(raw.front()));
            raw.remove_prefix(1);
        } else if (raw.front() == '\\') {
            out += "\\\\";
            raw.remove_prefix(1);
        } else {
            out += raw.substr(0, length);
            raw.remove_prefix(length);
        }
    }
    return out;
}

std::string counted(uint64_t n, std::string_view singular, std::string_view plural) {
    if (n == 1) return fmt::format("1 {}", singular);
    if (!plural.empty()) return fmt::format("{} {}", n, plural);
    return fmt::format("{} {}s", n, singular);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const size_t at = text.find(separator);
        parts.push_back(text.substr(0, at));
        if (at == std::string_view::npos) return parts;
        text.remove_prefix(at + 1);
    }
}

std::vector<std::string_view> split_whitespace(std::string_view text) {
    constexpr std::string_view kBlank = " \t\r\n\v\f";
    std::vector<std::string_view> parts;
    for (;;) {
        const size_t begin = text.find_first_not_of(kBlank);
        if (begin == std::string_view::npos) return parts;
        const size_t end = std::min(text.find_first_of(kBlank, begin), text.size());
        parts.push_back(text.substr(begin, end - begin));
        text.remove_prefix(end);
    }
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kBlank = " \t\r\n\v\f";
    const size_t begin = text.find_first_not_of(kBlank);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

std::optional<uint64_t> parse_u64(std::string_view text, int base) {
    if (base == 16 && (text.starts_with("0x") || text.starts_with("0X"))) text.remove_prefix(2);
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.begin(), text.end(), value, base);
    if (error != std::errc{} || end != text.end() || text.empty()) return std::nullopt;
    return value;
}

std::optional<int64_t> parse_i64(std::string_view text) {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text.begin(), text.end(), value);
    if (error != std::errc{} || end != text.end() || text.empty()) return std::nullopt;
    return value;
}

std::string hex(uint64_t value) {
    return fmt::format("{:#x}", value);
}

}  // namespace knowhy
