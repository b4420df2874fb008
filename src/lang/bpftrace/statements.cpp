#include "lang/bpftrace/discard.h"
#include "lang/bpftrace/grammar.h"

namespace knowhy::lang::bpftrace {
namespace {

constexpr const char* kLoops = "loops are: for ($kv : @map) { }, for ($i : 0..10) { }";

}  // namespace

Grammar::Content Grammar::content() {
    const Level level(*this);
    if (!at("{")) unexpected("\"{\"", "what belongs together stands in braces: { ... }");
    take();
    Content read;
    while (!at("}")) {
        if (take_if(";")) continue;
        // What seemed to be the value is a statement when another follows.
        if (read.value) read.statements.push_back(discarded(std::move(read.value)));
        statement(read);
    }
    take();
    return read;
}

Block Grammar::block() {
    Content read = content();
    if (read.value) read.statements.push_back(discarded(std::move(read.value)));
    return std::move(read.statements);
}

void Grammar::statement(Content& into) {
    const Level level(*this);
    if (!keyword_statement(into)) simple_statement(into);
}

bool Grammar::keyword_statement(Content& into) {
    const Token first = peek();
    if (first.is_op("{")) {
        Content inner = content();
        const Span span = since(first.span.begin);
        if (inner.value)
            into.value =
                make_expr(span, BlockValue{std::move(inner.statements), std::move(inner.value)});
        else
            into.statements.push_back(make_stmt(span, std::move(inner.statements)));
        return true;
    }
    if (first.kind != Token::Kind::Word) return false;
    if (first.text == "if") {
        if_statement(into);
        return true;
    }
    const auto loop = [&](StmtPtr statement) {
        into.statements.push_back(std::move(statement));
        return true;
    };
    if (first.text == "while") return loop(while_loop());
    if (first.text == "for") return loop(for_loop());
    if (first.text == "unroll") return loop(unroll());
    if (first.text == "import") {
        import_statement();
        return true;
    }
    const auto simple = [&](StmtPtr statement) {
        into.statements.push_back(std::move(statement));
        end_statement(into, nullptr);
        return true;
    };
    if (first.text == "let") return simple(let());
    if (first.text == "return") return simple(return_statement());
    if (first.text == "break") return take(), simple(make_stmt(first.span, Break{}));
    if (first.text == "continue") return take(), simple(make_stmt(first.span, Continue{}));
    return false;
}

void Grammar::simple_statement(Content& into) {
    ExprPtr value = assignment_or_expression();
    end_statement(into, std::move(value));
}

// The semicolon; before the closing brace it may be left out, and an expression then is the value.
void Grammar::end_statement(Content& into, ExprPtr value) {
    if (at("}")) {
        const bool assigns = value && std::holds_alternative<Assign>(value->node);
        if (value && !assigns)
            into.value = std::move(value);
        else if (value)
            into.statements.push_back(discarded(std::move(value)));
        return;
    }
    const bool is_name = value && std::holds_alternative<Name>(value->node);
    if (value) into.statements.push_back(discarded(std::move(value)));
    if (take_if(";")) return;
    const Token& next = peek();
    if (next.kind == Token::Kind::Op || next.kind == Token::Kind::Bad || at_end())
        unexpected("\";\" or an operator");
    fail(codes::kSemicolon, {last_end(), last_end()},
         "expected \";\" between two statements, before " + described(next),
         is_name ? "functions are called with parentheses: delete(@x, 1)"
                 : "end the statement with \";\"");
}

void Grammar::if_statement(Content& into) {
    const uint32_t start = begin();
    take();
    ExprPtr test = condition();
    Content yes = content();
    Content no;
    const bool has_else = take_if_word("else");
    if (has_else && at_word("if")) {
        const Level level(*this);
        if_statement(no);
    } else if (has_else) {
        no = content();
    }
    const Span span = since(start);
    if (yes.value && no.value) {
        ExprPtr if_so =
            make_expr(span, BlockValue{std::move(yes.statements), std::move(yes.value)});
        ExprPtr if_not = make_expr(span, BlockValue{std::move(no.statements), std::move(no.value)});
        into.value =
            make_expr(span, Conditional{std::move(test), std::move(if_so), std::move(if_not)});
        return;
    }
    const auto all = [](Content branch) {
        if (branch.value) branch.statements.push_back(discarded(std::move(branch.value)));
        return std::move(branch.statements);
    };
    into.statements.push_back(
        make_stmt(span, If{std::move(test), all(std::move(yes)), all(std::move(no))}));
}

ExprPtr Grammar::condition() {
    if (at("{")) unexpected("a condition");
    return expression();
}

StmtPtr Grammar::let() {
    const uint32_t start = begin();
    take();
    if (peek().kind != Token::Kind::Dollar)
        unexpected("a variable such as $x", "maps are declared outside of probes");
    Let let;
    let.name = take().text;
    if (take_if(":")) let.type = type();
    if (take_if("=")) let.value = expression();
    return make_stmt(since(start), std::move(let));
}

StmtPtr Grammar::while_loop() {
    const uint32_t start = begin();
    take();
    ExprPtr test = condition();
    Block body = block();
    return make_stmt(since(start), While{std::move(test), std::move(body)});
}

StmtPtr Grammar::unroll() {
    const uint32_t start = begin();
    take();
    ExprPtr count = condition();
    Block body = block();
    return make_stmt(since(start), Unroll{std::move(count), std::move(body)});
}

StmtPtr Grammar::for_loop() {
    const uint32_t start = begin();
    take();
    const bool parenthesised = take_if("(");
    if (peek().kind != Token::Kind::Dollar) unexpected("the loop's variable", kLoops);
    std::string variable = take().text;
    if (!take_if(":")) unexpected("\":\" behind the loop's variable", kLoops);
    const bool over_map =
        peek().kind == Token::Kind::At && (peek(1).is_op(")") || peek(1).is_op("{"));
    StmtPtr loop =
        over_map ? for_map(start, std::move(variable)) : for_range(start, std::move(variable));
    if (parenthesised) expect(")", "behind what is looped over");
    Block body = block();
    if (auto* map = std::get_if<ForMap>(&loop->node))
        map->body = std::move(body);
    else
        std::get<ForRange>(loop->node).body = std::move(body);
    loop->span = since(start);
    return loop;
}

StmtPtr Grammar::for_map(uint32_t start, std::string variable) {
    const Token map = take();
    return make_stmt(since(start), ForMap{std::move(variable), map.text, map.span, {}});
}

StmtPtr Grammar::for_range(uint32_t start, std::string variable) {
    ExprPtr from = expression();
    expect("..", "between a range's ends");
    ExprPtr to = expression();
    return make_stmt(since(start),
                     ForRange{std::move(variable), std::move(from), std::move(to), {}});
}

StmtPtr Grammar::return_statement() {
    const uint32_t start = begin();
    take();
    ExprPtr value;
    if (!at(";") && !at("}")) value = expression();
    return make_stmt(since(start), Return{std::move(value)});
}

}  // namespace knowhy::lang::bpftrace
