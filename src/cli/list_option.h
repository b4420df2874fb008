// Lists on the command line.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace knowhy::cli {

// An option that takes one word with commas in it, and may be given again. (A list of CLI11's own
// takes the words behind it, too, and the "--" that a command comes after.)
CLI::Option* add_list(CLI::App& app, const std::string& name, std::vector<std::string>& target,
                      const std::string& help);

}  // namespace knowhy::cli
