// bpftrace's text as tokens, with the C preprocessor as far as scripts use it: #include is noted,
// #define of a name without parameters replaces it by its tokens, and #if, #ifdef, #ifndef, #elif,
// #else and #endif leave text out. BPFTRACE_HAVE_BTF is defined, since here the kernel's types are
// always known.
//
// Probe points and C definitions are not made of these tokens. The parser knows where they stand:
// it rewinds to there and has them read as pieces of text.
#pragma once

#include <deque>
#include <map>
#include <vector>

#include "lang/ast/ast.h"
#include "lang/source/token.h"

namespace knowhy::lang::bpftrace {

class Lexer : public TokenSource {
  public:
    explicit Lexer(std::string_view text) : text_(text) {}

    Token next() override;

    // Reads on from there; `offset` is where a token began and none behind it was asked for.
    void rewind(uint32_t offset);

    struct ReadPoint {
        std::string label;
        ProbePoint point;
        std::optional<Token> bad;  // Bad, when it is not one
    };
    ReadPoint probe_point();

    // The C definition that comes: up to its last brace or semicolon. nullopt: it has none.
    std::optional<Span> c_definition();

    std::vector<Include> take_includes() { return std::move(includes_); }

  private:
    struct Branch {  // an #if and what is read of it
        Span span;
        bool outer = true;     // what it stands in is read
        bool taken = false;    // one of its branches was, or is
        bool reading = false;  // this one is
    };

    // Past blanks, comments and directives. Bad when one of those is wrong.
    std::optional<Token> skip_blanks();
    std::optional<Token> skip_comment();
    std::optional<Token> directive();
    std::optional<Token> include(std::string_view arguments, Span line);
    std::optional<Token> define(std::string_view name_and_text, size_t end);
    std::optional<Token> branch(std::string_view name, std::string_view condition, Span line);
    std::optional<Token> leave_out();
    [[nodiscard]] std::optional<bool> evaluate(std::string_view condition) const;
    [[nodiscard]] bool at_line_start() const;
    [[nodiscard]] size_t line_end(size_t from) const;

    Token end_of_text();
    Token token();
    Token sigil();
    Token take_text(Token::Kind kind, size_t begin, std::string_view text);

    [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }
    [[nodiscard]] Span from(size_t begin) const {
        return {static_cast<uint32_t>(begin), static_cast<uint32_t>(at_)};
    }

    std::string_view text_;
    size_t at_ = 0;
    bool behind_dot_ = false;  // so that the 0.1 of $x.0.1 is two numbers
    std::map<std::string, std::vector<Token>, std::less<>> defines_ = {{"BPFTRACE_HAVE_BTF", {}}};
    std::deque<Token> expanded_;
    std::vector<Branch> branches_;
    std::vector<Include> includes_;
};

}  // namespace knowhy::lang::bpftrace
