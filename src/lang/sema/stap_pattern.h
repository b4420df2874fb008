// What stands in the quotes of kernel.function("f@net/ipv4/route.c:2400") and .statement().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "symbols/locate/locate.h"

namespace knowhy::lang {

struct FunctionPattern {
    std::string function;  // a glob
    std::string file;      // "" any; a path or its tail, a glob
    // The lines, both ends included; of `relative` from the function's declaration.
    std::vector<std::pair<uint32_t, uint32_t>> lines;
    bool all_lines = false;  // ":*"
    bool relative = false;   // "+n"

    [[nodiscard]] bool has_lines() const { return all_lines || !lines.empty(); }
    // The one line that is asked for.
    [[nodiscard]] std::optional<uint32_t> one_line() const;
    [[nodiscard]] bool wants(uint32_t line) const;
};

// nullopt: not understood. "f", "f@file", "f@file:12", "f@file:12,20-30", "f@file:*", "f@file+3".
std::optional<FunctionPattern> parse_pattern(const std::string& text);

bool has_wildcard(const std::string& text);
// Whether a path is this one, ends in it, or fits it as a glob.
bool is_file(const std::string& wanted, const std::string& path);
bool is_function(const std::string& pattern, const std::string& name);

}  // namespace knowhy::lang
