// Sizes of files on the command line.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace knowhy::cli {

// "500k", "100M", "2G" by thousands; a bare number is bytes. nullopt for anything else, for zero
// and for more than 2^63.
std::optional<uint64_t> parse_size(std::string_view text);

// An option that takes one; what it cannot read is a usage error naming the option.
CLI::Option* add_size(CLI::App& app, const std::string& name, uint64_t& target,
                      const std::string& help);

}  // namespace knowhy::cli
