// A cursor over one line of a report.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace knowhy::oops {

class Scan {
  public:
    explicit Scan(std::string_view text) : text_(text) {}

    // Past `literal`, if it stands here.
    bool skip(std::string_view literal);
    void blanks();
    // Hexadecimal digits without "0x", `least` to `most` of them and no further one.
    std::optional<uint64_t> hex(size_t least = 1, size_t most = 16);
    // The same after an optional "0x".
    std::optional<uint64_t> number16();
    std::optional<uint64_t> decimal();
    // Up to the next blank or the end.
    std::string_view word();
    // Up to `end`, which is skipped; nullopt, and nothing moves, where it does not come.
    std::optional<std::string_view> until(std::string_view end);

    [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }
    [[nodiscard]] bool done() const { return at_ >= text_.size(); }
    [[nodiscard]] char next() const { return done() ? '\0' : text_[at_]; }
    [[nodiscard]] size_t at() const { return at_; }
    void back_to(size_t at) { at_ = at; }

  private:
    std::string_view text_;
    size_t at_ = 0;
};

bool is_hex_digit(char c);
bool is_digit(char c);

// What stands between `before` and the first of `after` behind it; nullopt without `before`. With
// no `after`: to the end.
std::optional<std::string_view> between(std::string_view text, std::string_view before,
                                        std::string_view after);
// The number in hexadecimal that follows `label` anywhere in the text, with or without "0x".
std::optional<uint64_t> hex_after(std::string_view text, std::string_view label);
// The same, where it has 8 or 16 digits, as a register: fewer are what is left of one.
std::optional<uint64_t> register_after(std::string_view text, std::string_view label);
std::optional<uint64_t> decimal_after(std::string_view text, std::string_view label);

}  // namespace knowhy::oops
