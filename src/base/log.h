// Diagnostics for people who run the program: all of it goes to stderr.
//
// note(): something the user should know. warn(): something was lost or is weaker than asked.
// debug(): only with --verbose. Strings from the kernel or a file must be escaped() by the caller.
#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace knowhy::log {

void set_verbose(bool on);
[[nodiscard]] bool verbose();

void write_note(std::string_view line);
void write_warning(std::string_view line);
void write_debug(std::string_view line);

template <typename... Args>
void note(fmt::format_string<Args...> format, Args&&... args) {
    write_note(fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void warn(fmt::format_string<Args...> format, Args&&... args) {
    write_warning(fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
    if (verbose()) write_debug(fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace knowhy::log
