#include "lang/bpftrace/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "lang/bpftrace/grammar.h"

namespace knowhy::lang::bpftrace {

std::optional<Script> parse(const Source& source, Diagnostics& diagnostics) {
    Lexer lexer(source.text());
    Script script = Grammar(source, lexer, diagnostics).script();
    if (diagnostics.has_error()) return std::nullopt;
    return script;
}

Script Grammar::script() {
    while (!at_end()) {
        try {
            declaration();
        } catch (const Failed&) {
            in_predicate_ = false;
            skip_declaration();
        }
    }
    // Those of directives; import statements put theirs there themselves.
    std::ranges::move(lexer_.take_includes(), std::back_inserter(script_.includes));
    const bool empty = script_.probes.empty() && !diagnostics().has_error();
    if (empty)
        diagnostics().error(codes::kNoProbe.id, since(last_end()), "the script has no probe",
                            "as in: kprobe:ip_rcv { @[kstack] = count(); }");
    return std::move(script_);
}

void Grammar::declaration() {
    const Token& first = peek();
    if (first.kind == Token::Kind::Bad) take();
    if (first.is_word("struct") || first.is_word("union") || first.is_word("enum") ||
        first.is_word("typedef"))
        return c_definition();
    if (first.is_word("config")) return config();
    if (first.is_word("import")) return import_statement();
    if (first.is_word("let")) return map_declaration();
    if (first.is_word("macro")) return macro();
    if (first.is_word("fn")) return function();
    if (take_if(";")) return;
    probe();
}

void Grammar::c_definition() {
    const Span first = peek().span;
    lexer_.rewind(first.begin);
    forget_ahead();
    const std::optional<Span> span = lexer_.c_definition();
    if (!span)
        fail(codes::kDefinition, first, "the definition is never closed",
             R"(it ends with "}" or ";")");
    read_until(span->end);
    script_.definitions.push_back({*span});
}

void Grammar::refuse_late(std::string_view what) {
    if (script_.probes.empty()) return;
    fail(codes::kOrder, peek().span, fmt::format("{} stands behind a probe", what),
         "move it to the script's beginning");
}

void Grammar::config() {
    refuse_late("config");
    take();
    expect("=", "behind config");
    expect("{", "of the config block");
    while (!at("}")) {
        if (take_if(";")) continue;
        config_item();
        if (!at("}")) expect(";", "between settings");
    }
    take();
}

void Grammar::config_item() {
    const Token name = expect_word("a setting's name");
    expect("=", "behind the setting's name");
    ExprPtr value = primary();
    script_.config.push_back({since(name.span.begin), name.text, std::move(value)});
}

void Grammar::import_statement() {
    const uint32_t start = begin();
    take();
    const Token what = expect_string("what to import, in quotes");
    script_.includes.push_back({since(start), what.text, true});
    take_if(";");
}

void Grammar::map_declaration() {
    const uint32_t start = begin();
    take();
    if (peek().kind != Token::Kind::At)
        unexpected("a map such as @flows", "outside of probes only maps are declared");
    Global map;
    map.name = take().text;
    expect("=", "behind the map's name");
    map.map_type = expect_word("the map's type, such as lruhash").text;
    expect("(", "behind the map's type");
    map.entries = number();
    expect(")", "behind the number of entries");
    map.span = since(start);
    script_.globals.push_back(std::move(map));
    take_if(";");
}

void Grammar::macro() {
    const uint32_t start = begin();
    take();
    Macro macro;
    macro.name = expect_word("the macro's name").text;
    expect("(", "behind the macro's name");
    while (!at(")")) {
        macro.parameters.push_back(macro_parameter());
        if (!at(")")) expect(",", "between parameters");
    }
    take();
    Content body = content();
    macro.body = std::move(body.statements);
    macro.value = std::move(body.value);
    macro.span = since(start);
    script_.macros.push_back(std::move(macro));
}

Macro::Parameter Grammar::macro_parameter() {
    switch (peek().kind) {
        case Token::Kind::Dollar:
            return {Macro::Parameter::Kind::Variable, take().text};
        case Token::Kind::At:
            return {Macro::Parameter::Kind::Map, take().text};
        case Token::Kind::Word:
            return {Macro::Parameter::Kind::Expression, take().text};
        default:
            unexpected("a parameter: $variable, @map or a name");
    }
}

void Grammar::function() {
    const uint32_t start = begin();
    take();
    Function function;
    function.name = expect_word("the function's name").text;
    expect("(", "behind the function's name");
    while (!at(")")) {
        function.parameters.push_back(function_parameter());
        if (!at(")")) expect(",", "between parameters");
    }
    take();
    if (take_if(":")) function.result = type();
    function.body = block();
    function.span = since(start);
    script_.functions.push_back(std::move(function));
}

Function::Parameter Grammar::function_parameter() {
    if (peek().kind != Token::Kind::Dollar) unexpected("a parameter such as $x : uint32");
    Function::Parameter parameter;
    parameter.name = take().text;
    expect(":", "and the parameter's type");
    parameter.type = type();
    return parameter;
}

void Grammar::probe() {
    Probe probe;
    const uint32_t start = begin();
    do {
        lexer_.rewind(begin());
        forget_ahead();
        Lexer::ReadPoint read = lexer_.probe_point();
        if (read.bad)
            fail(read.bad->problem->code, read.bad->span, read.bad->problem->message,
                 read.bad->problem->hint);
        read_until(read.point.span.end);
        if (!read.label.empty()) probe.label = std::move(read.label);
        probe.points.push_back(std::move(read.point));
    } while (take_if(","));
    if (take_if("/")) {
        in_predicate_ = true;
        probe.predicate = expression();
        in_predicate_ = false;
        expect("/", "at the predicate's end");
    }
    if (!at("{"))
        unexpected("\"{\" and what the probe does", "as in: kprobe:ip_rcv { @ = count(); }");
    probe.body = block();
    probe.span = since(start);
    script_.probes.push_back(std::move(probe));
}

}  // namespace knowhy::lang::bpftrace
