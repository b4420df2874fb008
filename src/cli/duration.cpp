#include "cli/duration.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <utility>

namespace knowhy::cli {
namespace {

std::optional<double> unit_in_seconds(std::string_view unit) {
    constexpr std::array<std::pair<std::string_view, double>, 5> kUnits = {
        {{"", 1}, {"s", 1}, {"ms", 1e-3}, {"m", 60}, {"h", 3600}}};
    for (const auto& [name, seconds] : kUnits) {
        if (unit == name) return seconds;
    }
    return std::nullopt;
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
    constexpr double kYear = 365.0 * 24 * 3600;
    double number = 0;
    const auto [end, error] =
        std::from_chars(text.begin(), text.end(), number, std::chars_format::fixed);
    if (error != std::errc{}) return std::nullopt;
    const auto unit = unit_in_seconds({end, static_cast<size_t>(text.end() - end)});
    if (!unit) return std::nullopt;
    const double seconds = number * *unit;
    if (!(seconds > 0) || seconds > kYear) return std::nullopt;
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

CLI::Option* add_duration(CLI::App& app, const std::string& name, std::optional<Duration>& target,
                          const std::string& help) {
    return app
        .add_option_function<std::string>(
            name,
            [&target, name](const std::string& text) {
                target = parse_duration(text);
                if (!target) {
                    throw CLI::ValidationError(
                        name, fmt::format("'{}' is no span of time; try 10s, 500ms or 2m", text));
                }
            },
            help)
        ->type_name("TIME");
}

}  // namespace knowhy::cli
