#include "lang/sema/text.h"

#include <fmt/format.h>

#include <algorithm>

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

std::string argument_range(size_t least, size_t most) {
    if (least == most) return fmt::format("{}", least);
    if (most == least + 1) return fmt::format("{} or {}", least, most);
    if (most == SIZE_MAX) return fmt::format("at least {}", least);
    return fmt::format("{} to {}", least, most);
}

}  // namespace knowhy::lang
