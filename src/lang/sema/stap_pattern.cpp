#include "lang/sema/stap_pattern.h"

#include <fnmatch.h>

#include <algorithm>

#include "base/text.h"

namespace knowhy::lang {
namespace {

using Lines = std::vector<std::pair<uint32_t, uint32_t>>;

std::optional<uint32_t> line_number(std::string_view text) {
    const auto value = parse_u64(text);
    if (!value || *value > UINT32_MAX) return std::nullopt;
    return static_cast<uint32_t>(*value);
}

// "12", "12-20"
std::optional<std::pair<uint32_t, uint32_t>> range(std::string_view text) {
    const size_t dash = text.find('-');
    const auto first = line_number(text.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : line_number(text.substr(dash + 1));
    if (!first || !last || *last < *first) return std::nullopt;
    return std::pair(*first, *last);
}

std::optional<Lines> ranges(std::string_view text) {
    Lines lines;
    for (const std::string_view each : split(text, ',')) {
        const auto one = range(each);
        if (!one) return std::nullopt;
        lines.push_back(*one);
    }
    return lines;
}

}  // namespace

std::optional<uint32_t> FunctionPattern::one_line() const {
    const bool one = lines.size() == 1 && lines.front().first == lines.front().second;
    return one && !all_lines ? std::optional(lines.front().first) : std::nullopt;
}

bool FunctionPattern::wants(uint32_t line) const {
    return all_lines || std::ranges::any_of(lines, [&](const auto& range) {
               return line >= range.first && line <= range.second;
           });
}

std::optional<FunctionPattern> parse_pattern(const std::string& text) {
    FunctionPattern pattern;
    const size_t at = text.find('@');
    pattern.function = text.substr(0, at);
    if (pattern.function.empty()) return std::nullopt;
    if (at == std::string::npos) return pattern;
    pattern.file = text.substr(at + 1);
    const size_t mark = pattern.file.find_last_of(":+");
    if (mark != std::string::npos) {
        const std::string lines = pattern.file.substr(mark + 1);
        pattern.relative = pattern.file[mark] == '+';
        pattern.file.resize(mark);
        if (lines == "*") {
            pattern.all_lines = true;
        } else {
            auto known = ranges(lines);
            if (!known) return std::nullopt;
            pattern.lines = std::move(*known);
        }
    }
    if (pattern.file.empty()) return std::nullopt;
    // "*@file" of a path that is any is no restriction.
    if (pattern.file == "*" && !pattern.has_lines()) pattern.file.clear();
    return pattern;
}

bool has_wildcard(const std::string& text) {
    return text.find_first_of("*?[") != std::string::npos;
}

bool is_file(const std::string& wanted, const std::string& path) {
    if (wanted.empty() || wanted == path || path.ends_with("/" + wanted)) return true;
    return has_wildcard(wanted) && (fnmatch(wanted.c_str(), path.c_str(), 0) == 0 ||
                                    fnmatch(("*/" + wanted).c_str(), path.c_str(), 0) == 0);
}

bool is_function(const std::string& pattern, const std::string& name) {
    return fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
}

}  // namespace knowhy::lang
