#include "lang/stap/preprocessor.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/text.h"
#include "lang/stap/lexer.h"

namespace knowhy::lang::stap {
namespace {

// Macros that use each other twice grow by powers: this is where it stops.
constexpr size_t kMostTokens = 50'000;

constexpr std::string_view kForm = R"(as in: %( kernel_v >= "5.0" %? probe a %: probe b %) { })";

bool compares(std::string_view op) {
    constexpr std::array<std::string_view, 6> kOps = {"==", "!=", "<", "<=", ">", ">="};
    return std::ranges::count(kOps, op) != 0;
}

bool holds(int order, std::string_view op) {
    if (op == "==") return order == 0;
    if (op == "!=") return order != 0;
    if (op == "<") return order < 0;
    if (op == "<=") return order <= 0;
    return op == ">" ? order > 0 : order >= 0;
}

// As numbers where both are; otherwise as text, versions by their numbers.
int order_of(const std::string& left, const std::string& right, bool is_version) {
    const std::optional<int64_t> a = parse_i64(left);
    const std::optional<int64_t> b = parse_i64(right);
    if (a && b && !is_version) return *a < *b ? -1 : static_cast<int>(*a > *b);
    return is_version ? strverscmp(left.c_str(), right.c_str()) : left.compare(right);
}

}  // namespace

Preprocessor::Preprocessor(TokenSource& tokens, const Options& options)
    : tokens_(tokens), options_(options) {
    Options own{options.value_of, options.arguments, {}};
    for (const std::string& library : options.libraries) {
        Lexer lexer(library);
        Preprocessor reader(lexer, own);
        reader.macros_ = std::move(macros_);
        while (reader.next().kind != Token::Kind::End) {
        }
        macros_ = std::move(reader.macros_);
    }
}

Token Preprocessor::next() {
    try {
        while (true) {
            Token token = raw();
            if (token.is_op("%(")) {
                branch(token.span);
            } else if (token.kind == Token::Kind::At && token.text == "define") {
                define(token.span);
            } else if (token.kind == Token::Kind::At && macros_.contains(token.text)) {
                expand(macros_.find(token.text)->second, token);
            } else if (is_argument(token)) {
                put_argument(token);
            } else {
                return token;
            }
        }
    } catch (Bad& bad) {
        return std::move(bad.token);
    }
}

Token Preprocessor::raw() {
    if (pending_.empty()) return tokens_.next();
    Token token = std::move(pending_.front());
    pending_.pop_front();
    return token;
}

void Preprocessor::put_back(const Tokens& tokens) {
    pending_.insert(pending_.begin(), tokens.begin(), tokens.end());
}

Token Preprocessor::take(std::string_view op, std::string_view where) {
    Token token = raw();
    if (token.is_op(op)) return token;
    throw Bad{bad_token(token.span, codes::kDirective, fmt::format("expected \"{}\" {}", op, where),
                        std::string(kForm))};
}

// Up to "%?"; macros in it are expanded.
Preprocessor::Tokens Preprocessor::condition(Span open) {
    Tokens tokens;
    while (true) {
        Token token = raw();
        if (token.is_op("%?")) return tokens;
        if (token.kind == Token::Kind::End || token.is_op("%)") || token.is_op("%:"))
            throw Bad{bad_token(open, codes::kDirective, "the condition has no \"%?\"",
                                std::string(kForm))};
        const auto macro = token.kind == Token::Kind::At ? macros_.find(token.text) : macros_.end();
        if (macro == macros_.end())
            tokens.push_back(std::move(token));
        else
            expand(macro->second, token);
    }
}

// Up to one of `ends` on the level of its own; what is nested in it is left as it is.
Preprocessor::Tokens Preprocessor::body(Span open, std::initializer_list<std::string_view> ends,
                                        std::string& end) {
    Tokens tokens;
    size_t depth = 0;
    while (true) {
        Token token = raw();
        if (token.kind == Token::Kind::End)
            throw Bad{
                bad_token(open, codes::kUnclosed, "\"%(\" is never closed", std::string(kForm))};
        if (depth == 0 && token.kind == Token::Kind::Op &&
            std::ranges::count(ends, token.text) != 0) {
            end = token.text;
            return tokens;
        }
        if (token.is_op("%(")) ++depth;
        if (token.is_op("%)") && depth > 0) --depth;
        tokens.push_back(std::move(token));
    }
}

void Preprocessor::define(Span at) {
    const Token name = raw();
    if (name.kind != Token::Kind::Word)
        throw Bad{bad_token(at, codes::kDirective, "@define wants a name",
                            "as in: @define port(x) %( ntohs(@x) %)")};
    Macro macro;
    Token open = raw();
    if (open.is_op("(")) {
        for (Token word = raw(); word.kind == Token::Kind::Word; word = raw()) {
            macro.parameters.push_back(word.text);
            open = raw();
            if (!open.is_op(",")) break;
        }
        if (!open.is_op(")") && !macro.parameters.empty())
            throw Bad{bad_token(open.span, codes::kDirective,
                                "expected \",\" or \")\" between "
                                "a macro's parameters")};
        open = raw();
    }
    if (!open.is_op("%("))
        throw Bad{bad_token(open.span, codes::kDirective,
                            fmt::format("expected \"%(\" and the text of macro {}", name.text),
                            "as in: @define port(x) %( ntohs(@x) %)")};
    std::string end;
    macro.body = body(open.span, {"%)"}, end);
    macros_[name.text] = std::move(macro);
}

std::vector<Preprocessor::Tokens> Preprocessor::arguments(const Token& use) {
    take("(", fmt::format("and the arguments of macro {}", use.text));
    std::vector<Tokens> given(1);
    size_t depth = 0;
    while (true) {
        Token token = raw();
        if (token.kind == Token::Kind::End)
            throw Bad{
                bad_token(use.span, codes::kUnclosed, "the macro's arguments are never closed")};
        const bool opens = token.is_op("(") || token.is_op("[");
        const bool closes = token.is_op(")") || token.is_op("]");
        if (depth == 0 && closes) return given;
        if (depth == 0 && token.is_op(",")) {
            given.emplace_back();
            continue;
        }
        depth += opens ? 1 : 0;
        depth -= closes ? 1 : 0;
        given.back().push_back(std::move(token));
    }
}

void Preprocessor::expand(const Macro& macro, const Token& use) {
    std::vector<Tokens> given;
    if (!macro.parameters.empty()) given = arguments(use);
    if (given.size() != macro.parameters.size())
        throw Bad{
            bad_token(use.span, codes::kMacroArguments,
                      fmt::format("macro {} takes {}, not {}", use.text,
                                  counted(macro.parameters.size(), "argument"), given.size()))};
    Tokens tokens;
    for (const Token& each : macro.body) {
        const auto parameter = each.kind == Token::Kind::At
                                   ? std::ranges::find(macro.parameters, each.text)
                                   : macro.parameters.end();
        if (parameter == macro.parameters.end()) {
            // Messages point at the use.
            tokens.push_back(each);
            tokens.back().span = use.span;
        } else {
            const Tokens& argument = given[parameter - macro.parameters.begin()];
            tokens.insert(tokens.end(), argument.begin(), argument.end());
        }
    }
    put_back_counted(tokens, use.span);
}

void Preprocessor::put_back_counted(const Tokens& tokens, Span use) {
    expanded_ += tokens.size() + 1;
    if (expanded_ > kMostTokens)
        throw Bad{bad_token(use, codes::kTooDeep, "macros expand to too much here",
                            "a macro that uses itself never ends")};
    put_back(tokens);
}

// $1, @1, $# and @#, when the arguments are known.
bool Preprocessor::is_argument(const Token& token) const {
    const bool sigil = token.kind == Token::Kind::Dollar || token.kind == Token::Kind::At;
    return options_.arguments && sigil && !token.text.empty() &&
           (is_digit(token.text.front()) || token.text == "#");
}

// What it stands for, as a string at the place of its use.
Token Preprocessor::argument_text(const Token& use) const {
    Token token = use;
    token.kind = Token::Kind::String;
    const size_t count = options_.arguments->size();
    if (use.text == "#") {
        token.text = std::to_string(count);
        return token;
    }
    const uint64_t number = parse_u64(use.text).value_or(0);
    if (number == 0 || number > count)
        throw Bad{bad_token(use.span, codes::kArgument,
                            fmt::format("there is no argument {}: {} given", use.text,
                                        count == 0 ? "none was" : counted(count, "was", "were")),
                            "arguments follow the script's name")};
    token.text = (*options_.arguments)[number - 1];
    return token;
}

void Preprocessor::put_argument(const Token& use) {
    const Token text = argument_text(use);
    if (use.kind == Token::Kind::At) return put_back_counted({text}, use.span);
    Lexer lexer(text.text);
    Tokens tokens;
    for (Token token = lexer.next(); token.kind != Token::Kind::End; token = lexer.next()) {
        token.span = use.span;
        tokens.push_back(std::move(token));
    }
    put_back_counted(tokens, use.span);
}

void Preprocessor::branch(Span open) {
    Tokens terms = condition(open);
    std::string end;
    const Tokens yes = body(open, {"%:", "%)"}, end);
    Tokens no;
    if (end == "%:") no = body(open, {"%)"}, end);
    std::ranges::reverse(terms);
    const bool chosen = either(open, terms);
    if (!terms.empty())
        throw Bad{bad_token(terms.back().span, codes::kDirective, "the condition should end here",
                            std::string(kForm))};
    put_back(chosen ? yes : no);
}

// The condition's tokens stand last to first; each takes its own off the end.
bool Preprocessor::either(Span open, Tokens& condition) {
    bool value = both(open, condition);
    while (!condition.empty() && condition.back().is_op("||")) {
        condition.pop_back();
        value = both(open, condition) || value;
    }
    return value;
}

bool Preprocessor::both(Span open, Tokens& condition) {
    bool value = comparison(open, condition);
    while (!condition.empty() && condition.back().is_op("&&")) {
        condition.pop_back();
        value = comparison(open, condition) && value;
    }
    return value;
}

bool Preprocessor::comparison(Span open, Tokens& condition) {
    bool is_version = false;
    const std::string left = operand(open, condition, is_version);
    if (condition.empty() || condition.back().kind != Token::Kind::Op ||
        !compares(condition.back().text))
        throw Bad{bad_token(condition.empty() ? open : condition.back().span, codes::kDirective,
                            "expected a comparison", std::string(kForm))};
    const std::string op = condition.back().text;
    condition.pop_back();
    const std::string right = operand(open, condition, is_version);
    const bool pattern = right.find_first_of("*?[") != std::string::npos;
    if (pattern && (op == "==" || op == "!="))
        return (fnmatch(right.c_str(), left.c_str(), 0) == 0) == (op == "==");
    return holds(order_of(left, right, is_version), op);
}

std::string Preprocessor::operand(Span open, Tokens& condition, bool& is_version) {
    if (condition.empty())
        throw Bad{bad_token(open, codes::kDirective, "the condition is not complete",
                            std::string(kForm))};
    const Token token = std::move(condition.back());
    condition.pop_back();
    if (token.kind == Token::Kind::String) return token.text;
    if (token.kind == Token::Kind::Number) return std::to_string(token.value);
    if (is_argument(token)) return argument_text(token).text;
    is_version = is_version || token.text.ends_with("_v") || token.text.ends_with("_vr");
    return value_of(token);
}

std::string Preprocessor::value_of(const Token& token) const {
    std::optional<std::string> value;
    const std::string_view sigil = token.kind == Token::Kind::Dollar ? "$"
                                   : token.kind == Token::Kind::At   ? "@"
                                                                     : "";
    if (options_.value_of) value = options_.value_of(fmt::format("{}{}", sigil, token.text));
    if (!value)
        throw Bad{bad_token(token.span, codes::kDirective,
                            fmt::format("nothing is known of {} in a condition", described(token)),
                            "known are kernel_v, kernel_vr, arch, runtime, systemtap_v, CONFIG_*, "
                            "$# and @1")};
    return *std::move(value);
}

}  // namespace knowhy::lang::stap
