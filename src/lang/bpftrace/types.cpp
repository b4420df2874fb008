#include <algorithm>
#include <array>

#include "lang/bpftrace/grammar.h"

namespace knowhy::lang::bpftrace {
namespace {

constexpr size_t kFarthest = 1000;

template <size_t N>
bool is_one_of(const Token& token, const std::array<std::string_view, N>& words) {
    return token.kind == Token::Kind::Word && std::ranges::count(words, token.text) != 0;
}

bool is_qualifier(const Token& token) {
    return is_one_of(token, std::array<std::string_view, 2>{"const", "volatile"});
}

bool is_tag(const Token& token) {
    return is_one_of(token, std::array<std::string_view, 3>{"struct", "union", "enum"});
}

// Several of them make one type: unsigned long long.
bool is_c_integer(const Token& token) {
    return is_one_of(token, std::array<std::string_view, 6>{"unsigned", "signed", "char", "short",
                                                            "int", "long"});
}

// A word that is a type in every script. Kernel types go by their ending, as people name them.
bool is_type_word(const Token& token) {
    static constexpr std::array<std::string_view, 24> kWords = {
        "bool",   "void",   "int8",   "int16",  "int32", "int64",  "uint8",  "uint16",
        "uint32", "uint64", "string", "buffer", "inet",  "u8",     "u16",    "u32",
        "u64",    "s8",     "s16",    "s32",    "s64",   "__be16", "__be32", "__be64"};
    if (token.kind != Token::Kind::Word) return false;
    return is_c_integer(token) || is_one_of(token, kWords) || token.text.ends_with("_t") ||
           token.text.starts_with("__u") || token.text.starts_with("__s");
}

// What only a value begins with: behind a word in parentheses it shows that the word was a type.
bool only_begins_value(const Token& token) {
    switch (token.kind) {
        case Token::Kind::Word:
        case Token::Kind::Number:
        case Token::Kind::String:
        case Token::Kind::Dollar:
        case Token::Kind::At:
            return true;
        default:
            return token.is_op("(");
    }
}

}  // namespace

TypeName Grammar::type() {
    const Level level(*this);
    TypeName read;
    const uint32_t start = begin();
    while (is_qualifier(peek())) take();
    if (take_if("(")) {
        while (!at(")")) {
            read.elements.push_back(type());
            if (!at(")")) expect(",", "between a tuple's types");
        }
        take();
    } else {
        type_base(read);
    }
    type_suffix(read);
    read.span = since(start);
    return read;
}

void Grammar::type_base(TypeName& into) {
    if (at_word("typeof")) {
        take();
        expect("(", "behind typeof");
        const std::optional<TypeAhead> ahead = type_ahead(0);
        if (ahead && ahead->certain && peek(ahead->end).is_op(")"))
            into = type();
        else
            into.of = expression();
        expect(")", "of typeof");
        return;
    }
    const Token first = expect_word("a type");
    into.base = first.text;
    if (is_tag(first)) into.base += " " + expect_word("the name of the " + first.text).text;
    while (is_c_integer(first) && is_c_integer(peek())) into.base += " " + take().text;
}

void Grammar::type_suffix(TypeName& into) {
    while (true) {
        const Token& next = peek();
        if (is_qualifier(next)) {
            take();
        } else if (next.is_op("*") && !into.dimensions.empty()) {
            fail(codes::kType, next.span, "a pointer to an array has no name here",
                 "write a pointer to the array's element");
        } else if (next.is_op("*")) {
            const Span star = take().span;
            if (++into.pointers > 8)
                fail(codes::kType, star, "a pointer to a pointer, more than 8 times");
        } else if (next.is_op("[")) {
            const Span bracket = take().span;
            if (into.dimensions.size() == 8)
                fail(codes::kType, bracket, "an array of arrays, more than 8 times");
            into.dimensions.push_back(at("]") ? std::nullopt : number());
            expect("]", "behind the array's length");
        } else {
            return;
        }
    }
}

std::optional<uint64_t> Grammar::number() {
    if (peek().kind != Token::Kind::Number) unexpected("a number");
    return take().value;
}

std::optional<Grammar::TypeAhead> Grammar::type_ahead(size_t ahead) {
    while (is_qualifier(peek(ahead))) ++ahead;
    std::optional<TypeAhead> base = type_base_ahead(ahead);
    if (!base) return std::nullopt;
    for (size_t& end = base->end;;) {
        if (peek(end).is_op("*") || is_qualifier(peek(end)))
            ++end;
        else if (base->certain && peek(end).is_op("[") && peek(end + 1).is_op("]"))
            end += 2;
        else if (base->certain && peek(end).is_op("[") && peek(end + 2).is_op("]"))
            end += 3;
        else
            return base;
    }
}

std::optional<Grammar::TypeAhead> Grammar::type_base_ahead(size_t ahead) {
    const Token first = peek(ahead);
    if (first.kind != Token::Kind::Word) return std::nullopt;
    if (is_tag(first) && peek(ahead + 1).kind == Token::Kind::Word)
        return TypeAhead{ahead + 2, true};
    if (first.text == "typeof" && peek(ahead + 1).is_op("("))
        return TypeAhead{behind_brackets(ahead + 1), true};
    size_t end = ahead + 1;
    while (is_c_integer(first) && is_c_integer(peek(end))) ++end;
    return TypeAhead{end, is_type_word(first)};
}

// Behind the bracket that closes the one at `ahead`; not looked for without end, since a hostile
// script could have every bracket looked for to the last token.
size_t Grammar::behind_brackets(size_t ahead) {
    size_t depth = 0;
    do {
        const Token& token = peek(ahead);
        if (token.kind == Token::Kind::End || ahead > kFarthest) return ahead;
        if (token.is_op("(")) ++depth;
        if (token.is_op(")")) --depth;
        ++ahead;
    } while (depth > 0);
    return ahead;
}

// (type)x against (x): by what the parentheses hold, or else by what stands behind them.
bool Grammar::cast_ahead() {
    if (!at("(")) return false;
    const std::optional<TypeAhead> type_here = type_ahead(1);
    if (!type_here || !peek(type_here->end).is_op(")")) return false;
    if (type_here->certain || peek(type_here->end - 1).is_op("*")) return true;
    return only_begins_value(peek(type_here->end + 1));
}

}  // namespace knowhy::lang::bpftrace
