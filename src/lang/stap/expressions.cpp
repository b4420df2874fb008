#include <algorithm>
#include <array>

#include "lang/ast/operators.h"
#include "lang/stap/grammar.h"

namespace knowhy::lang::stap {
namespace {

// Between 5 and 6 stands `in`, see membership().
constexpr int kMembership = 6;
constexpr auto kOperators =
    std::to_array<Operator>({{"||", BinaryOp::LogicalOr, 1},    {"&&", BinaryOp::LogicalAnd, 2},
                             {"|", BinaryOp::BitOr, 3},         {"^", BinaryOp::BitXor, 4},
                             {"&", BinaryOp::BitAnd, 5},        {"==", BinaryOp::Equal, 6},
                             {"!=", BinaryOp::NotEqual, 6},     {"<", BinaryOp::Less, 6},
                             {"<=", BinaryOp::LessEqual, 6},    {">", BinaryOp::Greater, 6},
                             {">=", BinaryOp::GreaterEqual, 6}, {"=~", BinaryOp::Match, 6},
                             {"!~", BinaryOp::NotMatch, 6},     {"<<", BinaryOp::ShiftLeft, 7},
                             {">>", BinaryOp::ShiftRight, 7},   {".", BinaryOp::Concatenate, 8},
                             {"+", BinaryOp::Add, 9},           {"-", BinaryOp::Subtract, 9},
                             {"*", BinaryOp::Multiply, 10},     {"/", BinaryOp::Divide, 10},
                             {"%", BinaryOp::Modulo, 10}});

template <typename... Nodes>
bool is_one_of(const Expr& expr) {
    return (std::holds_alternative<Nodes>(expr.node) || ...);
}

// @this1 and its kin carry a value from a probe to its return probe.
bool is_carrier(const Expr& expr) {
    const auto* call = std::get_if<Call>(&expr.node);
    return call != nullptr && call->function.starts_with("@this") && call->arguments.empty();
}

bool is_storage(const Expr& expr) {
    return is_carrier(expr) ||
           is_one_of<Name, MapAccess, Variable, TargetVariable, Field, Index, NamedCast>(expr);
}

// @hist_log(x)[bucket]
bool is_histogram(const Expr& expr) {
    const auto* call = std::get_if<Call>(&expr.node);
    return call != nullptr && call->function.starts_with("@hist_");
}

// What -> and [] follow: pieces of the kernel, or the value of something that points there.
bool is_target(const Expr& expr) {
    return is_histogram(expr) || is_one_of<Variable, TargetVariable, Field, Index, NamedCast>(expr);
}

bool is_keyword(std::string_view word) {
    constexpr std::array<std::string_view, 16> kKeywords = {
        "if",     "else",  "for",  "foreach", "while", "in",    "limit",    "return",
        "delete", "break", "next", "try",     "catch", "probe", "function", "continue"};
    return std::ranges::count(kKeywords, word) != 0;
}

}  // namespace

ExprPtr Grammar::expression() {
    const Chain chain(*this);
    return assignment();
}

ExprPtr Grammar::assignment() {
    const Level level(*this);
    ExprPtr target = ternary();
    const std::optional<Assigning> how = find_assignment(kOperators, peek());
    if (!how) return target;
    if (!is_storage(*target))
        fail(codes::kNotAssignable, target->span, "this cannot be assigned to",
             "only variables and elements of arrays can");
    take();
    const uint32_t start = target->span.begin;
    ExprPtr value = assignment();
    return make_expr(since(start),
                     Assign{std::move(target), how->op, how->accumulate, std::move(value)});
}

ExprPtr Grammar::ternary() {
    ExprPtr condition = binary(1);
    if (!take_if("?")) return condition;
    const Level level(*this);
    const uint32_t start = condition->span.begin;
    ExprPtr yes = ternary();
    expect(":", "of \"? :\"");
    ExprPtr no = ternary();
    return make_expr(since(start),
                     Conditional{std::move(condition), std::move(yes), std::move(no)});
}

ExprPtr Grammar::binary(int lowest) {
    ExprPtr left = lowest < kMembership ? membership() : unary();
    while (const Operator* op = find_operator(kOperators, peek())) {
        if (op->binds < lowest) break;
        add_link();
        const Span op_span = take().span;
        ExprPtr right = binary(op->binds + 1);
        const Span span = join(left->span, right->span);
        left = make_expr(span, Binary{op->op, std::move(left), std::move(right), op_span});
    }
    return left;
}

// Something that binds tighter, `x in array`, or `[x, y] in array`.
ExprPtr Grammar::membership() {
    if (at("[")) return keys_in_array();
    ExprPtr value = binary(kMembership);
    while (at_word("in")) {
        add_link();
        take();
        const uint32_t start = value->span.begin;
        InMap in;
        in.keys.push_back(std::move(value));
        in.map = array_name();
        value = make_expr(since(start), std::move(in));
    }
    return value;
}

ExprPtr Grammar::keys_in_array() {
    const uint32_t start = begin();
    take();
    InMap in;
    in.keys = list_until("]", [this] { return key(); });
    if (!take_if_word("in")) unexpected("\"in\" and an array");
    in.map = array_name();
    return make_expr(since(start), std::move(in));
}

std::string Grammar::array_name() {
    return expect_word("an array's name").text;
}

ExprPtr Grammar::unary() {
    if (at("++") || at("--")) return step_before();
    const Token first = peek();
    const std::optional<UnaryOp> prefix = find_prefix(first);
    if (!prefix || *prefix == UnaryOp::Dereference) return postfix();
    const Level level(*this);
    take();
    ExprPtr operand = unary();
    return make_expr(since(first.span.begin), Unary{*prefix, std::move(operand)});
}

ExprPtr Grammar::step_before() {
    const Level level(*this);
    const Token op = take();
    ExprPtr target = unary();
    if (!is_storage(*target))
        fail(codes::kNotAssignable, target->span, "this cannot be counted up or down",
             "only variables and elements of arrays can");
    return make_expr(since(op.span.begin), Step{std::move(target), op.text == "++", true});
}

ExprPtr Grammar::postfix() {
    ExprPtr value = primary();
    while (true) {
        if (at("->") || (at("[") && is_target(*value))) {
            add_link();
            value = access(std::move(value));
        } else if (at_pretty()) {
            value = pretty(std::move(value));
        } else if ((at("++") || at("--")) && is_storage(*value)) {
            const uint32_t start = value->span.begin;
            const bool increment = take().text == "++";
            value = make_expr(since(start), Step{std::move(value), increment, false});
        } else {
            return value;
        }
    }
}

ExprPtr Grammar::access(ExprPtr object) {
    const uint32_t start = object->span.begin;
    if (take_if("[")) {
        ExprPtr index = expression();
        expect("]", "behind the index");
        return make_expr(since(start), Index{std::move(object), std::move(index)});
    }
    take();
    const Token name = expect_word("a field's name");
    return make_expr(since(start), Field{std::move(object), name.text, name.span, true});
}

ExprPtr Grammar::primary() {
    const Token first = peek();
    switch (first.kind) {
        case Token::Kind::Number: {
            take();
            return make_expr(first.span, Integer{first.value, first.is_unsigned});
        }
        case Token::Kind::String:
            return strings();
        case Token::Kind::Dollar:
            return target();
        case Token::Kind::At:
            return at_operator();
        case Token::Kind::Word:
            return name();
        default:
            break;
    }
    if (at("%{")) {
        embedded_c();
        return make_expr(first.span, Integer{});
    }
    if (!at("(")) unexpected("a value");
    take();
    ExprPtr value = expression();
    expect(")", "of the parentheses");
    value->span = since(first.span.begin);
    return value;
}

// Literals that stand together are one; a parameter between them is put in at its place.
ExprPtr Grammar::strings() {
    const Token first = take();
    ExprPtr value = make_expr(first.span, String{first.text});
    while (true) {
        const Token& next = peek();
        const bool is_parameter = next.kind == Token::Kind::At && is_positional(next);
        if (next.kind != Token::Kind::String && !is_parameter) return value;
        add_link();
        const Token token = take();
        auto* before = std::get_if<String>(&value->node);
        if (token.kind == Token::Kind::String && before != nullptr) {
            before->value += token.text;
            value->span = since(first.span.begin);
            continue;
        }
        ExprPtr right = is_parameter ? make_expr(token.span, positional(token))
                                     : make_expr(token.span, String{token.text});
        value = make_expr(since(first.span.begin),
                          Binary{BinaryOp::Concatenate, std::move(value), std::move(right), {}});
    }
}

// A variable, an element of an array or a call.
ExprPtr Grammar::name() {
    if (is_keyword(peek().text)) unexpected("a value");
    const Token name = take();
    if (take_if("(")) {
        std::vector<ExprPtr> arguments = list_until(")", [this] { return key(); });
        return make_expr(since(name.span.begin), Call{name.text, std::move(arguments), name.span});
    }
    if (!take_if("[")) return make_expr(name.span, Name{name.text});
    MapAccess element{name.text, list_until("]", [this] { return key(); }), true};
    return make_expr(since(name.span.begin), std::move(element));
}

ExprPtr Grammar::key() {
    const bool star = at("*") && (peek(1).is_op(",") || peek(1).is_op("]"));
    if (!star) return expression();
    const Span span = take().span;
    return make_expr(span, Name{"*"});
}

}  // namespace knowhy::lang::stap
