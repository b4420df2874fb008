#include "lang/bpftrace/lexer.h"

#include <algorithm>
#include <array>

#include "lang/bpftrace/number.h"
#include "lang/bpftrace/point_text.h"

namespace knowhy::lang::bpftrace {
namespace {

constexpr auto kOps = std::to_array<std::string_view>(
    {"<<=", ">>=", "->", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=",
     "^=",  "==",  "!=", "<=", ">=", "&&", "||", "<<", ">>", "..", "{",  "}",
     "(",   ")",   "[",  "]",  ";",  ",",  ".",  ":",  "?",  "+",  "-",  "*",
     "/",   "%",   "&",  "|",  "^",  "~",  "!",  "<",  ">",  "="});

}  // namespace

Token Lexer::next() {
    while (true) {
        if (!expanded_.empty()) {
            Token token = std::move(expanded_.front());
            expanded_.pop_front();
            return token;
        }
        if (auto bad = skip_blanks()) return *std::move(bad);
        if (at_ >= text_.size()) return end_of_text();
        Token read = token();
        behind_dot_ = read.is_op(".") || read.is_op("->");
        const auto define =
            read.kind == Token::Kind::Word ? defines_.find(read.text) : defines_.end();
        if (define == defines_.end()) return read;
        for (Token each : define->second) {
            each.span = read.span;
            expanded_.push_back(std::move(each));
        }
    }
}

void Lexer::rewind(uint32_t offset) {
    at_ = offset;
    behind_dot_ = false;
    expanded_.clear();
}

Token Lexer::end_of_text() {
    Token end;
    end.span = from(at_);
    if (branches_.empty()) return end;
    const Span open = branches_.back().span;
    branches_.clear();
    return bad_token(open, codes::kDirective, "this #if has no #endif");
}

std::optional<Token> Lexer::skip_blanks() {
    while (at_ < text_.size()) {
        if (is_blank(text_[at_])) {
            ++at_;
        } else if (rest().starts_with("\\\n")) {
            at_ += 2;
        } else if (rest().starts_with("//")) {
            at_ = std::min(text_.find('\n', at_), text_.size());
        } else if (rest().starts_with("/*")) {
            if (auto bad = skip_comment()) return bad;
        } else if (text_[at_] == '#' && at_line_start()) {
            if (auto bad = directive()) return bad;
        } else {
            break;
        }
    }
    return std::nullopt;
}

std::optional<Token> Lexer::skip_comment() {
    const size_t begin = at_;
    const size_t end = text_.find("*/", at_ + 2);
    at_ = end == std::string_view::npos ? text_.size() : end + 2;
    if (end != std::string_view::npos) return std::nullopt;
    const auto opening = static_cast<uint32_t>(begin);
    return bad_token({opening, opening + 2}, codes::kUnendedComment, "the comment is never closed",
                     "put */ where it ends");
}

Token Lexer::take_text(Token::Kind kind, size_t begin, std::string_view text) {
    Token token;
    token.kind = kind;
    token.span = from(begin);
    token.text = text;
    return token;
}

Token Lexer::token() {
    const size_t begin = at_;
    if (starts_word(text_[at_])) {
        at_ = word_end(text_, at_);
        return take_text(Token::Kind::Word, begin, text_.substr(begin, at_ - begin));
    }
    if (is_digit(text_[at_])) {
        ReadToken number = read_number(text_, at_, behind_dot_);
        at_ = number.end;
        return std::move(number.token);
    }
    if (text_[at_] == '"') {
        ReadToken string = read_string(text_, at_, OtherEscapes::Refused);
        at_ = string.end;
        return std::move(string.token);
    }
    if (text_[at_] == '$' || text_[at_] == '@') return sigil();
    const std::string_view op = read_op(rest(), kOps);
    if (op.empty()) {
        Token unknown = unknown_character(text_, at_);
        at_ = unknown.span.end;
        return unknown;
    }
    at_ += op.size();
    return take_text(Token::Kind::Op, begin, op);
}

Token Lexer::sigil() {
    const size_t begin = at_++;
    const bool is_map = text_[begin] == '@';
    if (!is_map && rest().starts_with('#'))
        ++at_;
    else if (!is_map && !rest().empty() && is_digit(rest().front()))
        at_ = std::min(text_.find_first_not_of("0123456789", at_), text_.size());
    else
        at_ = word_end(text_, at_);
    if (!is_map && at_ == begin + 1)
        return bad_token(from(begin), codes::kCharacter, "\"$\" has no name behind it",
                         "variables are $x, positional parameters $1 and $#");
    return take_text(is_map ? Token::Kind::At : Token::Kind::Dollar, begin,
                     text_.substr(begin + 1, at_ - begin - 1));
}

Lexer::ReadPoint Lexer::probe_point() {
    ReadPoint read;
    if ((read.bad = skip_blanks())) return read;
    PointText text = read_point(text_, at_);
    at_ = text.end;
    return {std::move(text.label), std::move(text.point), std::move(text.bad)};
}

std::optional<Span> Lexer::c_definition() {
    const size_t begin = at_;
    size_t depth = 0;
    const bool is_typedef = rest().starts_with("typedef");
    while (at_ < text_.size()) {
        if (rest().starts_with("//")) at_ = std::min(text_.find('\n', at_), text_.size() - 1);
        if (rest().starts_with("/*")) {
            if (skip_comment()) return std::nullopt;
            continue;
        }
        const char c = text_[at_++];
        if (c == '{') ++depth;
        if (c == ';' && depth == 0) return from(begin);
        if (c != '}' || depth == 0 || --depth > 0 || is_typedef) continue;
        // A semicolon behind the brace may be left out, or stand behind an attribute.
        const size_t word = text_.find_first_not_of(" \t\r\n", at_);
        if (word == std::string_view::npos) return from(begin);
        if (text_[word] == ';') at_ = word + 1;
        if (!text_.substr(word).starts_with("__attribute__")) return from(begin);
    }
    return std::nullopt;
}

}  // namespace knowhy::lang::bpftrace
