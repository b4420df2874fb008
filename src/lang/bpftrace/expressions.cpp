#include <algorithm>
#include <array>

#include "lang/ast/operators.h"
#include "lang/bpftrace/grammar.h"

namespace knowhy::lang::bpftrace {
namespace {

constexpr auto kOperators = std::to_array<Operator>({{"||", BinaryOp::LogicalOr, 1},
                                                     {"&&", BinaryOp::LogicalAnd, 2},
                                                     {"|", BinaryOp::BitOr, 3},
                                                     {"^", BinaryOp::BitXor, 4},
                                                     {"&", BinaryOp::BitAnd, 5},
                                                     {"==", BinaryOp::Equal, 6},
                                                     {"!=", BinaryOp::NotEqual, 6},
                                                     {"<", BinaryOp::Less, 7},
                                                     {"<=", BinaryOp::LessEqual, 7},
                                                     {">", BinaryOp::Greater, 7},
                                                     {">=", BinaryOp::GreaterEqual, 7},
                                                     {"<<", BinaryOp::ShiftLeft, 8},
                                                     {">>", BinaryOp::ShiftRight, 8},
                                                     {"+", BinaryOp::Add, 9},
                                                     {"-", BinaryOp::Subtract, 9},
                                                     {"*", BinaryOp::Multiply, 10},
                                                     {"/", BinaryOp::Divide, 10},
                                                     {"%", BinaryOp::Modulo, 10}});

bool is_discard(const Expr& expr) {
    const auto* name = std::get_if<Name>(&expr.node);
    return name != nullptr && name->name == "_";
}

bool is_storage(const Expr& expr) {
    return std::holds_alternative<Variable>(expr.node) ||
           std::holds_alternative<MapAccess>(expr.node);
}

bool is_keyword(std::string_view word) {
    constexpr std::array<std::string_view, 10> kKeywords = {
        "else", "for", "while", "unroll", "break", "continue", "return", "let", "macro", "import"};
    return std::ranges::count(kKeywords, word) != 0;
}

}  // namespace

ExprPtr Grammar::expression() {
    const Chain chain(*this);
    ExprPtr value = ternary();
    if (find_assignment(kOperators, peek()))
        fail(codes::kAssignmentAsValue, peek().span, "an assignment is not a value",
             "to compare write \"==\"; to assign make it a statement of its own");
    return value;
}

ExprPtr Grammar::assignment_or_expression() {
    const Chain chain(*this);
    ExprPtr value = ternary();
    return find_assignment(kOperators, peek()) ? assignment(std::move(value)) : std::move(value);
}

ExprPtr Grammar::assignment(ExprPtr target) {
    const std::optional<BinaryOp> op = find_assignment(kOperators, peek())->op;
    if (std::holds_alternative<TupleField>(target->node))
        fail(codes::kNotAssignable, target->span, "a tuple is not changed once it is made",
             "make a new one: $t = ($t.0, 5)");
    if (!is_storage(*target) && (!is_discard(*target) || op))
        fail(codes::kNotAssignable, target->span, "this cannot be assigned to",
             "only variables ($x) and maps (@x, @x[key]) can; kernel memory is never written");
    take();
    const Span start = target->span;
    ExprPtr value = expression();
    return make_expr(since(start.begin), Assign{std::move(target), op, false, std::move(value)});
}

ExprPtr Grammar::ternary() {
    const Level level(*this);
    ExprPtr first = binary(1);
    if (!take_if("?")) return first;
    const uint32_t start = first->span.begin;
    ExprPtr yes;
    if (!at(":")) yes = ternary();
    expect(":", "of \"? :\"");
    ExprPtr no = ternary();
    return make_expr(since(start), Conditional{std::move(first), std::move(yes), std::move(no)});
}

bool Grammar::at_predicate_end() {
    return in_predicate_ && at("/") && peek(1).is_op("{");
}

ExprPtr Grammar::binary(int lowest) {
    ExprPtr left = unary();
    while (!at_predicate_end()) {
        const Operator* op = find_operator(kOperators, peek());
        if (op == nullptr || op->binds < lowest) break;
        add_link();
        const Span op_span = take().span;
        ExprPtr right = binary(op->binds + 1);
        const Span span = join(left->span, right->span);
        left = make_expr(span, Binary{op->op, std::move(left), std::move(right), op_span});
    }
    return left;
}

ExprPtr Grammar::unary() {
    if (at("++") || at("--")) return step_before();
    const Token first = peek();
    const std::optional<UnaryOp> prefix = find_prefix(first);
    if (!prefix) return cast_ahead() ? cast() : postfix();
    const Level level(*this);
    take();
    ExprPtr operand = unary();
    return make_expr(since(first.span.begin), Unary{*prefix, std::move(operand)});
}

void Grammar::refuse_step(const Expr& target) {
    if (!is_storage(target))
        fail(codes::kNotAssignable, target.span, "this cannot be counted up or down",
             "only variables ($x) and maps (@x, @x[key]) can");
}

ExprPtr Grammar::step_before() {
    const Level level(*this);
    const Token op = take();
    ExprPtr target = unary();
    refuse_step(*target);
    return make_expr(since(op.span.begin), Step{std::move(target), op.text == "++", true});
}

ExprPtr Grammar::postfix() {
    ExprPtr value = primary();
    while (true) {
        if (at(".") || at("->") || at("[")) {
            add_link();
            value = access(std::move(value));
        } else if (at("++") || at("--")) {
            refuse_step(*value);
            const Span start = value->span;
            const bool increment = take().text == "++";
            value = make_expr(since(start.begin), Step{std::move(value), increment, false});
        } else {
            return value;
        }
    }
}

ExprPtr Grammar::access(ExprPtr object) {
    const uint32_t start = object->span.begin;
    const Token how = take();
    if (how.text == "[") {
        ExprPtr index = expression();
        expect("]", "behind the index");
        return make_expr(since(start), Index{std::move(object), std::move(index)});
    }
    if (how.text == "." && peek().kind == Token::Kind::Number) {
        const Token number = take();
        return make_expr(since(start),
                         TupleField{std::move(object), static_cast<uint32_t>(number.value)});
    }
    const Token name = expect_word("a field's name");
    return make_expr(since(start),
                     Field{std::move(object), name.text, name.span, how.text == "->"});
}

ExprPtr Grammar::primary() {
    const Token first = peek();
    switch (first.kind) {
        case Token::Kind::Number: {
            take();
            return make_expr(first.span, Integer{first.value, first.is_unsigned});
        }
        case Token::Kind::String:
            take();
            return make_expr(first.span, String{first.text});
        case Token::Kind::Dollar:
            return variable();
        case Token::Kind::At:
            return map();
        case Token::Kind::Word:
            return word();
        default:
            break;
    }
    if (at("(")) return in_parentheses();
    if (!at("{")) unexpected("a value");
    Content block = content();
    if (!block.value)
        fail(codes::kUnexpected, since(first.span.begin), "the block has no value",
             "its last expression, without a semicolon, is its value");
    return make_expr(since(first.span.begin),
                     BlockValue{std::move(block.statements), std::move(block.value)});
}

ExprPtr Grammar::variable() {
    const Token token = take();
    if (is_positional(token)) return make_expr(token.span, positional(token));
    return make_expr(token.span, Variable{token.text});
}

ExprPtr Grammar::map() {
    const Token name = take();
    MapAccess map{name.text, {}, at("[")};
    if (take_if("[")) map.keys = list_until("]", [this] { return argument(); });
    return make_expr(since(name.span.begin), std::move(map));
}

ExprPtr Grammar::argument() {
    const std::optional<TypeAhead> type_here = type_ahead(0);
    const Token& first = peek();
    const bool tagged = first.is_word("struct") || first.is_word("union") ||
                        first.is_word("enum") || first.is_word("typeof");
    const bool is_type =
        tagged || (type_here && type_here->certain &&
                   (peek(type_here->end).is_op(",") || peek(type_here->end).is_op(")")));
    if (!is_type) return expression();
    const uint32_t start = begin();
    TypeName read = type();
    return make_expr(since(start), TypeValue{std::move(read)});
}

ExprPtr Grammar::word() {
    const Token& first = peek();
    if (first.text == "sizeof") return size_of();
    if (first.text == "offsetof") return offset_of();
    if (first.text == "if") return if_value();
    if (first.text == "comptime") {
        // What it asks to be worked out beforehand is so anyway, where it can be.
        const Level level(*this);
        take();
        return unary();
    }
    if (is_keyword(first.text)) unexpected("a value");
    if (peek(1).is_op("(")) return call();
    const Token name = take();
    if (name.text == "true" || name.text == "false")
        return make_expr(name.span, Boolean{name.text == "true"});
    return make_expr(name.span, Name{name.text});
}

ExprPtr Grammar::call() {
    const Token name = take();
    take();
    std::vector<ExprPtr> arguments = list_until(")", [this] { return argument(); });
    return make_expr(since(name.span.begin), Call{name.text, std::move(arguments), name.span});
}

ExprPtr Grammar::if_value() {
    const Token first = peek();
    Content read;
    if_statement(read);
    if (!read.value)
        fail(codes::kUnexpected, first.span, "this if has no value",
             "both of its branches have to end with an expression without a semicolon");
    return std::move(read.value);
}

ExprPtr Grammar::in_parentheses() {
    const bool is_record = peek(1).kind == Token::Kind::Word && peek(2).is_op("=");
    return is_record ? record() : tuple_or_group();
}

ExprPtr Grammar::record() {
    const Span open = take().span;
    TupleOf record;
    while (!at(")")) {
        record.names.push_back(expect_word("a field's name").text);
        expect("=", "and the field's value");
        record.elements.push_back(expression());
        if (!at(")")) expect(",", "between a record's fields");
    }
    take();
    return make_expr(since(open.begin), std::move(record));
}

ExprPtr Grammar::tuple_or_group() {
    const Span open = take().span;
    TupleOf tuple;
    bool is_tuple = at(")");
    while (!at(")")) {
        tuple.elements.push_back(expression());
        if (at(")")) break;
        if (!take_if(",")) unexpected("\")\" or an operator");
        is_tuple = true;
    }
    take();
    if (is_tuple) return make_expr(since(open.begin), std::move(tuple));
    ExprPtr value = std::move(tuple.elements.front());
    value->span = since(open.begin);
    return value;
}

ExprPtr Grammar::cast() {
    const Level level(*this);
    const Span open = take().span;
    TypeName to = type();
    expect(")", "behind the type");
    ExprPtr operand = unary();
    return make_expr(since(open.begin), Cast{std::move(to), std::move(operand)});
}

ExprPtr Grammar::size_of() {
    const Span word = take().span;
    expect("(", "behind sizeof");
    const std::optional<TypeAhead> ahead = type_ahead(0);
    SizeOf size;
    if (ahead && (ahead->certain || ahead->end > 1) && peek(ahead->end).is_op(")"))
        size.type = type();
    else
        size.operand = expression();
    expect(")", "of sizeof");
    return make_expr(since(word.begin), std::move(size));
}

ExprPtr Grammar::offset_of() {
    const Span word = take().span;
    expect("(", "behind offsetof");
    const std::optional<TypeAhead> ahead = type_ahead(0);
    OffsetOf offset;
    if (ahead && (ahead->certain || peek(ahead->end).is_op(",")))
        offset.type = type();
    else
        offset.operand = expression();
    expect(",", "and the field of offsetof");
    offset.path = offset_path();
    expect(")", "of offsetof");
    return make_expr(since(word.begin), std::move(offset));
}

std::string Grammar::offset_path() {
    std::string path = expect_word("a field's name").text;
    while (true) {
        if (take_if(".")) {
            path += "." + expect_word("a field's name").text;
        } else if (take_if("[")) {
            path += "[" + std::to_string(number().value_or(0)) + "]";
            expect("]", "behind the index");
        } else {
            return path;
        }
    }
}

}  // namespace knowhy::lang::bpftrace
