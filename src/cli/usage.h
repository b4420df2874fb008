// A command line that cannot be understood, as one line for a person.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace knowhy::cli {

// "unknown option '--cuont'; did you mean '--count'?" for what the parser refused.
std::string usage_error(const CLI::App& program, const CLI::ParseError& error);

}  // namespace knowhy::cli
