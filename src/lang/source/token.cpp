#include "lang/source/token.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace knowhy::lang {
namespace {

// Digits of the base at the front, at most `most`.
std::string_view digits(std::string_view text, int base, size_t most) {
    const auto is_one = [base](char c) {
        if (base == 8) return c >= '0' && c <= '7';
        return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    };
    size_t length = 0;
    while (length < std::min(most, text.size()) && is_one(text[length])) ++length;
    return text.substr(0, length);
}

Span span_at(size_t begin, size_t end) {
    return {static_cast<uint32_t>(begin), static_cast<uint32_t>(end)};
}

}  // namespace

Token bad_token(Span span, const Code& code, std::string message, std::string hint) {
    Token token;
    token.kind = Token::Kind::Bad;
    token.span = span;
    token.problem = {code, std::move(message), std::move(hint)};
    return token;
}

std::string described(const Token& token) {
    switch (token.kind) {
        case Token::Kind::End:
            return "the end of the script";
        case Token::Kind::String:
            return "a string";
        case Token::Kind::Number:
            return "a number";
        case Token::Kind::Dollar:
            return "\"$" + token.text + "\"";
        case Token::Kind::At:
            return "\"@" + token.text + "\"";
        default:
            return "\"" + token.text + "\"";
    }
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_blank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool starts_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool continues_word(char c) {
    return starts_word(c) || is_digit(c);
}

size_t word_end(std::string_view text, size_t at) {
    if (at >= text.size() || !starts_word(text[at])) return at;
    while (at < text.size() && continues_word(text[at])) ++at;
    return at;
}

std::optional<Escape> read_escape(std::string_view behind_backslash) {
    if (behind_backslash.empty()) return std::nullopt;
    const char first = behind_backslash.front();
    constexpr std::string_view kNames = "ntrabfv\\\"";
    constexpr std::string_view kValues = "\n\t\r\a\b\f\v\\\"";
    if (const size_t i = kNames.find(first); i != std::string_view::npos)
        return Escape{kValues[i], 1};
    if (first == 'x') {
        const std::string_view hex = digits(behind_backslash.substr(1), 16, 2);
        if (hex.empty()) return std::nullopt;
        return Escape{static_cast<char>(*parse_u64(hex, 16)), 1 + hex.size()};
    }
    const std::string_view octal = digits(behind_backslash, 8, 3);
    if (octal.empty() || *parse_u64(octal, 8) > 0xff) return std::nullopt;
    return Escape{static_cast<char>(*parse_u64(octal, 8)), octal.size()};
}

ReadToken read_string(std::string_view text, size_t at, OtherEscapes others) {
    Token token;
    token.kind = Token::Kind::String;
    std::optional<Token> wrong;
    size_t end = at + 1;
    while (end < text.size() && text[end] != '"' && text[end] != '\n') {
        if (text[end] != '\\') {
            token.text += text[end++];
            continue;
        }
        const std::optional<Escape> escape = read_escape(text.substr(end + 1));
        if (escape) {
            token.text += escape->value;
        } else if (others == OtherEscapes::Refused && !wrong && end + 1 < text.size()) {
            wrong = bad_token(span_at(end, end + 2), codes::kEscape, "unknown escape in a string",
                              R"(known are \n \t \r \a \b \f \v \\ \" \0nn and \xnn)");
        }
        end += 1 + (escape ? escape->length : 0);
    }
    if (end >= text.size() || text[end] == '\n') {
        end = std::min(end, text.size());
        return {bad_token(span_at(at, end), codes::kUnendedString,
                          "the string does not end on its line",
                          R"(close it with ", or write \n for a line's end)"),
                end};
    }
    token.span = span_at(at, ++end);
    return {wrong ? *std::move(wrong) : std::move(token), end};
}

std::string_view read_op(std::string_view text, std::span<const std::string_view> ops) {
    const auto found =
        std::ranges::find_if(ops, [text](std::string_view op) { return text.starts_with(op); });
    return found == ops.end() ? std::string_view{} : *found;
}

Token unknown_character(std::string_view text, size_t at) {
    size_t end = at + 1;
    while (end < text.size() && (static_cast<uint8_t>(text[end]) & 0xc0U) == 0x80) ++end;
    return bad_token(span_at(at, end), codes::kCharacter,
                     fmt::format("unexpected character '{}'", text.substr(at, end - at)));
}

}  // namespace knowhy::lang
