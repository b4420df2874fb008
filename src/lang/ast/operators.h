// A dialect's operators as a table, and what the tokens mean by it.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "lang/ast/ast.h"
#include "lang/source/token.h"

namespace knowhy::lang {

struct Operator {
    std::string_view text;
    BinaryOp op;
    int binds;  // the more, the tighter
};
using Operators = std::span<const Operator>;

// nullptr when the token is none of them.
const Operator* find_operator(Operators operators, const Token& token);

struct Assigning {
    std::optional<BinaryOp> op;  // of "+="; none of "="
    bool accumulate = false;     // <<<
};
// nullopt when the token does not assign: "=", or an operator of the table and "=", or "<<<".
std::optional<Assigning> find_assignment(Operators operators, const Token& token);

// "-", "+", "!", "~", "*" and "&" before a value.
std::optional<UnaryOp> find_prefix(const Token& token);

}  // namespace knowhy::lang
