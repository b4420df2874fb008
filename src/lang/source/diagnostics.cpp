#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "lang/source/codes.h"
#include "lang/source/source.h"

namespace knowhy::lang {
namespace {

// Of a longer line, what is around the place is shown.
constexpr size_t kShownBytes = 160;
constexpr size_t kShownBefore = 60;

// Blanks instead of tabs, so that the marks below stand where they should in every terminal.
// Backslashes stay as they are: scripts are full of them.
std::string shown(std::string_view raw) {
    std::string blank(raw);
    std::ranges::replace(blank, '\t', ' ');
    std::string text;
    for (const std::string_view piece : split(blank, '\\')) {
        if (piece.data() != blank.data()) text += '\\';
        text += escaped(piece);
    }
    return text;
}

size_t columns(std::string_view utf8) {
    return static_cast<size_t>(std::ranges::count_if(
        utf8, [](char c) { return (static_cast<uint8_t>(c) & 0xc0U) != 0x80; }));
}

std::string excerpt(const Source& source, Span span) {
    const std::string_view line = source.line(span.begin);
    if (line.empty()) return "";
    const size_t at = std::min<size_t>(source.position(span.begin).column - 1, line.size());
    const size_t blanks = std::min(line.find_first_not_of(" \t"), at);
    const size_t from = at - blanks > kShownBytes - kShownBefore ? at - kShownBefore : blanks;
    const std::string_view part = line.substr(from, kShownBytes);
    const size_t before = at - from;
    const size_t length =
        std::min<size_t>(span.end - std::min(span.begin, span.end), part.size() - before);
    const std::string left = shown(part.substr(0, before));
    const std::string middle = shown(part.substr(before, length));
    const std::string marks = length == 0 ? "^" : std::string(columns(middle), '~');
    return fmt::format("    {}{}{}\n    {:{}}{}\n", left, middle,
                       shown(part.substr(before + length)), "", columns(left), marks);
}

}  // namespace

const Code* find_code(std::string_view id) {
    const auto* const found = std::ranges::find(codes::kAll, id, &Code::id);
    return found != codes::kAll.end() ? found : nullptr;
}

void Diagnostics::error(std::string_view code, Span span, std::string message, std::string hint) {
    ++errors_;
    if (hint.empty())
        if (const Code* const known = find_code(code)) hint = known->remedy;
    keep({Severity::Error, code, span, std::move(message), std::move(hint)});
}

void Diagnostics::warning(std::string_view code, Span span, std::string message, std::string hint) {
    keep({Severity::Warning, code, span, std::move(message), std::move(hint)});
}

void Diagnostics::keep(Diagnostic diagnostic) {
    const auto alike = std::ranges::count(all_, diagnostic.severity, &Diagnostic::severity);
    if (static_cast<size_t>(alike) >= kMost || std::ranges::count(all_, diagnostic) != 0) return;
    all_.push_back(std::move(diagnostic));
}

std::string to_text(const Source& source, const Diagnostic& diagnostic) {
    const Source::Position at = source.position(diagnostic.span.begin);
    std::string text =
        fmt::format("{}:{}:{}: {}: {}: {}\n", escaped(source.name()), at.line, at.column,
                    diagnostic.severity == Severity::Error ? "error" : "warning", diagnostic.code,
                    shown(diagnostic.message));
    text += excerpt(source, diagnostic.span);
    if (!diagnostic.hint.empty()) text += fmt::format("hint: {}\n", shown(diagnostic.hint));
    return text;
}

}  // namespace knowhy::lang
