// What both lexers make, and the spelling that the dialects share.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "lang/source/codes.h"
#include "lang/source/source.h"

namespace knowhy::lang {

struct Token {
    enum class Kind : uint8_t {
        End,
        Bad,     // what `problem` says; told when it is taken, since the parser looks ahead
        Word,    // an identifier or keyword
        Number,  // `value`
        String,  // escapes resolved
        Dollar,  // $x: "x"; $1: "1"; $#: "#"
        At,      // @x: "x"; @: ""
        Op,      // an operator or a bracket
    };
    struct Problem {
        Code code;
        std::string message;
        std::string hint;
    };

    Kind kind = Kind::End;
    Span span;
    std::string text;
    uint64_t value = 0;
    bool is_unsigned = false;  // written so, or beyond int64
    std::optional<Problem> problem;

    [[nodiscard]] bool is_op(std::string_view op) const { return kind == Kind::Op && text == op; }
    [[nodiscard]] bool is_word(std::string_view word) const {
        return kind == Kind::Word && text == word;
    }
};

Token bad_token(Span span, const Code& code, std::string message, std::string hint = {});

// What a message calls a token: "a number", "the end of the script", "+=" in quotes.
std::string described(const Token& token);

class TokenSource {
  public:
    virtual ~TokenSource() = default;
    // End again and again once the text is through.
    virtual Token next() = 0;

  protected:
    TokenSource() = default;
    TokenSource(const TokenSource&) = default;
    TokenSource& operator=(const TokenSource&) = default;
};

// ASCII whatever the locale says.
bool is_digit(char c);
bool is_blank(char c);        // a line's end too
bool starts_word(char c);     // a letter or "_"
bool continues_word(char c);  // those and digits

// Where the word that begins at `at` ends; `at` itself when none does.
size_t word_end(std::string_view text, size_t at);

// What a backslash and the bytes behind it mean: \n \t \r \a \b \f \v \\ \" \0nn \xnn.
struct Escape {
    char value = 0;
    size_t length = 0;  // bytes behind the backslash
};
std::optional<Escape> read_escape(std::string_view behind_backslash);

// What a string with quotes at its ends may do with a backslash that is no escape.
enum class OtherEscapes : uint8_t { Refused, Dropped };
struct ReadToken {
    Token token;
    size_t end = 0;  // where to read on
};
// The string whose opening quote is at `at`: a String, or Bad. A line's end ends it.
ReadToken read_string(std::string_view text, size_t at, OtherEscapes others);

// The longest of `ops` (longest first) that stands at the front; "" none.
std::string_view read_op(std::string_view text, std::span<const std::string_view> ops);

// A character no token begins with.
Token unknown_character(std::string_view text, size_t at);

}  // namespace knowhy::lang
