#include "lang/stap/grammar.h"

namespace knowhy::lang::stap {
namespace {

// What a block holds, when it stands where one statement could.
Block unwrapped(StmtPtr statement) {
    if (auto* all = std::get_if<Block>(&statement->node)) return std::move(*all);
    Block one;
    one.push_back(std::move(statement));
    return one;
}

}  // namespace

Block Grammar::block() {
    const Level level(*this);
    if (!at("{")) unexpected("\"{\"", "what belongs together stands in braces: { ... }");
    take();
    Block statements;
    while (!at("}")) {
        if (!take_if(";")) statements.push_back(statement());
    }
    take();
    return statements;
}

Block Grammar::body() {
    return unwrapped(statement());
}

// Semicolons between statements may be left out.
StmtPtr Grammar::statement() {
    const Level level(*this);
    const Token first = peek();
    const auto done = [&](StmtPtr statement) {
        take_if(";");
        return statement;
    };
    if (first.is_op("{")) return make_stmt(first.span, block());
    if (first.is_op("%{")) return make_stmt(first.span, embedded_c());
    if (first.is_op(";")) return take(), make_stmt(first.span, Block{});
    if (first.is_word("if")) return if_statement();
    if (first.is_word("while")) return while_loop();
    if (first.is_word("for")) return for_loop();
    if (first.is_word("foreach")) return foreach_loop();
    if (first.is_word("try")) return try_statement();
    if (first.is_word("return")) return done(return_statement());
    if (first.is_word("delete")) return done(delete_statement());
    if (first.is_word("break")) return take(), done(make_stmt(first.span, Break{}));
    if (first.is_word("continue")) return take(), done(make_stmt(first.span, Continue{}));
    if (first.is_word("next")) return take(), done(make_stmt(first.span, Next{}));
    ExprPtr value = expression();
    const Span span = value->span;
    return done(make_stmt(span, ExprStmt{std::move(value)}));
}

StmtPtr Grammar::if_statement() {
    const uint32_t start = begin();
    take();
    expect("(", "and a condition");
    ExprPtr condition = expression();
    expect(")", "behind the condition");
    Block yes = body();
    Block no;
    if (take_if_word("else")) no = body();
    return make_stmt(since(start), If{std::move(condition), std::move(yes), std::move(no)});
}

StmtPtr Grammar::while_loop() {
    const uint32_t start = begin();
    take();
    expect("(", "and a condition");
    ExprPtr condition = expression();
    expect(")", "behind the condition");
    Block repeated = body();
    return make_stmt(since(start), While{std::move(condition), std::move(repeated)});
}

StmtPtr Grammar::for_loop() {
    const uint32_t start = begin();
    take();
    For loop;
    expect("(", "behind for");
    if (!at(";")) loop.first = expression();
    expect(";", "behind the loop's beginning");
    if (!at(";")) loop.condition = expression();
    expect(";", "behind the loop's condition");
    if (!at(")")) loop.step = expression();
    expect(")", "behind the loop's step");
    loop.body = body();
    return make_stmt(since(start), std::move(loop));
}

StmtPtr Grammar::return_statement() {
    const uint32_t start = begin();
    take();
    ExprPtr value;
    if (!at(";") && !at("}")) value = expression();
    return make_stmt(since(start), Return{std::move(value)});
}

StmtPtr Grammar::delete_statement() {
    const uint32_t start = begin();
    take();
    ExprPtr what = expression();
    if (!std::holds_alternative<Name>(what->node) && !std::holds_alternative<MapAccess>(what->node))
        fail(codes::kNotAssignable, what->span, "this cannot be deleted",
             "only an element, delete a[k], a whole array, or a variable can");
    return make_stmt(since(start), Delete{std::move(what)});
}

StmtPtr Grammar::try_statement() {
    const uint32_t start = begin();
    take();
    Try guarded;
    guarded.body = block();
    if (!take_if_word("catch")) unexpected("\"catch\" behind the try block");
    if (take_if("(")) {
        if (!at(")")) guarded.message = expect_word("a variable for the error's text").text;
        expect(")", "behind the variable");
    }
    guarded.handler = block();
    return make_stmt(since(start), std::move(guarded));
}

}  // namespace knowhy::lang::stap
