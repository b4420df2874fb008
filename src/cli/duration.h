// Spans of time on the command line.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace knowhy::cli {

using Duration = std::chrono::nanoseconds;
using Clock = std::chrono::steady_clock;

// "10s", "500ms", "2m", "1h", "1.5s"; a bare number is seconds. nullopt for anything else, for zero
// and for more than a year.
std::optional<Duration> parse_duration(std::string_view text);

// An option that takes one; what it cannot read is a usage error naming the option.
CLI::Option* add_duration(CLI::App& app, const std::string& name, std::optional<Duration>& target,
                          const std::string& help);

}  // namespace knowhy::cli
