// Any text, in pieces of any size: the parser ends, and what it gives does not depend on the
// pieces. Input: the size of the pieces, then the text.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "model/oops_identity.h"
#include "oops/parse/parse.h"

namespace {

using namespace knowhy;

void check(bool holds) {
    if (!holds) std::abort();
}

// Registers are what the text has, digit for digit.
bool printed(std::string_view text, uint64_t value) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string digits;
    for (int shift = 60; shift >= 0; shift -= 4) digits += kDigits[value >> shift & 15U];
    const std::string_view all = digits;
    const std::string_view last = all.substr(std::min(all.find_first_not_of('0'), all.size() - 1));
    std::string lower;  // and unwrapped
    for (const char c : text) {
        if (c == '\n' || c == '\r') continue;
        lower += c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return lower.find(last) != std::string::npos;
}

void look_at(const model::OopsReport& report, std::string_view text) {
    check(report.first_line >= 1 && report.first_line <= report.last_line);
    check(report.kind != model::OopsKind::Unknown);
    check(!model::oops_title(report).empty());
    check(model::oops_signature(report).size() == 16);
    check(report.code.marker.value_or(0) <= report.code.bytes.size());
    check(model::compare(report, report).same);
    if (text.find('\x1b') != std::string_view::npos) return;  // its digits may be torn apart
    if (text.find('\n') == std::string_view::npos) return;
    for (const auto& [name, value] : report.registers) check(printed(text, value));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size < 1) return 0;
    const size_t piece = data[0] + size_t{1};
    const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
    const auto whole = oops::parse(text);
    size_t given = 0;
    oops::Parser parser([&](const model::OopsReport& report) {
        check(given < whole.size());
        check(report.registers == whole[given].registers);
        check(report.headline == whole[given].headline);
        look_at(report, text);
        ++given;
    });
    for (size_t at = 0; at < text.size(); at += piece) parser.feed(text.substr(at, piece));
    parser.finish();
    check(given == whole.size());
    return 0;
}
