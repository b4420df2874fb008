// The formats of printf() and its kin, taken apart. Both dialects' are C's, with some of C's left
// out and some of their own; lang/types checks the conversions against types, render/script carries
// them out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace knowhy::model {

enum class FormatDialect : uint8_t { Bpftrace, SystemTap };

struct Conversion {
    // Bpftrace: d (also for i), u, o, x, X, c, p, s, r. SystemTap: those but r, and b, m, M.
    char letter = 'd';
    char style = 0;  // of r: 'x' escapes every byte, 'h' is plain hex; 0: escapes what is not ASCII
    bool left = false;         // -
    bool plus = false;         // +
    bool blank = false;        // a blank where a plus would be
    bool alternate = false;    // #
    bool zeros = false;        // 0
    bool width_given = false;  // * : an integer value comes first
    bool precision_given = false;
    uint32_t width = 0;
    std::optional<uint32_t> precision;
    uint8_t bytes = 0;            // hh, h, l, ll, j, z, t: 1, 2 or 8; 0: not said
    uint32_t begin = 0, end = 0;  // in the format

    bool operator==(const Conversion&) const = default;
};

// Text, then a value.
struct FormatPiece {
    std::string text;
    std::optional<Conversion> conversion;  // always but in the last one

    bool operator==(const FormatPiece&) const = default;
};

// What is wrong with a format; bytes [begin, end) of it.
struct FormatProblem {
    uint32_t begin = 0, end = 0;
    std::string message;  // one line, no full stop
    std::string hint;     // "" none
};

// No wider field than this is padded.
constexpr uint32_t kMostFormatWidth = 65535;

// In bpftrace's dialect a % that begins no conversion is text, as there. SystemTap refuses it.
tl::expected<std::vector<FormatPiece>, FormatProblem> parse_format(std::string_view format,
                                                                   FormatDialect dialect);

// How many values the format takes.
size_t values_of(const std::vector<FormatPiece>& pieces);

}  // namespace knowhy::model
