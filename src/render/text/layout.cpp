#include "render/text/layout.h"

#include <fmt/format.h>

#include <algorithm>

namespace knowhy::render {
namespace {

constexpr size_t kIndent = 2;
constexpr size_t kLeastRoom = 20;  // for text; narrower terminals get longer lines

std::string_view code(Ink ink) {
    switch (ink) {
        case Ink::Plain:
            return "";
        case Ink::Bold:
            return "1";
        case Ink::Dim:
            return "2";
        case Ink::Red:
            return "1;31";
        case Ink::Green:
            return "32";
        case Ink::Yellow:
            return "33";
    }
    return "";
}

}  // namespace

std::string inked(std::string_view text, Ink ink, bool colour) {
    if (!colour || ink == Ink::Plain || text.empty()) return std::string(text);
    return fmt::format("\x1b[{}m{}\x1b[0m", code(ink), text);
}

size_t columns(std::string_view text) {
    return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<uint8_t>(c) & 0xc0U) != 0x80;
    }));
}

std::vector<std::string> wrapped(std::string_view text, size_t width) {
    std::vector<std::string> lines(1);
    size_t at = 0;
    while (at < text.size()) {
        const size_t word = text.find_first_not_of(' ', at);
        if (word == std::string_view::npos) break;
        size_t end = std::min(text.find(' ', word), text.size());
        if (text.substr(word, end - word) == "<-")
            end = std::min(text.find(' ', end + 1), text.size());
        const std::string_view blank = text.substr(at, word - at);
        const std::string_view letters = text.substr(word, end - word);
        const size_t used = columns(lines.back());
        if (used != 0 && used + blank.size() + columns(letters) > width) {
            lines.emplace_back(letters);
        } else {
            if (used != 0) lines.back() += blank;
            lines.back() += letters;
        }
        at = end;
    }
    return lines;
}

size_t Sheet::hang() const {
    return kIndent + label_;
}

size_t Sheet::room() const {
    return std::max<size_t>(options_.width, hang() + kLeastRoom) - hang();
}

void Sheet::head(std::string_view word, Ink ink, std::string_view text) {
    const auto lines = wrapped(text, room());
    text_ += inked(word, ink, options_.colour);
    text_.append(word.size() < hang() ? hang() - word.size() : 1, ' ');
    for (size_t i = 0; i < lines.size(); ++i) {
        if (i > 0) text_.append(hang(), ' ');
        text_ += inked(lines[i], Ink::Bold, options_.colour) + '\n';
    }
}

void Sheet::title(std::string_view text) {
    text_ += inked(text, Ink::Bold, options_.colour) + '\n';
}

void Sheet::line(std::string_view label, std::string_view text, Ink ink) {
    text_.append(kIndent, ' ');
    text_ += inked(label, Ink::Dim, options_.colour);
    text_.append(label.size() < label_ ? label_ - label.size() : 1, ' ');
    text_ += inked(text, ink, options_.colour) + '\n';
}

void Sheet::row(std::string_view label, std::string_view text, Ink ink) {
    for (const std::string& part : wrapped(text, room())) {
        line(label, part, ink);
        label = "";
    }
}

void Sheet::verbatim(std::string_view label, std::string_view text) {
    line(label, text, Ink::Plain);
}

void Sheet::command(std::string_view label, std::string_view text, std::string_view effect) {
    const std::string both = fmt::format("{}  # {}", text, effect);
    if (effect.empty() || columns(both) <= room()) {
        verbatim(label, effect.empty() ? text : both);
        return;
    }
    verbatim(label, text);
    row("", fmt::format("# {}", effect));
}

}  // namespace knowhy::render
