#include "lang/stap/lexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace knowhy::lang::stap {
namespace {

constexpr auto kOps = std::to_array<std::string_view>(
    {"<<<", "<<=", ">>=", "->", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=",
     ".=",  "==",  "!=",  "=~", "!~", "<=", ">=", "&&", "||", "<<", ">>", "%(", "%)", "%?",
     "%:",  "%{",  "{",   "}",  "(",  ")",  "[",  "]",  ";",  ",",  ".",  ":",  "?",  "+",
     "-",   "*",   "/",   "%",  "&",  "|",  "^",  "~",  "!",  "<",  ">",  "="});

std::optional<uint64_t> value_of(std::string_view digits) {
    if (digits.starts_with("0x") || digits.starts_with("0X")) return parse_u64(digits, 16);
    return parse_u64(digits, digits.size() > 1 && digits.front() == '0' ? 8 : 10);
}

}  // namespace

Token Lexer::next() {
    if (auto bad = skip_blanks()) return *std::move(bad);
    const size_t begin = at_;
    if (at_ >= text_.size()) return take_text(Token::Kind::End, begin, "");
    if (starts_word(text_[at_])) {
        at_ = word_end(text_, at_);
        // A dollar inside of a name belongs to it; at its end it asks for the value as text.
        while (rest().size() > 1 && rest().front() == '$' && continues_word(rest()[1]))
            at_ = word_end(text_, at_ + 1);
        return take_text(Token::Kind::Word, begin, text_.substr(begin, at_ - begin));
    }
    if (is_digit(text_[at_])) return number();
    if (text_[at_] == '$' || text_[at_] == '@') return sigil();
    if (text_[at_] != '"') return op();
    ReadToken string = read_string(text_, at_, OtherEscapes::Dropped);
    at_ = string.end;
    return std::move(string.token);
}

std::optional<Token> Lexer::skip_blanks() {
    while (at_ < text_.size()) {
        if (is_blank(text_[at_])) {
            ++at_;
        } else if (text_[at_] == '#' || rest().starts_with("//")) {
            at_ = std::min(text_.find('\n', at_), text_.size());
        } else if (rest().starts_with("/*")) {
            const auto begin = static_cast<uint32_t>(at_);
            const size_t end = text_.find("*/", at_ + 2);
            at_ = end == std::string_view::npos ? text_.size() : end + 2;
            if (end == std::string_view::npos)
                return bad_token({begin, begin + 2}, codes::kUnendedComment,
                                 "the comment is never closed", "put */ where it ends");
        } else {
            break;
        }
    }
    return std::nullopt;
}

Token Lexer::take_text(Token::Kind kind, size_t begin, std::string_view text) {
    Token token;
    token.kind = kind;
    token.span = from(begin);
    token.text = text;
    return token;
}

Token Lexer::number() {
    const size_t begin = at_;
    while (at_ < text_.size() && continues_word(text_[at_])) ++at_;
    const std::string_view digits = text_.substr(begin, at_ - begin);
    const std::optional<uint64_t> value = value_of(digits);
    if (!value)
        return bad_token(from(begin), codes::kNumber,
                         fmt::format("\"{}\" is no number of at most 64 bits", digits),
                         "numbers are 42, 0x2a and 052");
    Token token = take_text(Token::Kind::Number, begin, digits);
    token.value = *value;
    token.is_unsigned = *value > INT64_MAX;
    return token;
}

Token Lexer::sigil() {
    const size_t begin = at_++;
    const bool is_target = text_[begin] == '$';
    if (rest().starts_with('#'))
        ++at_;
    else if (!rest().empty() && is_digit(rest().front()))
        at_ = std::min(text_.find_first_not_of("0123456789", at_), text_.size());
    else
        while (at_ < text_.size() &&
               (continues_word(text_[at_]) || (is_target && text_[at_] == '$')))
            ++at_;
    if (!is_target && at_ == begin + 1)
        return bad_token(from(begin), codes::kCharacter, "\"@\" has no name behind it",
                         "operators are @count(x), @cast(...), parameters @1");
    return take_text(is_target ? Token::Kind::Dollar : Token::Kind::At, begin,
                     text_.substr(begin + 1, at_ - begin - 1));
}

Token Lexer::op() {
    const size_t begin = at_;
    const std::string_view op = read_op(rest(), kOps);
    if (op.empty()) {
        Token unknown = unknown_character(text_, at_);
        at_ = unknown.span.end;
        return unknown;
    }
    at_ += op.size();
    if (op != "%{") return take_text(Token::Kind::Op, begin, op);
    const size_t end = text_.find("%}", at_);
    at_ = end == std::string_view::npos ? text_.size() : end + 2;
    if (end != std::string_view::npos) return take_text(Token::Kind::Op, begin, op);
    const auto opening = static_cast<uint32_t>(begin);
    return bad_token({opening, opening + 2}, codes::kUnclosed, "\"%{\" is never closed",
                     "put %} where the C ends");
}

}  // namespace knowhy::lang::stap
