// Lines for a terminal of a given width: wrapping, hanging indents, labels, colours. What goes in
// is already escaped.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "render/text/drops.h"

namespace knowhy::render {

enum class Ink { Plain, Bold, Dim, Red, Green, Yellow };

std::string inked(std::string_view text, Ink ink, bool colour);

// Columns that UTF-8 text takes, one per code point.
size_t columns(std::string_view text);

// Breaks at blanks, never after an arrow ("<-"). A blank run inside a line is kept; a word longer
// than the width has a line of its own, unbroken: it is a path or a command that someone will copy.
std::vector<std::string> wrapped(std::string_view text, size_t width);

// "  label     text", continued under the text. An empty label continues the one above.
class Sheet {
  public:
    // `label` is the label column's width, its blanks included.
    explicit Sheet(const TextOptions& options, size_t label = 10)
        : options_(options), label_(label) {}

    // A line at the margin that begins with a word in ink; continued at a hanging indent.
    void head(std::string_view word, Ink ink, std::string_view text);
    void row(std::string_view label, std::string_view text, Ink ink = Ink::Plain);
    // As row(), never wrapped: something to copy.
    void verbatim(std::string_view label, std::string_view text);
    // A command with what it does as a shell comment, so that the line can be pasted whole.
    void command(std::string_view label, std::string_view text, std::string_view effect);

    // A line at the margin, alone.
    void title(std::string_view text);
    void blank() { text_ += '\n'; }

    [[nodiscard]] std::string take() { return std::move(text_); }

  private:
    void line(std::string_view label, std::string_view text, Ink ink);

    [[nodiscard]] size_t hang() const;
    [[nodiscard]] size_t room() const;

    TextOptions options_;
    size_t label_;
    std::string text_;
};

}  // namespace knowhy::render
