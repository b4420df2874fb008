// What the parsers of both dialects stand on: tokens ahead, brackets that are open, the depth of
// what is being built, and failing.
//
// A parser is a class over this one. What it cannot read it reports and throws Failed; it catches
// that itself, for a declaration at a time, and goes on behind it. No exception leaves parse().
#pragma once

#include <deque>
#include <initializer_list>

#include "lang/ast/ast.h"
#include "lang/source/token.h"

namespace knowhy::lang {

template <typename Node>
ExprPtr make_expr(Span span, Node node) {
    return std::make_unique<Expr>(Expr{span, std::move(node)});
}

template <typename Node>
StmtPtr make_stmt(Span span, Node node) {
    return std::make_unique<Stmt>(Stmt{span, std::move(node)});
}

class Parsing {
  protected:
    struct Failed {};

    Parsing(TokenSource& tokens, Diagnostics& diagnostics)
        : tokens_(tokens), diagnostics_(diagnostics) {}

    const Token& peek(size_t ahead = 0);
    Token take();
    [[nodiscard]] bool at(std::string_view op) { return peek().is_op(op); }
    [[nodiscard]] bool at_word(std::string_view word) { return peek().is_word(word); }
    [[nodiscard]] bool at_end() { return peek().kind == Token::Kind::End; }
    bool take_if(std::string_view op);
    bool take_if_word(std::string_view word);
    // Fails unless it is next. `where` goes on in the message: "behind the name".
    Token expect(std::string_view op, std::string_view where = {});
    // An identifier; `what` names it in the message: "a field's name".
    Token expect_word(std::string_view what);
    Token expect_string(std::string_view what);

    // $1, $#, and SystemTap's @1, @#.
    static bool is_positional(const Token& token);
    Positional positional(const Token& token);
    void expect_comma(std::string_view or_close);
    // What `item` reads, between commas up to the closing bracket, which is taken.
    template <typename Item>
    std::vector<ExprPtr> list_until(std::string_view close, Item item) {
        std::vector<ExprPtr> values;
        while (!at(close)) {
            values.push_back(item());
            if (!at(close)) expect_comma(close);
        }
        take();
        return values;
    }

    // From `begin` to the end of the token taken last.
    [[nodiscard]] Span since(uint32_t begin) const { return {begin, last_end_}; }
    [[nodiscard]] uint32_t begin() { return peek().span.begin; }
    [[nodiscard]] uint32_t last_end() const { return last_end_; }

    [[noreturn]] void fail(const Code& code, Span span, std::string message, std::string hint = {});
    // "expected `wanted`, but found ...", at the next token.
    [[noreturn]] void unexpected(std::string_view wanted, std::string hint = {});

    void skip_one();
    // Behind the outermost brace that is open, or else the next one, and its closing one: where
    // the next declaration begins. It also begins at one of these words outside of braces.
    void skip_declaration(std::initializer_list<std::string_view> starts = {});
    // Of what was not read as tokens.
    void read_until(uint32_t end) { last_end_ = end; }
    void forget_ahead() { ahead_.clear(); }

    // One more level of the tree while it lives.
    class Level {
      public:
        explicit Level(Parsing& parsing);
        ~Level() { --parsing_.levels_; }
        Level(const Level&) = delete;
        Level& operator=(const Level&) = delete;

      private:
        Parsing& parsing_;
    };
    // One expression that stands in no other. In it a chain such as a + b + c makes the tree deeper
    // with each link, though the parser does not recurse: add_link() keeps count.
    class Chain {
      public:
        explicit Chain(Parsing& parsing);
        ~Chain();
        Chain(const Chain&) = delete;
        Chain& operator=(const Chain&) = delete;

      private:
        Parsing& parsing_;
    };
    void add_link();

    Diagnostics& diagnostics() { return diagnostics_; }

  private:
    void note_bracket(const Token& token);

    TokenSource& tokens_;
    Diagnostics& diagnostics_;
    std::deque<Token> ahead_;
    std::vector<Token> open_;
    uint32_t last_end_ = 0;
    uint32_t levels_ = 0;
    uint32_t chains_ = 0;
    uint32_t links_ = 0;
};

}  // namespace knowhy::lang
