#include "lang/sema/script_functions.h"

#include <algorithm>

#include "lang/ast/walk.h"
#include "lang/sema/lowering.h"
#include "lang/sema/tapset.h"
#include "lang/sema/text.h"
#include "lang/source/codes.h"

namespace knowhy::lang {

using ir::Constant;
using ir::Operand;
using ir::Place;
using Kind = Type::Kind;

namespace {

bool gives_value(const Block& statements);

bool gives_value(const Stmt& statement) {
    if (const auto* given = std::get_if<Return>(&statement.node)) return given->value != nullptr;
    bool found = false;
    each_part(statement, [&](const auto& part) {
        if constexpr (std::is_same_v<std::decay_t<decltype(part)>, Block>)
            found = found || gives_value(part);
    });
    return found;
}

bool gives_value(const Block& statements) {
    return std::ranges::any_of(statements, [](const StmtPtr& each) { return gives_value(*each); });
}

}  // namespace

const Function* own_function(const Script& script, std::string_view name, size_t arguments) {
    const Function* first = nullptr;
    for (const Function& each : script.functions) {
        if (each.name != name || each.parameters.size() != arguments) continue;
        const auto priority = [](const Function& of) { return of.priority.value_or(1); };
        if (first == nullptr || priority(each) < priority(*first)) first = &each;
    }
    return first;
}

size_t own_function_parameters(const Script& script, std::string_view name) {
    const auto found = std::ranges::find(script.functions, name, &Function::name);
    return found != script.functions.end() ? found->parameters.size() : 0;
}

bool is_own_function(const Script& script, std::string_view name) {
    return std::ranges::find(script.functions, name, &Function::name) != script.functions.end();
}

// What is declared of parameters and the result is known before any call.
void Lowering::learn_declared(const Function& function, FunctionFacts& facts) {
    const Type text = is_stap() ? stap_string() : Type::string(script_.plan.config.max_strlen);
    for (const Function::Parameter& parameter : function.parameters) {
        std::optional<Type> declared;
        if (parameter.type) declared = type_named(*parameter.type);
        if (parameter.is_string) declared = text;
        if (declared) facts.variables.try_emplace(parameter.name, stored_type(script_, *declared));
    }
    if (facts.result) return;
    if (function.result) facts.result = type_named(*function.result);
    if (function.returns_string)
        facts.result = *function.returns_string ? text : Type::integer(8, true);
}

// A parameter's type is what it is declared with, or what it is called with anywhere.
void Lowering::learn_argument(const Function& function, size_t index, const Value& value,
                              Span span) {
    const std::string& name = function.parameters[index].name;
    if (value.type.kind == Kind::None || value.type.is_aggregate()) {
        if (!value.unresolved) error(codes::kTypeMismatch, span, "this has no value to call with");
        return;
    }
    VariableTypes& variables = script_.functions[&function].variables;
    std::optional<Type> known;
    if (const auto found = variables.find(name); found != variables.end()) known = found->second;
    if (value.unresolved && known) return;
    const auto before = known;
    const bool fits = join_type(script_, known, stored_type(script_, value.type), span,
                                fmt::format("the parameter {} of {}()", name, function.name));
    if (fits && known != before && !value.unresolved) variables[name] = *known;
}

const OwnFunction* Lowering::code_of(const Function& function, Span span) {
    if (std::ranges::find(calling_, &function) != calling_.end()) {
        error(codes::kCannot, span, fmt::format("{}() comes to call itself", function.name),
              "write it as a loop: a program in the kernel has no stack for recursion");
        return nullptr;
    }
    const std::pair which(&function, is_guarded());
    if (const auto known = own_functions_.find(which); known != own_functions_.end())
        return &known->second;
    FunctionFacts& facts = script_.functions[&function];
    Scope inside;
    inside.variables = &facts.variables;
    inside.function = &function;
    inside.guarded = which.second;
    const auto place_for = [&](const std::string& name, const Type& type) {
        return emit_.new_buffer(function.name + name, std::max(type.bytes, 8U));
    };
    for (const auto& [name, type] : facts.variables)
        inside.homes.emplace(name, Home{type, place_for("." + name, type)});
    if (facts.result && facts.result->kind != Kind::None)
        inside.result = Home{*facts.result, place_for("()", *facts.result)};
    std::swap(scope_, inside);
    calling_.push_back(&function);
    OwnFunction own{emit_.begin_function(function.name, {}).function, scope_.homes, scope_.result};
    ++nested_;
    const auto clear = [&](const Home& home) {
        emit_.fill(std::get<Place>(home.at), std::max(home.type.bytes, 8U));
    };
    for (const auto& [name, home] : scope_.homes)
        if (std::ranges::find(function.parameters, name, &Function::Parameter::name) ==
            function.parameters.end())
            clear(home);
    if (scope_.result) clear(*scope_.result);
    block(function.body);
    emit_.give_back(Constant{0});
    emit_.end_function();
    --nested_;
    calling_.pop_back();
    std::swap(scope_, inside);
    return &own_functions_.emplace(which, std::move(own)).first->second;
}

void Lowering::give_result(const Value& value, Span span) {
    FunctionFacts& facts = script_.functions[scope_.function];
    if (value.type.kind == Kind::None || value.type.is_aggregate()) {
        if (!value.unresolved) error(codes::kTypeMismatch, span, "this has no value to return");
        return;
    }
    if (!value.unresolved)
        join_type(script_, facts.result, stored_type(script_, value.type), span,
                  fmt::format("what {}() returns", scope_.function->name));
    if (scope_.result) put(std::get<Place>(scope_.result->at), scope_.result->type, value);
}

Value Lowering::call_own(const Call& call, Span span) {
    const size_t count = call.arguments.size();
    const Function* function = own_function(script_.script, call.function, count);
    if (function == nullptr) {
        const size_t wanted = own_function_parameters(script_.script, call.function);
        error(codes::kWrongArguments, span, wrong_count(call.function, wanted, wanted, count),
              "its definition says which");
        return Value::unknown();
    }
    FunctionFacts& facts = script_.functions[function];
    learn_declared(*function, facts);
    std::vector<Value> given;
    for (size_t i = 0; i < count; ++i) {
        given.push_back(value(*call.arguments[i]));
        learn_argument(*function, i, given.back(), call.arguments[i]->span);
    }
    const OwnFunction* own = code_of(*function, span);
    if (own == nullptr) return Value::unknown();
    for (size_t i = 0; i < count; ++i) {
        const auto home = own->homes.find(function->parameters[i].name);
        if (home != own->homes.end())  // else the next round knows its type
            put(std::get<Place>(home->second.at), home->second.type, given[i]);
    }
    emit_.emit(ir::CallFunction{std::nullopt, own->code, {}});
    after_call();
    if (!gives_value(function->body)) return Value::none();
    if (!own->result) return Value::unknown();
    // The next call writes another result there.
    const Type& type = own->result->type;
    const Value result = loaded(std::get<Place>(own->result->at), type);
    if (is_scalar(type.kind)) return result;
    const Place kept = emit_.new_buffer("result", type.bytes);
    put(kept, type, result);
    return Value::of(type, kept);
}

}  // namespace knowhy::lang
