#include "lang/sema/text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/nearest.h"
#include "base/text.h"

namespace knowhy::lang {

std::optional<uint64_t> parse_number(std::string_view text) {
    std::string digits(text);
    std::erase(digits, '_');
    if (digits.starts_with("0x") || digits.starts_with("0X"))
        return parse_u64(std::string_view(digits).substr(2), 16);
    return parse_u64(digits, 10);
}

std::optional<int64_t> parse_integer(std::string_view text) {
    const bool negative = text.starts_with('-');
    const auto value = parse_number(negative ? text.substr(1) : text);
    if (!value) return std::nullopt;
    return negative ? -static_cast<int64_t>(*value) : static_cast<int64_t>(*value);
}

std::optional<unsigned> argument_number(std::string_view name) {
    if (name.size() != 4 || !name.starts_with("arg") || name[3] < '0' || name[3] > '9')
        return std::nullopt;
    return static_cast<unsigned>(name[3] - '0');
}

std::string point_text(const ProbePoint& point, size_t from) {
    std::string text;
    for (size_t i = from; i < point.parts.size(); ++i)
        text += (text.empty() ? "" : ":") + point.parts[i].name;
    return text;
}

std::string wrong_count(std::string_view function, size_t least, size_t most, size_t given) {
    std::string range;
    if (most == 0)
        range = "no arguments";
    else if (least == most)
        range = counted(least, "argument");
    else if (most == least + 1)
        range = fmt::format("{} or {} arguments", least, most);
    else if (most == SIZE_MAX)
        range = fmt::format("at least {}", counted(least, "argument"));
    else
        range = fmt::format("{} to {} arguments", least, most);
    return fmt::format("{}() takes {}, and {} {} given", function, range, given,
                       given == 1 ? "is" : "are");
}

std::string fields_hint(const std::string& name, const std::vector<std::string>& names) {
    if (const auto near = nearest(name, names); near && !near->empty())
        return fmt::format("did you mean '{}'?", *near);
    constexpr size_t kShown = 8;
    std::vector<std::string> shown;
    for (const std::string& each : names)
        if (!each.empty() && shown.size() < kShown) shown.push_back(each);
    if (shown.empty()) return "";
    const auto named = static_cast<size_t>(
        std::ranges::count_if(names, [](const std::string& each) { return !each.empty(); }));
    return fmt::format(
        "there {} {}{}", shown.size() == 1 ? "is" : "are:", fmt::join(shown, ", "),
        named > shown.size() ? fmt::format(" and {} more", named - shown.size()) : "");
}

}  // namespace knowhy::lang
