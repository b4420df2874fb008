#include "lang/ast/parsing.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace knowhy::lang {
namespace {

constexpr uint32_t kMostLevels = 200;
constexpr uint32_t kMostLinks = kMaxDepth - kMostLevels;

bool opens(const Token& token) {
    return token.is_op("(") || token.is_op("[") || token.is_op("{");
}

std::string_view closing(const Token& open) {
    if (open.text == "(") return ")";
    return open.text == "[" ? "]" : "}";
}

}  // namespace

const Token& Parsing::peek(size_t ahead) {
    while (ahead_.size() <= ahead) ahead_.push_back(tokens_.next());
    return ahead_[ahead];
}

Token Parsing::take() {
    Token token = peek();
    ahead_.pop_front();
    if (token.kind == Token::Kind::Bad)
        fail(token.problem->code, token.span, token.problem->message, token.problem->hint);
    if (token.kind != Token::Kind::End) last_end_ = token.span.end;
    note_bracket(token);
    return token;
}

void Parsing::note_bracket(const Token& token) {
    if (opens(token)) {
        open_.push_back(token);
    } else if (token.is_op(")") || token.is_op("]") || token.is_op("}")) {
        // A brace closes what is open inside it too: after an error the rest is skipped by braces.
        while (!open_.empty() && closing(open_.back()) != token.text && token.text == "}")
            open_.pop_back();
        if (!open_.empty() && closing(open_.back()) == token.text) open_.pop_back();
    }
}

bool Parsing::take_if(std::string_view op) {
    if (!at(op)) return false;
    take();
    return true;
}

bool Parsing::take_if_word(std::string_view word) {
    if (!at_word(word)) return false;
    take();
    return true;
}

Token Parsing::expect(std::string_view op, std::string_view where) {
    if (at(op)) return take();
    unexpected(where.empty() ? fmt::format("\"{}\"", op) : fmt::format("\"{}\" {}", op, where));
}

Token Parsing::expect_word(std::string_view what) {
    if (peek().kind != Token::Kind::Word) unexpected(what);
    return take();
}

Token Parsing::expect_string(std::string_view what) {
    if (peek().kind != Token::Kind::String) unexpected(what);
    return take();
}

void Parsing::fail(const Code& code, Span span, std::string message, std::string hint) {
    diagnostics_.error(code.id, span, std::move(message), std::move(hint));
    throw Failed{};
}

void Parsing::unexpected(std::string_view wanted, std::string hint) {
    const Token& found = peek();
    if (found.kind == Token::Kind::Bad) take();  // says itself what is wrong
    if (found.kind == Token::Kind::End && !open_.empty())
        fail(codes::kUnclosed, open_.back().span,
             fmt::format("\"{}\" is never closed", open_.back().text),
             fmt::format("put \"{}\" where it ends", closing(open_.back())));
    const Span at = found.kind == Token::Kind::End ? since(last_end_) : found.span;
    fail(codes::kUnexpected, at, fmt::format("expected {}, but found {}", wanted, described(found)),
         std::move(hint));
}

void Parsing::expect_comma(std::string_view or_close) {
    if (!take_if(",")) unexpected(fmt::format(R"("," or "{}")", or_close));
}

bool Parsing::is_positional(const Token& token) {
    const bool sigil = token.kind == Token::Kind::Dollar || token.kind == Token::Kind::At;
    return sigil && !token.text.empty() && (is_digit(token.text.front()) || token.text == "#");
}

Positional Parsing::positional(const Token& token) {
    const bool as_string = token.kind == Token::Kind::At;
    if (token.text == "#") return {0, as_string};
    const std::optional<uint64_t> number = parse_u64(token.text);
    if (!number || *number == 0 || *number > UINT16_MAX)
        fail(codes::kNumber, token.span, "positional parameters are counted from 1",
             "the first is $1; $# says how many there are");
    return {static_cast<uint32_t>(*number), as_string};
}

void Parsing::skip_one() {
    const Token token = peek();
    ahead_.pop_front();
    last_end_ = token.span.end;
    note_bracket(token);
}

void Parsing::skip_declaration(std::initializer_list<std::string_view> starts) {
    const auto outermost = [this] {
        return std::ranges::find_if(open_, [](const Token& open) { return open.is_op("{"); });
    };
    const auto at_start = [&] {
        return peek().kind == Token::Kind::Word && outermost() == open_.end() &&
               std::ranges::count(starts, peek().text) != 0;
    };
    bool closed = false;
    while (!at_end() && !closed && !at_start()) {
        const bool closes = at("}");
        skip_one();
        closed = closes && outermost() == open_.end();
    }
    open_.clear();
}

Parsing::Level::Level(Parsing& parsing) : parsing_(parsing) {
    if (parsing.levels_ >= kMostLevels)
        parsing.fail(codes::kTooDeep, parsing.peek().span,
                     fmt::format("nested more than {} levels deep", kMostLevels),
                     "break it up, with variables of its own for parts of it");
    ++parsing.levels_;
}

Parsing::Chain::Chain(Parsing& parsing) : parsing_(parsing) {
    if (parsing.chains_++ == 0) parsing.links_ = 0;
}

Parsing::Chain::~Chain() {
    --parsing_.chains_;
}

void Parsing::add_link() {
    if (++links_ > kMostLinks)
        fail(codes::kTooDeep, peek().span,
             fmt::format("an expression of more than {} operators", kMostLinks),
             "break it up, with variables of its own for parts of it");
}

}  // namespace knowhy::lang
