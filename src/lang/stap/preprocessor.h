// Conditions %( a == b %? tokens %: tokens %) and @define macros, on the way from lexer to parser.
#pragma once

#include <deque>
#include <map>
#include <vector>

#include "lang/source/token.h"
#include "lang/stap/parser.h"

namespace knowhy::lang::stap {

class Preprocessor : public TokenSource {
  public:
    Preprocessor(TokenSource& tokens, const Options& options);

    Token next() override;

  private:
    using Tokens = std::vector<Token>;
    struct Macro {
        std::vector<std::string> parameters;
        Tokens body;
    };
    struct Bad {  // thrown here and caught in next()
        Token token;
    };

    Token raw();
    Token take(std::string_view op, std::string_view where);
    void define(Span at);
    void expand(const Macro& macro, const Token& use);
    [[nodiscard]] bool is_argument(const Token& token) const;
    Token argument_text(const Token& use) const;
    void put_argument(const Token& use);
    void put_back_counted(const Tokens& tokens, Span use);
    std::vector<Tokens> arguments(const Token& use);
    Tokens body(Span open, std::initializer_list<std::string_view> ends, std::string& end);
    void branch(Span open);
    Tokens condition(Span open);
    bool either(Span open, Tokens& condition);
    bool both(Span open, Tokens& condition);
    bool comparison(Span open, Tokens& condition);
    std::string operand(Span open, Tokens& condition, bool& is_version);
    std::string value_of(const Token& token) const;
    void put_back(const Tokens& tokens);

    TokenSource& tokens_;
    const Options& options_;
    std::deque<Token> pending_;
    std::map<std::string, Macro, std::less<>> macros_;
    size_t expanded_ = 0;
};

}  // namespace knowhy::lang::stap
