// A script's text, places in it, and what is said about them.
//
// Every token, expression and statement carries a Span, so that each message can show the script's
// own line with a caret under what it is about:
//
//     script.bt:3:14: error: KW2012: no field "protocl" in struct sk_buff
//         if (skb->protocl == 8) {
//                  ~~~~~~~
//     hint: did you mean "protocol"?
//
// The line loses its own indentation and is set in by four; of a long one a part is shown. A place
// without length, such as the text's end, is marked with "^".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace knowhy::lang {

// Bytes [begin, end) of Source::text.
struct Span {
    uint32_t begin = 0;
    uint32_t end = 0;
    bool operator==(const Span&) const = default;
};

// The smallest span that covers both.
Span join(Span first, Span second);

class Source {
  public:
    // `name` is what messages call it: a path, "stdin", "-e". At most 16 MB; the caller checks.
    Source(std::string name, std::string text);

    struct Position {
        uint32_t line = 1;    // from 1
        uint32_t column = 1;  // from 1, in bytes
    };

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] std::string_view text() const { return text_; }
    [[nodiscard]] std::string_view text(Span span) const;
    [[nodiscard]] Position position(uint32_t offset) const;
    // The line that holds the offset, without its end.
    [[nodiscard]] std::string_view line(uint32_t offset) const;

  private:
    std::string name_;
    std::string text_;
    std::vector<uint32_t> line_starts_;
};

enum class Severity : uint8_t { Error, Warning };

struct Diagnostic {
    Severity severity = Severity::Error;
    std::string_view code;  // the id of one of codes.h
    Span span;
    std::string message;  // one line, no full stop
    std::string hint;     // what to do; "" none

    bool operator==(const Diagnostic&) const = default;
};

// Diagnostics in the order found. A pass goes on after an error where that makes sense, and the
// next pass does not start.
class Diagnostics {
  public:
    // Without a hint an error has its code's.
    void error(std::string_view code, Span span, std::string message, std::string hint = {});
    void warning(std::string_view code, Span span, std::string message, std::string hint = {});

    [[nodiscard]] bool has_error() const { return errors_ > 0; }
    [[nodiscard]] const std::vector<Diagnostic>& all() const { return all_; }

    // Errors kept, and warnings; a broken script has no end of them. The same is kept once.
    static constexpr size_t kMost = 20;

  private:
    void keep(Diagnostic diagnostic);

    std::vector<Diagnostic> all_;
    size_t errors_ = 0;
};

// As above, several lines, each with its end. Bytes that a terminal would obey are escaped.
std::string to_text(const Source& source, const Diagnostic& diagnostic);

}  // namespace knowhy::lang
