#include "lang/bpftrace/number.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace knowhy::lang::bpftrace {
namespace {

struct Unit {
    std::string_view name;
    uint64_t ns;
};
constexpr std::array<Unit, 7> kDurations = {{{"ns", 1},
                                             {"us", 1'000},
                                             {"ms", 1'000'000},
                                             {"s", 1'000'000'000},
                                             {"m", 60'000'000'000},
                                             {"h", 3'600'000'000'000},
                                             {"d", 86'400'000'000'000}}};

struct Value {
    uint64_t number = 0;
    bool is_unsigned = false;
};

bool times(uint64_t& number, uint64_t factor) {
    return !__builtin_mul_overflow(number, factor, &number);
}

bool is_c_suffix(std::string_view lower) {
    constexpr std::array<std::string_view, 7> kSuffixes = {"u",  "l",   "ul", "lu",
                                                           "ll", "ull", "llu"};
    return std::ranges::count(kSuffixes, lower) != 0;
}

// What stands behind the digits.
bool apply_suffix(Value& value, std::string_view suffix) {
    if (suffix.empty()) return true;
    const auto* unit = std::ranges::find(kDurations, suffix, &Unit::name);
    if (unit != kDurations.end()) return times(value.number, unit->ns);
    std::string lower(suffix);
    std::ranges::transform(lower, lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    value.is_unsigned = lower.find('u') != std::string::npos;
    return is_c_suffix(lower);
}

// "6" of 1e6, its digits taken off; nullopt when it is too large for any number.
std::optional<uint64_t> take_exponent(std::string_view& text) {
    text.remove_prefix(1);
    const size_t length = std::min(text.find_first_not_of("0123456789"), text.size());
    const std::optional<uint64_t> exponent = parse_u64(text.substr(0, length));
    text.remove_prefix(length);
    return exponent && *exponent < 20 ? exponent : std::nullopt;
}

bool has_exponent(std::string_view text) {
    return text.size() > 1 && (text[0] == 'e' || text[0] == 'E') && is_digit(text[1]);
}

std::optional<Value> decimal_or_octal(std::string_view text) {
    const size_t length = std::min(text.find_first_not_of("0123456789"), text.size());
    const bool octal = length > 1 && text[0] == '0';
    const auto number = parse_u64(text.substr(0, length), octal ? 8 : 10);
    if (!number) return std::nullopt;
    Value value{*number};
    text.remove_prefix(length);
    if (has_exponent(text)) {
        const std::optional<uint64_t> exponent = take_exponent(text);
        if (!exponent) return std::nullopt;
        for (uint64_t i = 0; i < *exponent; ++i)
            if (!times(value.number, 10)) return std::nullopt;
    }
    return apply_suffix(value, text) ? std::optional(value) : std::nullopt;
}

std::optional<Value> hexadecimal(std::string_view text) {
    text.remove_prefix(2);
    const size_t length = std::min(text.find_first_not_of("0123456789abcdefABCDEF"), text.size());
    const auto number = parse_u64(text.substr(0, length), 16);
    if (!number) return std::nullopt;
    Value value{*number};
    text.remove_prefix(length);
    return apply_suffix(value, text) ? std::optional(value) : std::nullopt;
}

std::optional<Value> value_of(std::string_view digits) {
    std::string text(digits);
    std::erase(text, '_');
    if (text.starts_with("0x") || text.starts_with("0X")) return hexadecimal(text);
    return decimal_or_octal(text);
}

}  // namespace

ReadToken read_number(std::string_view text, size_t at, bool behind_dot) {
    size_t end = at;
    while (end < text.size() && continues_word(text[end])) ++end;
    const auto span = [&] { return Span{static_cast<uint32_t>(at), static_cast<uint32_t>(end)}; };
    if (!behind_dot && end + 1 < text.size() && text[end] == '.' && is_digit(text[end + 1])) {
        ++end;
        while (end < text.size() && continues_word(text[end])) ++end;
        return {bad_token(span(), codes::kNumber, "there are no floating-point numbers",
                          "count in a smaller unit, such as ns instead of ms"),
                end};
    }
    const std::string_view digits = text.substr(at, end - at);
    const std::optional<Value> value = value_of(digits);
    if (!value)
        return {bad_token(span(), codes::kNumber,
                          fmt::format("\"{}\" is no number of at most 64 bits", digits),
                          "numbers are 42, 0x2a, 052, 1e6, 1_000, 5UL; durations 10ms, 2s, 1h"),
                end};
    Token token;
    token.kind = Token::Kind::Number;
    token.span = span();
    token.text = digits;
    token.value = value->number;
    token.is_unsigned = value->is_unsigned || value->number > INT64_MAX;
    return {std::move(token), end};
}

}  // namespace knowhy::lang::bpftrace
