// A command line that cannot be understood, as one line for a person.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

namespace knowhy::cli {

// "unknown option '--cuont'; did you mean '--count'?" for what the parser refused.
std::string usage_error(const CLI::App& program, const CLI::ParseError& error);

// The name that was most likely meant; nullopt when none is near (at most a third of it differs).
std::optional<std::string> nearest(const std::string& word, const std::vector<std::string>& names);

}  // namespace knowhy::cli
