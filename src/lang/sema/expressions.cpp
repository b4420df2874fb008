// Expressions: names, literals, variables, casts and the like. Operators are in operators.cpp.
#include <algorithm>

#include "base/nearest.h"
#include "base/text.h"
#include "lang/sema/builtins.h"
#include "lang/sema/c_types.h"
#include "lang/sema/constants.h"
#include "lang/sema/functions.h"
#include "lang/sema/lowering.h"
#include "lang/sema/stap_targets.h"
#include "lang/sema/text.h"
#include "lang/source/codes.h"

namespace knowhy::lang {

using ir::Constant;
using ir::Operand;
using ir::Place;
using Kind = Type::Kind;

Value Lowering::value(const Expr& expr) {
    if (auto kept = entry_value(*this, expr)) return *kept;
    return std::visit([&](const auto& node) { return of(node, expr.span); }, expr.node);
}

bool Lowering::is_number(const Value& value, Span span, std::string_view what) {
    if (value.unresolved || is_scalar(value.type.kind)) return true;
    error(codes::kNotANumber, span,
          fmt::format("{} is {}, not a number", what, to_text(value.type, script_.types())));
    return false;
}

Operand Lowering::number(const Expr& expr) {
    const Value found = value(expr);
    if (!is_number(found, expr.span, "this")) return Constant{0};
    return found.scalar();
}

std::optional<int64_t> Lowering::constant(const Expr& expr) {
    const Value found = value(expr);
    if (found.is_scalar())
        if (const auto known = constant_of(found.scalar())) return static_cast<int64_t>(*known);
    error(codes::kNotConstant, expr.span, "a number that is known beforehand is wanted here");
    return std::nullopt;
}

std::optional<std::string> Lowering::text(const Expr& expr) {
    if (const auto* literal = std::get_if<String>(&expr.node)) return literal->value;
    const Value found = value(expr);
    if (const auto* known = std::get_if<Text>(&found.where)) return known->text;
    error(codes::kNotConstant, expr.span, "a text in quotes is wanted here");
    return std::nullopt;
}

Value Lowering::of(const Integer& node, Span /*span*/) {
    Value result = Value::integer(Constant{node.value}, !node.is_unsigned);
    result.literal = true;
    return result;
}

Value Lowering::of(const String& node, Span /*span*/) {
    return Value::of(Type::string(static_cast<uint32_t>(node.value.size()) + 1), Text{node.value});
}

Value Lowering::of(const Boolean& node, Span /*span*/) {
    return Value::of(Type::boolean(), Operand{Constant{node.value ? 1U : 0U}});
}

Value Lowering::of(const Name& node, Span span) {
    if (is_stap()) return stap_name(node.name, span);
    if (const Builtin* builtin = find_builtin(node.name)) return builtin->lower(*this, span);
    if (const auto number = argument_number(node.name)) return argument_register(*number, span);
    if (const auto known = script_.definitions.enumerator(node.name)) {
        Type type = script_type(known->type);
        if (type.kind != Kind::Enum) type = Type::integer(8, true);
        return Value::of(type, Operand{Constant{static_cast<uint64_t>(known->value)}});
    }
    if (const auto known = header_constant(node.name))
        return of(Integer{static_cast<uint64_t>(*known), false}, span);
    const auto near = nearest(node.name, builtin_names());
    error(codes::kUnknownName, span, fmt::format("no builtin or constant '{}'", node.name),
          near ? fmt::format("did you mean {}?", *near) : "");
    return Value::unknown();
}

Value Lowering::of(const Positional& node, Span span) {
    const auto& given = script_.options.arguments;
    if (node.number == 0) return of(Integer{given.size(), false}, span);
    // One that is not given is zero, or an empty string, as bpftrace has it.
    const std::string argument = node.number <= given.size() ? given[node.number - 1] : "";
    if (node.as_string) return of(String{argument}, span);
    if (argument.empty()) return of(Integer{0, false}, span);
    if (const auto number = parse_integer(argument)) {
        Value value = of(Integer{static_cast<uint64_t>(*number), false}, span);
        return value;
    }
    return of(String{argument}, span);
}

Value Lowering::of(const TargetVariable& node, Span span) {
    return named_variable(*this, node, span);
}

Value Lowering::of(const Variable& node, Span span) {
    if (is_stap()) return target_variable(node.name, span);
    if (Home* home = home_of(node.name)) {
        if (const auto* reg = std::get_if<ir::Reg>(&home->at))
            return Value::of(home->type, Operand{*reg});
        return loaded(std::get<Place>(home->at), home->type);
    }
    // Nothing assigns to it: one of the probed code, or a slip.
    std::vector<std::string> names;
    for (const auto& [name, type] : *scope_.variables) names.push_back(name);
    const bool inside = site_.view == ProbeSite::View::Registers;
    const auto near = nearest(node.name, names);
    if (inside && !near) return probed_variable(node.name, span);
    error(codes::kUndefinedVariable, span, fmt::format("${} has no value", node.name),
          near ? fmt::format("did you mean ${}?", *near)
               : fmt::format("assign to it first: ${} = ...", node.name));
    return Value::unknown();
}

Home* Lowering::home_of(const std::string& name) {
    if (const auto found = scope_.homes.find(name); found != scope_.homes.end())
        return &found->second;
    return nullptr;
}

void Lowering::assign_to_variable(const std::string& name, Span span, const Value& value) {
    if (value.type.kind == Kind::None || value.type.is_aggregate()) {
        if (!value.unresolved)
            error(codes::kOnlyInMap, span, "this cannot be kept in a variable",
                  "aggregations live in maps: @x = count()");
        return;
    }
    const Type wanted = stored_type(script_, value.type);
    std::optional<Type> known;
    VariableTypes& variables = *scope_.variables;
    if (const auto found = variables.find(name); found != variables.end()) known = found->second;
    if (!value.unresolved || !known) {
        if (!join_type(script_, known, wanted, span, is_stap() ? name : "$" + name)) return;
        if (!value.unresolved) {
            auto& kept = variables[name];
            if (kept != *known) {
                kept = *known;
                script_.learned = true;
            }
        }
    }
    Home* home = home_of(name);
    if (home == nullptr) return;  // the next round knows its type
    if (const auto* reg = std::get_if<ir::Reg>(&home->at))
        emit_.assign(*reg, value.scalar());
    else
        put(std::get<Place>(home->at), home->type, value);
}

Value Lowering::of(const MapAccess& node, Span span) {
    return map_value(node, span);
}

Value Lowering::of(const Field& node, Span span) {
    return field(value(*node.object), node, span);
}

Value Lowering::of(const Index& node, Span span) {
    const Value object = value(*node.object);
    const Value index = value(*node.index);
    if (!is_number(index, node.index->span, "an index")) return Value::unknown();
    if (object.type.kind == Kind::Tuple) {
        error(codes::kNotAStruct, span, "a tuple has no elements by []",
              "its elements are .0, .1 and so on");
        return Value::unknown();
    }
    return element(object, index.scalar(), constant_of(index.scalar()), span);
}

Value Lowering::of(const TupleField& node, Span span) {
    const Value object = value(*node.object);
    if (object.unresolved) return Value::unknown();
    if (object.type.kind != Kind::Tuple || node.number >= object.type.elements.size()) {
        error(
            codes::kNotAStruct, span,
            fmt::format("no element {} in {}", node.number, to_text(object.type, script_.types())),
            "a tuple's elements are counted from .0");
        return Value::unknown();
    }
    const uint32_t offset = element_offsets(object.type)[node.number];
    return loaded(further(std::get<Place>(object.where), offset),
                  object.type.elements[node.number]);
}

Value Lowering::of(const Call& node, Span span) {
    if (is_own_function(script_.script, node.function)) return call_own(node, span);
    const FunctionInfo* function = find_function(node.function, script_.script.dialect);
    if (function == nullptr) {
        const auto near = nearest(node.function, function_names(script_.script.dialect));
        error(codes::kUnknownFunction, node.name_span,
              fmt::format("no function {}()", node.function),
              near        ? fmt::format("did you mean {}()?", *near)
              : is_stap() ? "knowhy help tapset lists them"
                          : "knowhy help functions lists them");
        return Value::unknown();
    }
    const size_t count = node.arguments.size();
    if (count < function->least || count > function->most) {
        error(codes::kWrongArguments, span,
              wrong_count(node.function, function->least, function->most, count),
              "it is called " + std::string(function->form));
        return Value::unknown();
    }
    if (function->unsafe && !script_.options.unsafe) {
        error(codes::kUnsafe, span, fmt::format("{}() changes the host", node.function),
              "--unsafe allows it");
        return Value::unknown();
    }
    return function->lower(*this, node, span);
}

Value Lowering::of(const Cast& node, Span span) {
    return converted(value(*node.operand), node.type, span);
}

Value Lowering::converted(Value from, const TypeName& to, Span span) {
    const auto type = type_named(to);
    if (!type || from.unresolved) return Value::unknown();
    if (type->kind == Kind::Struct) {  // (struct foo)pointer is an old spelling of (struct foo *)
        if (from.type.kind == Kind::Pointer || from.type.kind == Kind::Integer)
            return Value::of(*type, InMemory{from.scalar()});
        return Value::of(*type, from.where);
    }
    if (is_scalar(type->kind) && from.is_scalar()) {
        Type result = *type;
        result.user_space = from.type.user_space;
        if (type->kind == Kind::Boolean)
            return Value::of(result,
                             emit_.truth(ir::Compare::NotEqual, from.scalar(), Constant{0}));
        Value value =
            Value::of(result, emit_.extended(from.scalar(), result.bytes, result.is_signed));
        return value;
    }
    if (type->kind == Kind::Array && from.is_scalar()) {  // an integer's bytes
        const Place place = emit_.new_buffer("array", std::max(type->bytes, 8U));
        emit_.store(place, 8, from.scalar());
        return Value::of(*type, place);
    }
    if (type->kind == Kind::String && from.type.kind == Kind::String) {
        return Value::of(*type, in_place(from, *type));
    }
    if (from.type.kind == Kind::Array && is_scalar(type->kind)) {
        const Place place = emit_.new_buffer("number", 8);
        emit_.fill(place, 8);
        emit_.copy(place, in_place(from, from.type), std::min(from.type.bytes, 8U));
        return loaded(place, *type);
    }
    error(codes::kTypeMismatch, span,
          fmt::format("{} cannot become {}", to_text(from.type, script_.types()),
                      to_text(*type, script_.types())),
          "numbers, pointers and structures can be cast to each other, strings to other lengths");
    return Value::unknown();
}

Value Lowering::of(const NamedCast& node, Span span) {
    TypeName name;
    name.span = span;
    name.base = node.type;
    while (!name.base.empty() && (name.base.back() == '*' || name.base.back() == ' ')) {
        if (name.base.back() == '*') ++name.pointers;
        name.base.pop_back();
    }
    const Value from = value(*node.operand);
    auto id = script_.definitions.type(name.base);
    if (!id) id = script_.definitions.type("struct " + name.base);
    if (!id) {
        error(codes::kUnknownType, span, fmt::format("no type '{}' in this kernel", name.base));
        return Value::unknown();
    }
    return Value::of(Type::pointer(*id), from.scalar());
}

Value Lowering::of(const SizeOf& node, Span span) {
    std::optional<Type> type;
    if (node.type) type = type_named(*node.type);
    const auto* name = node.operand ? std::get_if<Name>(&node.operand->node) : nullptr;
    const auto of_name = name != nullptr ? script_.definitions.type(name->name) : std::nullopt;
    if (of_name)
        type = script_type(*of_name);
    else if (node.operand)
        type = value(*node.operand).type;
    return type ? of(Integer{type->bytes, false}, span) : Value::unknown();
}

Value Lowering::of(const OffsetOf& node, Span span) {
    std::optional<Type> type;
    if (node.type) type = type_named(*node.type);
    if (node.operand) type = value(*node.operand).type;
    if (!type) return Value::unknown();
    const auto place = script_.types().field(type->c_type, node.path);
    if (!place) {
        error(codes::kUnknownField, span,
              fmt::format("no field '{}' in {}", node.path, to_text(*type, script_.types())),
              fields_hint(node.path, member_names(script_.types(), type->c_type)));
        return Value::unknown();
    }
    return of(Integer{place->bit_offset / 8, false}, span);
}

Value Lowering::of(const TupleOf& node, Span /*span*/) {
    std::vector<Value> values;
    std::vector<Type> types;
    bool unresolved = false;
    for (const ExprPtr& element : node.elements) {
        values.push_back(value(*element));
        types.push_back(stored_type(script_, values.back().type));
        unresolved |= values.back().unresolved;
    }
    Type type = Type::tuple(types);
    type.names = node.names;
    const Place place = emit_.new_buffer("tuple", type.bytes);
    emit_.fill(place, type.bytes);
    const auto offsets = element_offsets(type);
    for (size_t i = 0; i < values.size(); ++i) put(further(place, offsets[i]), types[i], values[i]);
    Value result = Value::of(type, place);
    result.unresolved = unresolved;
    return result;
}

Value Lowering::of(const TypeValue& /*node*/, Span span) {
    error(codes::kTypeMismatch, span, "a type is no value", "sizeof(TYPE) is its size in bytes");
    return Value::unknown();
}

Value Lowering::of(const BlockValue& node, Span /*span*/) {
    block(node.statements);
    return value(*node.value);
}

Value Lowering::of(const InMap& node, Span span) {
    std::vector<const Expr*> keys;
    for (const ExprPtr& key : node.keys) keys.push_back(key.get());
    return has_key(node.map, keys, span);
}

Value Lowering::of(const Pretty& node, Span span) {
    return pretty_text(*this, node, span);
}

}  // namespace knowhy::lang
