#include "lang/stap/grammar.h"

namespace knowhy::lang::stap {
namespace {

constexpr const char* kForms =
    "loops are: foreach (k in array), foreach ([a+, b] in array[*, 1] limit 10), foreach (v = k in "
    "array @sum-)";

}  // namespace

StmtPtr Grammar::foreach_loop() {
    const uint32_t start = begin();
    take();
    Foreach loop;
    expect("(", "behind foreach");
    foreach_keys(loop);
    if (!take_if_word("in")) unexpected("\"in\" and the array", kForms);
    foreach_array(loop);
    if (take_if_word("limit")) loop.limit = expression();
    expect(")", "behind what is looped over");
    loop.body = body();
    return make_stmt(since(start), std::move(loop));
}

void Grammar::foreach_keys(Foreach& into) {
    if (peek().kind == Token::Kind::Word && peek(1).is_op("=")) {
        into.value = take().text;
        take();
    }
    if (!take_if("[")) {
        into.keys.push_back(foreach_key());
        return;
    }
    do into.keys.push_back(foreach_key());
    while (take_if(","));
    expect("]", "behind the keys");
}

Foreach::Key Grammar::foreach_key() {
    if (peek().kind != Token::Kind::Word) unexpected("a variable for the key", kForms);
    Foreach::Key key;
    key.name = take().text;
    key.order = order();
    return key;
}

Order Grammar::order() {
    if (take_if("+")) return Order::Ascending;
    return take_if("-") ? Order::Descending : Order::None;
}

void Grammar::foreach_array(Foreach& into) {
    if (peek().kind == Token::Kind::At && peek(1).is_op("("))
        into.histogram = at_operator();
    else
        into.map = array_name();
    if (take_if("["))
        for (ExprPtr& key : list_until("]", [this] { return key(); })) {
            const auto* star = std::get_if<Name>(&key->node);
            into.slice.push_back(star != nullptr && star->name == "*" ? nullptr : std::move(key));
        }
    if (peek().kind == Token::Kind::At) into.by_statistic = "@" + take().text;
    into.by_value = order();
}

}  // namespace knowhy::lang::stap
