// Tables of names for numbers that are the same on every kernel (protocols, types of netlink).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace knowhy {

template <typename Number>
struct Named {
    Number number;
    std::string_view name;
};

// "" when the table does not have it.
template <typename Number, size_t Count>
constexpr std::string_view name_in(const Named<Number> (&table)[Count], Number number) {
    for (const Named<Number>& entry : table) {
        if (entry.number == number) return entry.name;
    }
    return {};
}

// The number itself, in decimal, when the table does not have it.
template <typename Number, size_t Count>
std::string name_or_number(const Named<Number> (&table)[Count], Number number) {
    const std::string_view name = name_in(table, number);
    return name.empty() ? std::to_string(number) : std::string(name);
}

}  // namespace knowhy
