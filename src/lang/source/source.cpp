#include "lang/source/source.h"

#include <algorithm>

namespace knowhy::lang {

Span join(Span first, Span second) {
    return {std::min(first.begin, second.begin), std::max(first.end, second.end)};
}

Source::Source(std::string name, std::string text)
    : name_(std::move(name)), text_(std::move(text)), line_starts_{0} {
    for (size_t i = 0; i < text_.size(); ++i)
        if (text_[i] == '\n') line_starts_.push_back(static_cast<uint32_t>(i + 1));
}

std::string_view Source::text(Span span) const {
    const size_t begin = std::min<size_t>(span.begin, text_.size());
    const size_t end = std::clamp<size_t>(span.end, begin, text_.size());
    return std::string_view(text_).substr(begin, end - begin);
}

Source::Position Source::position(uint32_t offset) const {
    const auto after = std::ranges::upper_bound(line_starts_, offset);
    return {static_cast<uint32_t>(after - line_starts_.begin()), offset - *(after - 1) + 1};
}

std::string_view Source::line(uint32_t offset) const {
    const std::string_view all = text_;
    const size_t begin = line_starts_[position(offset).line - 1];
    std::string_view line = all.substr(begin, all.find('\n', begin) - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

}  // namespace knowhy::lang
