#include "lang/ast/operators.h"

#include <algorithm>
#include <array>

namespace knowhy::lang {
namespace {

const Operator* find(Operators operators, std::string_view text) {
    const auto found = std::ranges::find(operators, text, &Operator::text);
    return found == operators.end() ? nullptr : &*found;
}

}  // namespace

const Operator* find_operator(Operators operators, const Token& token) {
    return token.kind == Token::Kind::Op ? find(operators, token.text) : nullptr;
}

std::optional<Assigning> find_assignment(Operators operators, const Token& token) {
    if (token.is_op("<<<")) return Assigning{std::nullopt, true};
    if (token.is_op("=")) return Assigning{};
    // "==" and "<=" end so too, and do not assign.
    if (token.kind != Token::Kind::Op || !token.text.ends_with('=')) return std::nullopt;
    if (find(operators, token.text) != nullptr) return std::nullopt;
    const Operator* op =
        find(operators, std::string_view(token.text).substr(0, token.text.size() - 1));
    return op == nullptr ? std::nullopt : std::optional(Assigning{op->op, false});
}

std::optional<UnaryOp> find_prefix(const Token& token) {
    struct Prefix {
        std::string_view text;
        UnaryOp op;
    };
    constexpr std::array<Prefix, 6> kPrefixes = {{{"-", UnaryOp::Minus},
                                                  {"+", UnaryOp::Plus},
                                                  {"!", UnaryOp::Not},
                                                  {"~", UnaryOp::Complement},
                                                  {"*", UnaryOp::Dereference},
                                                  {"&", UnaryOp::AddressOf}}};
    if (token.kind != Token::Kind::Op) return std::nullopt;
    const auto* found = std::ranges::find(kPrefixes, token.text, &Prefix::text);
    return found == kPrefixes.end() ? std::nullopt : std::optional(found->op);
}

}  // namespace knowhy::lang
