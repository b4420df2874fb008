#include "lang/stap/grammar.h"

namespace knowhy::lang::stap {
namespace {

// "$" or "$$" at a name's end asks for the whole value as text.
size_t dollars_at_end(std::string_view name) {
    size_t count = 0;
    while (count < name.size() && name[name.size() - 1 - count] == '$') ++count;
    return count;
}

}  // namespace

ExprPtr Grammar::target() {
    const Token token = take();
    if (is_positional(token)) return make_expr(token.span, positional(token));
    std::string name = token.text;
    const size_t dollars = dollars_at_end(name);
    if (dollars == name.size() || dollars > 2)
        fail(codes::kCharacter, token.span, "\"$\" has no name behind it",
             "the probed code's variables are $x, and all of them $$vars");
    name.resize(name.size() - dollars);
    ExprPtr variable = make_expr(token.span, Variable{std::move(name)});
    if (dollars == 0) return variable;
    return make_expr(token.span, Pretty{std::move(variable), dollars == 2});
}

// The dollars behind $x->y or $x[1], right behind it.
bool Grammar::at_pretty() {
    const Token& next = peek();
    return next.kind == Token::Kind::Dollar && next.span.begin == last_end() &&
           (next.text.empty() || next.text == "$");
}

ExprPtr Grammar::pretty(ExprPtr object) {
    add_link();
    const bool deep = take().text == "$";
    const uint32_t start = object->span.begin;
    return make_expr(since(start), Pretty{std::move(object), deep});
}

// @count(x), @cast(...), @var(...), @1 and whatever else begins so.
ExprPtr Grammar::at_operator() {
    const Token name = take();
    if (is_positional(name)) return make_expr(name.span, positional(name));
    const uint32_t start = name.span.begin;
    if (name.text == "cast") return named_cast(start);
    if (name.text == "var") return target_by_name(start);
    std::vector<ExprPtr> arguments;
    if (take_if("(")) arguments = list_until(")", [this] { return key(); });
    return make_expr(since(start), Call{"@" + name.text, std::move(arguments), name.span});
}

ExprPtr Grammar::named_cast(uint32_t start) {
    expect("(", "behind @cast");
    NamedCast cast;
    cast.operand = expression();
    expect(",", "and the type of @cast, in quotes");
    cast.type = quoted("the type of @cast, in quotes");
    if (take_if(",")) cast.module = quoted("the module of @cast, in quotes");
    expect(")", "of @cast");
    return make_expr(since(start), std::move(cast));
}

ExprPtr Grammar::target_by_name(uint32_t start) {
    expect("(", "behind @var");
    TargetVariable variable;
    variable.name = quoted("the variable of @var, in quotes");
    if (take_if(",")) variable.module = quoted("the module of @var, in quotes");
    expect(")", "of @var");
    return make_expr(since(start), std::move(variable));
}

std::string Grammar::quoted(std::string_view what) {
    std::string text = expect_string(what).text;
    while (peek().kind == Token::Kind::String) text += take().text;
    return text;
}

}  // namespace knowhy::lang::stap
