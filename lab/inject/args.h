// The words of a command line, "key=value" each, and failure in one line.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace knowhy::lab {

// Prints "kw-inject: MESSAGE" and ends the program: a recipe whose step fails must fail at once.
[[noreturn]] void die(const std::string& message);

// Passes on what a system call returned; ends the program with errno's text when that is negative.
int checked(int result, const std::string& what);

class Args {
  public:
    explicit Args(const std::vector<std::string>& words);

    [[nodiscard]] bool has(const std::string& key) const { return values_.contains(key); }
    [[nodiscard]] std::string text(const std::string& key, const std::string& fallback) const;
    // Decimal, 0x..., and a leading + or - (which relative() tells apart from an absolute number).
    [[nodiscard]] int64_t number(const std::string& key, int64_t fallback) const;
    [[nodiscard]] std::vector<uint8_t> hex(const std::string& key) const;
    // Ends the program when a key was given that nobody asked for: a typo in a recipe would
    // otherwise make it prove something else.
    void reject_unknown() const;

  private:
    std::map<std::string, std::string> values_;
    mutable std::map<std::string, bool> asked_;
};

}  // namespace knowhy::lab
