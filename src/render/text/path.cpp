#include "render/text/path.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "render/text/layout.h"

namespace knowhy::render {
namespace {

using model::ComparedCall;
using model::PathStep;

constexpr size_t kMargin = 4;   // "=> "
constexpr size_t kBetween = 3;  // " | "
constexpr size_t kLeastColumn = 24;
constexpr size_t kDeepest = 8;  // deeper calls are not indented further

std::string call_words(const ComparedCall& call) {
    std::string words = escaped(call.function) + "(";
    std::string_view separator;
    for (const model::ComparedValue& value : call.arguments) {
        words += fmt::format("{}{}={}", separator, escaped(value.name), escaped(value.text));
        separator = ", ";
    }
    words += ")";
    if (call.returned) words += fmt::format(" = {}", escaped(call.returned->text));
    return words;
}

// One side's cell of a step, a line each.
std::vector<std::string> cell(const std::optional<ComparedCall>& call, uint32_t depth,
                              size_t width) {
    if (!call) return {};
    const size_t indent = 2 * std::min<size_t>(depth, kDeepest);
    const size_t room = std::max(width, indent + kLeastColumn / 2) - indent;
    std::vector<std::string> lines = wrapped(call_words(*call), room);
    for (size_t i = 0; i < lines.size(); ++i)
        lines[i].insert(0, std::string(indent + (i == 0 ? 0 : 2), ' '));
    return lines;
}

char mark(PathStep::Kind kind) {
    switch (kind) {
        case PathStep::Kind::Alike:
            return ' ';
        case PathStep::Kind::Values:
            return '|';
        case PathStep::Kind::GoodOnly:
            return '<';
        case PathStep::Kind::BadOnly:
            return '>';
    }
    return ' ';
}

std::string padded(const std::string& text, size_t width) {
    return text + std::string(width - std::min(width, columns(text)), ' ');
}

std::string without_trailing_blanks(std::string line) {
    line.erase(line.find_last_not_of(' ') + 1);
    return line;
}

class PathTable {
  public:
    explicit PathTable(const TextOptions& options)
        : colour_(options.colour),
          column_(std::max<size_t>((options.width - kMargin - kBetween) / 2, kLeastColumn)) {}

    void folded(uint64_t calls, std::string_view words) {
        if (calls == 0) return;
        text_ += std::string(kMargin, ' ') +
                 inked(fmt::format("... {} {}", counted(calls, "call"), words), Ink::Dim, colour_) +
                 '\n';
    }

    void head() {
        text_ += std::string(kMargin, ' ') +
                 inked(padded("good", column_ + kBetween) + "bad", Ink::Dim, colour_) + '\n';
    }

    void step(const PathStep& step, bool is_parting) {
        const auto good = cell(step.good, step.depth, column_);
        const auto bad = cell(step.bad, step.depth, column_);
        for (size_t i = 0; i < std::max(good.size(), bad.size()); ++i) {
            const std::string left = i < good.size() ? good[i] : "";
            const std::string right = i < bad.size() ? bad[i] : "";
            const std::string between = fmt::format(" {} ", i == 0 ? mark(step.kind) : ' ');
            const std::string line =
                without_trailing_blanks(padded(left, column_) + between + right);
            text_ += padded(is_parting && i == 0 ? "=>" : "", kMargin) +
                     inked(line, is_parting ? Ink::Red : Ink::Plain, colour_) + '\n';
        }
    }

    std::string take() { return std::move(text_); }

  private:
    bool colour_;
    size_t column_;
    std::string text_;
};

}  // namespace

std::string path_text(const model::ComparedPath& path, const TextOptions& options) {
    PathTable table(options);
    table.head();
    table.folded(path.alike, "alike");
    for (size_t i = 0; i < path.steps.size(); ++i) table.step(path.steps[i], i == path.parting);
    if (path.rest_good == path.rest_bad) {
        table.folded(path.rest_good, "more on either side");
    } else {
        table.folded(path.rest_good, "more on the good side");
        table.folded(path.rest_bad, "more on the bad side");
    }
    return table.take();
}

}  // namespace knowhy::render
