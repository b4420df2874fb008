#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "lang/bpftrace/lexer.h"

namespace knowhy::lang::bpftrace {
namespace {

// A #define of a #define of ... must not grow without end.
constexpr size_t kMostTokens = 1000;
// evaluate() recurses over a condition's operators.
constexpr size_t kLongestCondition = 1000;

std::string_view without_comment(std::string_view line) {
    return trimmed(line.substr(0, std::min(line.find("//"), line.find("/*"))));
}

std::string_view take_word(std::string_view& text) {
    const std::string_view word = text.substr(0, word_end(text, 0));
    text = trimmed(text.substr(word.size()));
    return word;
}

bool is_branch(std::string_view name) {
    constexpr std::array<std::string_view, 6> kNames = {"if",   "ifdef", "ifndef",
                                                        "elif", "else",  "endif"};
    return std::ranges::count(kNames, name) != 0;
}

}  // namespace

bool Lexer::at_line_start() const {
    const std::string_view before = text_.substr(0, at_);
    const size_t last = before.find_last_not_of(" \t");
    return last == std::string_view::npos || before[last] == '\n';
}

// Lines that a backslash joins are one.
size_t Lexer::line_end(size_t from) const {
    size_t end = text_.find('\n', from);
    while (end != std::string_view::npos && end > from && text_[end - 1] == '\\')
        end = text_.find('\n', end + 1);
    return std::min(end, text_.size());
}

std::optional<Token> Lexer::directive() {
    const size_t begin = at_;
    const size_t end = line_end(at_);
    at_ = end;
    if (begin == 0 && text_.starts_with("#!")) return std::nullopt;
    std::string_view arguments = trimmed(text_.substr(begin + 1, end - begin - 1));
    const std::string_view name = take_word(arguments);
    if (name == "include") return include(arguments, from(begin));
    if (name == "define") return define(arguments, end);
    if (name == "undef") {
        if (const auto it = defines_.find(take_word(arguments)); it != defines_.end())
            defines_.erase(it);
        return std::nullopt;
    }
    if (is_branch(name)) {
        auto bad = branch(name, without_comment(arguments), from(begin));
        return bad ? bad : leave_out();
    }
    if (name == "pragma") return std::nullopt;
    return bad_token(from(begin), codes::kDirective,
                     fmt::format("no preprocessor directive is called \"#{}\"", name),
                     "comments begin with //; known are #include, #define, #undef, #if, #ifdef, "
                     "#ifndef, #elif, #else, #endif");
}

std::optional<Token> Lexer::include(std::string_view arguments, Span line) {
    const char close = arguments.starts_with('<') ? '>' : '"';
    const size_t end = arguments.empty() ? std::string_view::npos : arguments.find(close, 1);
    if (end == std::string_view::npos || (close == '"' && arguments.front() != '"'))
        return bad_token(line, codes::kDirective, "#include wants a file",
                         "as in #include <linux/skbuff.h>");
    includes_.push_back({line, std::string(arguments.substr(1, end - 1)), false});
    return std::nullopt;
}

std::optional<Token> Lexer::define(std::string_view name_and_text, size_t end) {
    const std::string name(name_and_text.substr(0, word_end(name_and_text, 0)));
    if (name.empty()) return bad_token(from(end), codes::kDirective, "#define wants a name");
    const size_t name_at = name_and_text.data() - text_.data();
    const size_t name_end = name_at + name.size();
    const Span span{static_cast<uint32_t>(name_at), static_cast<uint32_t>(name_end)};
    if (name_end < end && text_[name_end] == '(')
        return bad_token(span, codes::kDirective, "a #define with parameters is not expanded here",
                         fmt::format("write: macro {}(x) {{ ... }}", name));
    // Read here and now, with what is defined so far: none can come to contain itself.
    Lexer body(text_.substr(0, end));
    body.at_ = name_end;
    body.defines_ = defines_;
    std::vector<Token> tokens;
    for (Token token = body.next(); token.kind != Token::Kind::End; token = body.next()) {
        if (tokens.size() == kMostTokens)
            return bad_token(span, codes::kDirective, "the #define stands for too much text");
        tokens.push_back(std::move(token));
    }
    defines_[name] = std::move(tokens);
    return std::nullopt;
}

std::optional<Token> Lexer::branch(std::string_view name, std::string_view condition, Span line) {
    if (name.starts_with("if")) {
        const bool outer = branches_.empty() || branches_.back().reading;
        branches_.push_back({line, outer});
    } else if (branches_.empty()) {
        return bad_token(line, codes::kDirective, fmt::format("this #{} has no #if", name));
    }
    Branch& open = branches_.back();
    if (name == "endif") {
        branches_.pop_back();
    } else {
        std::optional<bool> holds = true;
        if (name == "ifdef" || name == "ifndef")
            holds = defines_.contains(condition) == (name == "ifdef");
        else if (name != "else")
            holds = evaluate(condition);
        if (!holds && open.outer)
            return bad_token(line, codes::kDirective, "the condition cannot be evaluated here",
                             "known are numbers, defined(NAME), !, && and ||");
        open.reading = open.outer && !open.taken && holds.value_or(false);
        open.taken = open.taken || open.reading;
    }
    return std::nullopt;
}

// From line to line as long as nothing is read.
std::optional<Token> Lexer::leave_out() {
    while (!branches_.empty() && !branches_.back().reading && at_ < text_.size()) {
        const size_t begin = std::min(text_.find_first_not_of(" \t", at_ + 1), text_.size());
        at_ = line_end(begin);
        if (begin == text_.size() || text_[begin] != '#') continue;
        std::string_view arguments = trimmed(text_.substr(begin + 1, at_ - begin - 1));
        const std::string_view name = take_word(arguments);
        if (!is_branch(name)) continue;
        if (auto bad = branch(name, without_comment(arguments), from(begin))) return bad;
    }
    return std::nullopt;
}

std::optional<bool> Lexer::evaluate(std::string_view condition) const {
    if (condition.size() > kLongestCondition) return std::nullopt;
    if (const size_t either = condition.find("||"); either != std::string_view::npos) {
        const auto left = evaluate(trimmed(condition.substr(0, either)));
        const auto right = evaluate(trimmed(condition.substr(either + 2)));
        return left && right ? std::optional(*left || *right) : std::nullopt;
    }
    if (const size_t both = condition.find("&&"); both != std::string_view::npos) {
        const auto left = evaluate(trimmed(condition.substr(0, both)));
        const auto right = evaluate(trimmed(condition.substr(both + 2)));
        return left && right ? std::optional(*left && *right) : std::nullopt;
    }
    bool negated = false;
    for (; condition.starts_with('!'); condition = trimmed(condition.substr(1))) negated = !negated;
    if (take_word(condition) == "defined") {
        if (condition.starts_with('(') && condition.ends_with(')'))
            condition = trimmed(condition.substr(1, condition.size() - 2));
        const std::string_view name = take_word(condition);
        return condition.empty() ? std::optional(defines_.contains(name) != negated) : std::nullopt;
    }
    const std::optional<uint64_t> number = parse_u64(condition);
    return number ? std::optional((*number != 0) != negated) : std::nullopt;
}

}  // namespace knowhy::lang::bpftrace
