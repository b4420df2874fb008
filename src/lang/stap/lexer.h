// SystemTap's text as tokens.
//
// Dollar and At tokens hold what follows the first "$" or "@": $x$$ is "x$$", $$vars "$vars", @1
// "1". Embedded C, from %{ to %}, is one operator "%{".
#pragma once

#include "lang/source/token.h"

namespace knowhy::lang::stap {

class Lexer : public TokenSource {
  public:
    explicit Lexer(std::string_view text) : text_(text) {}

    Token next() override;

  private:
    std::optional<Token> skip_blanks();
    Token number();
    Token sigil();
    Token op();
    Token take_text(Token::Kind kind, size_t begin, std::string_view text);

    [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }
    [[nodiscard]] Span from(size_t begin) const {
        return {static_cast<uint32_t>(begin), static_cast<uint32_t>(at_)};
    }

    std::string_view text_;
    size_t at_ = 0;
};

}  // namespace knowhy::lang::stap
