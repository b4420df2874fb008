#include "lang/stap/parser.h"

#include "lang/stap/grammar.h"
#include "lang/stap/lexer.h"
#include "lang/stap/preprocessor.h"

namespace knowhy::lang::stap {

std::optional<Script> parse(const Source& source, const Options& options,
                            Diagnostics& diagnostics) {
    Lexer lexer(source.text());
    Preprocessor tokens(lexer, options);
    Script script = Grammar(tokens, diagnostics).script();
    if (diagnostics.has_error()) return std::nullopt;
    return script;
}

Script Grammar::script() {
    script_.dialect = Dialect::Stap;
    while (!at_end()) {
        try {
            declaration();
        } catch (const Failed&) {
            skip_declaration({"probe", "global"});
        }
    }
    const bool empty = script_.probes.empty() && script_.aliases.empty() &&
                       script_.functions.empty() && script_.globals.empty();
    if (empty && !diagnostics().has_error())
        diagnostics().error(codes::kNoProbe.id, since(last_end()), "the script has no probe",
                            "as in: probe kernel.function(\"ip_rcv\") { print_backtrace() }");
    return std::move(script_);
}

void Grammar::declaration() {
    if (take_if(";")) return;
    const bool is_private = take_if_word("private");
    const bool is_other = at_word("function") || at_word("probe");
    if (take_if_word("global") || (is_private && !is_other)) return global();
    if (at_word("function")) return function();
    if (at("%{")) {
        embedded_c();
        return;
    }
    if (!at_word("probe")) unexpected(R"("probe", "global" or "function")");
    probe();
}

void Grammar::global() {
    do script_.globals.push_back(one_global());
    while (take_if(","));
    take_if(";");
}

Global Grammar::one_global() {
    const uint32_t start = begin();
    Global global;
    global.name = expect_word("a global variable's name").text;
    global_size(global);
    if (take_if("=")) global.value = unary();
    global.span = since(start);
    return global;
}

void Grammar::global_size(Global& into) {
    into.wraps = take_if("%");
    if (!take_if("[")) return;
    into.is_array = true;
    into.entries = static_cast<uint64_t>(signed_number("the array's size"));
    expect("]", "behind the array's size");
    into.wraps = take_if("%") || into.wraps;
}

void Grammar::function() {
    const uint32_t start = begin();
    take();
    Function function;
    function.name = expect_word("the function's name").text;
    if (take_if(":")) function.returns_string = is_string_type();
    expect("(", "behind the function's name");
    while (!at(")")) {
        function.parameters.push_back(function_parameter());
        if (!at(")")) expect(",", "between parameters");
    }
    take();
    if (take_if(":")) function.priority = signed_number("the function's priority");
    function.body = at("%{") ? embedded_c() : block();
    function.span = since(start);
    script_.functions.push_back(std::move(function));
}

bool Grammar::is_string_type() {
    if (!at_word("string") && !at_word("long")) unexpected(R"("long" or "string")");
    return take().text == "string";
}

Function::Parameter Grammar::function_parameter() {
    Function::Parameter parameter;
    parameter.name = expect_word("a parameter's name").text;
    if (take_if(":")) parameter.is_string = is_string_type();
    return parameter;
}

// An address beyond int64 keeps its bits.
int64_t Grammar::signed_number(std::string_view what) {
    const bool negative = take_if("-");
    if (peek().kind != Token::Kind::Number) unexpected(what);
    const Token number = take();
    if (negative && number.value > uint64_t{INT64_MAX} + 1)
        fail(codes::kNumber, number.span, "this number is too small");
    return static_cast<int64_t>(negative ? -number.value : number.value);
}

void Grammar::probe() {
    const uint32_t start = begin();
    take();
    std::vector<ProbePoint> first = points();
    const bool is_alias = at("=") || at("+=");
    Probe probe;
    if (!is_alias) {
        probe.points = std::move(first);
        probe.body = at("%{") ? embedded_c() : block();
        probe.span = since(start);
        script_.probes.push_back(std::move(probe));
        return;
    }
    const bool epilogue = take().text == "+=";
    probe.points = points();
    probe.body = at("%{") ? embedded_c() : block();
    probe.span = since(start);
    if (first.size() != 1)
        fail(codes::kProbePoint, first.front().span, "an alias has one name",
             "write an alias for each name");
    Block after;
    if (take_if(",")) after = block();
    script_.aliases.push_back(
        {since(start), std::move(first.front()), epilogue, std::move(probe), std::move(after)});
}

// Refused, and read on behind it.
Block Grammar::embedded_c() {
    const Token c = take();
    diagnostics().error(codes::kEmbeddedC.id, {c.span.begin, c.span.begin + 2},
                        "embedded C cannot be run",
                        "it would need a compiler and a kernel module; knowhy help tapset lists "
                        "the tapset's functions that are built in");
    return {};
}

}  // namespace knowhy::lang::stap
