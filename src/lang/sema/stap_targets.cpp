#include "lang/sema/stap_targets.h"

#include <algorithm>

#include "lang/sema/constants.h"
#include "lang/sema/stap_pretty.h"
#include "lang/sema/tapset.h"
#include "lang/source/codes.h"

namespace knowhy::lang {

using ir::Constant;
using ir::Op;
using ir::Operand;
using Kind = Type::Kind;
using View = ProbeSite::View;

// ---- What there is

bool is_target(const Expr& expr) {
    if (std::holds_alternative<Variable>(expr.node)) return true;
    if (const auto* field = std::get_if<Field>(&expr.node)) return is_target(*field->object);
    if (const auto* index = std::get_if<Index>(&expr.node)) return is_target(*index->object);
    if (const auto* pretty = std::get_if<Pretty>(&expr.node)) return is_target(*pretty->operand);
    const auto* unary = std::get_if<Unary>(&expr.node);
    return unary != nullptr && unary->op == UnaryOp::AddressOf && is_target(*unary->operand);
}

namespace {

// What `$x->y[1]` begins with; "" of none.
std::string_view root_of(const Expr& expr) {
    if (const auto* variable = std::get_if<Variable>(&expr.node)) return variable->name;
    if (const auto* field = std::get_if<Field>(&expr.node)) return root_of(*field->object);
    if (const auto* index = std::get_if<Index>(&expr.node)) return root_of(*index->object);
    if (const auto* pretty = std::get_if<Pretty>(&expr.node)) return root_of(*pretty->operand);
    if (const auto* unary = std::get_if<Unary>(&expr.node)) return root_of(*unary->operand);
    return "";
}

}  // namespace

bool is_of_return(const Expr& expr) {
    const std::string_view root = root_of(expr);
    return root == "return" || root == "$return";
}

bool is_defined(Lowering& lowering, const Expr& expr) {
    ScriptContext& script = lowering.script();
    const ProbeSite& here = lowering.site();
    const bool at_entry = !here.entry.empty() && !is_of_return(expr);
    // Written for nobody: only what is said of it counts.
    ir::Program scratch;
    VariableTypes none;
    bool failed = false;
    bool* const before = std::exchange(script.trial, &failed);
    Lowering(script, at_entry ? here.entry.front() : here, none, scratch).value(expr);
    script.trial = before;
    return !failed;
}

std::optional<bool> decided(Lowering& lowering, const Expr& condition) {
    if (const auto* call = std::get_if<Call>(&condition.node)) {
        if (call->function != "@defined" || call->arguments.size() != 1) return std::nullopt;
        return is_defined(lowering, *call->arguments.front());
    }
    if (const auto* unary = std::get_if<Unary>(&condition.node)) {
        if (unary->op != UnaryOp::Not) return std::nullopt;
        const auto inner = decided(lowering, *unary->operand);
        return inner ? std::optional(!*inner) : std::nullopt;
    }
    const auto* binary = std::get_if<Binary>(&condition.node);
    const bool both = binary != nullptr && binary->op == BinaryOp::LogicalAnd;
    if (!both && (binary == nullptr || binary->op != BinaryOp::LogicalOr)) return std::nullopt;
    const auto left = decided(lowering, *binary->left);
    if (!left) return std::nullopt;
    return *left == both ? decided(lowering, *binary->right) : left;
}

// ---- Addresses

namespace {

struct Located {
    Operand address;
    symbols::TypeId type = symbols::kVoid;
};

std::optional<Operand> where_is(const Value& object) {
    if (const auto* memory = std::get_if<InMemory>(&object.where)) return memory->address;
    if (object.type.kind == Kind::Pointer) return object.scalar();
    return std::nullopt;
}

std::optional<Located> field_place(Lowering& lowering, const Field& node) {
    const Value object = lowering.value(*node.object);
    const auto base = where_is(object);
    if (!base) return std::nullopt;
    symbols::Types& types = lowering.script().types();
    const auto place = types.field(types.resolved(object.type.c_type), node.name);
    if (!place || place->bit_size != 0) return std::nullopt;
    return Located{lowering.emitter().compute(Op::Add, *base, Constant{place->bit_offset / 8}),
                   place->type};
}

std::optional<Located> element_place(Lowering& lowering, const Index& node) {
    const Value object = lowering.value(*node.object);
    const auto base = where_is(object);
    if (!base) return std::nullopt;
    symbols::Types& types = lowering.script().types();
    const symbols::Type& whole = types[types.resolved(object.type.c_type)];
    const bool array = object.type.kind == Kind::Array;
    const symbols::TypeId element = array ? whole.target : object.type.c_type;
    Emitter& emit = lowering.emitter();
    const Operand offset =
        emit.compute(Op::Mul, lowering.number(*node.index), Constant{types.bytes_of(element)});
    return Located{emit.compute(Op::Add, *base, offset), element};
}

}  // namespace

Value address_taken(Lowering& lowering, const Expr& operand, Span span) {
    std::optional<Located> found;
    if (const auto* field = std::get_if<Field>(&operand.node)) {
        found = field_place(lowering, *field);
    } else if (const auto* index = std::get_if<Index>(&operand.node)) {
        found = element_place(lowering, *index);
    } else {
        const Value whole = lowering.value(operand);
        if (whole.unresolved) return whole;
        // &@cast(p, "type") is p.
        if (std::holds_alternative<NamedCast>(operand.node)) return whole;
        if (const auto* memory = std::get_if<InMemory>(&whole.where))
            found = Located{memory->address, whole.type.c_type};
    }
    if (found) return Value::of(Type::pointer(found->type), found->address);
    lowering.error(codes::kTypeMismatch, span, "this has no address",
                   "& is for what lies in memory: a field, an element, a structure");
    return Value::unknown();
}

// ---- All variables

namespace {

struct Names {
    std::vector<std::string> parameters;
    std::vector<std::string> locals;
};

Names of_prototype(Lowering& lowering) {
    Names names;
    symbols::Types& types = lowering.script().types();
    for (const symbols::Member& each : types[types.resolved(*lowering.site().prototype)].members)
        if (!each.name.empty()) names.parameters.push_back(each.name);
    return names;
}

std::optional<Names> in_scope(Lowering& lowering, Span span) {
    const ProbeSite& site = lowering.site();
    Names names;
    if (site.view == View::Record) {
        for (const TracepointField& field : site.fields)
            if (!field.name.starts_with("common_")) names.parameters.push_back(field.name);
        return names;
    }
    const bool by_type = site.view == View::Arguments || (site.at_entry && !site.code);
    if (by_type && site.prototype) return of_prototype(lowering);
    const auto place = lowering.code_place(span);
    if (!place) {
        lowering.error(codes::kNotHere, span, "no variables are known here",
                       "they are at functions, statements and tracepoints");
        return std::nullopt;
    }
    const auto code = lowering.script().kernel.code();
    const auto parameters = (*code)->variables(*place, true);
    const auto all = (*code)->variables(*place, false);
    if (!parameters || !all) {
        lowering.error(codes::kNoDebugInfo, span, (parameters ? all : parameters).error().message);
        return std::nullopt;
    }
    names.parameters = *parameters;
    for (const std::string& name : *all)
        if (std::ranges::find(*parameters, name) == parameters->end()) names.locals.push_back(name);
    return names;
}

// "skb=0xffff888003f1a800", or "x=?" where its value is not to be had.
void add_variable(Composition& into, Lowering& lowering, const std::string& name, unsigned levels,
                  Span span) {
    const Expr variable{span, Variable{name}};
    into.text(name + "=");
    if (!is_defined(lowering, variable)) return into.text("?");
    const Value value = lowering.value(variable);
    if (levels > 0) return add_whole(into, lowering, value, levels);
    if (!is_scalar(value.type.kind)) return into.text("?");
    into.value("%#x", Value::integer(value.scalar(), value.type.is_signed));
}

Value returned_text(Lowering& lowering, unsigned levels, Span span) {
    Composition text;
    if (is_defined(lowering, Expr{span, Variable{"return"}}))
        add_variable(text, lowering, "return", levels, span);
    return text.made(lowering);
}

Value variables_text(Lowering& lowering, const std::string& which, unsigned levels, Span span) {
    if (which == "$return") return returned_text(lowering, levels, span);
    if (which == "$name") {
        const auto* at = std::get_if<RawTracepointAt>(&lowering.site().targets.front().at);
        if (at == nullptr) {
            lowering.error(codes::kNotHere, span, "$$name is a tracepoint's");
            return Value::unknown();
        }
        const auto bytes = static_cast<uint32_t>(at->name.size()) + 1;
        return Value::of(Type::string(bytes), Text{at->name});
    }
    const bool parameters = which == "$vars" || which == "$parms";
    const bool locals = which == "$vars" || which == "$locals";
    if (!parameters && !locals) {
        lowering.error(codes::kUnknownName, span, fmt::format("no ${}", which),
                       "$$vars, $$parms, $$locals, $$return, $$name");
        return Value::unknown();
    }
    const auto names = in_scope(lowering, span);
    if (!names) return Value::unknown();
    Composition text;
    const auto add = [&](const std::vector<std::string>& some) {
        for (const std::string& name : some) {
            if (!text.is_empty()) text.text(" ");
            add_variable(text, lowering, name, levels, span);
        }
    };
    if (parameters) add(names->parameters);
    if (locals) add(names->locals);
    return text.made(lowering);
}

}  // namespace

Value all_variables(Lowering& lowering, const std::string& which, Span span) {
    return variables_text(lowering, which, 0, span);
}

Value pretty_text(Lowering& lowering, const Pretty& node, Span span) {
    const unsigned levels = node.deep ? kAllLevels : 1;
    const auto* variable = std::get_if<Variable>(&node.operand->node);
    if (variable != nullptr && variable->name.starts_with('$'))
        return variables_text(lowering, variable->name, levels, span);
    const Value whole = lowering.value(*node.operand);
    if (whole.unresolved) return whole;
    Composition text;
    add_whole(text, lowering, whole, levels);
    return text.made(lowering);
}

Value named_variable(Lowering& lowering, const TargetVariable& node, Span span) {
    if (node.name.find('@') == std::string::npos) return lowering.target_variable(node.name, span);
    lowering.error(codes::kCannot, span,
                   fmt::format("@var(\"{}\") is not supported: globals of a file are not looked up",
                               node.name),
                   "where it is in scope, $name; of an address, @cast(address, \"type\")");
    return Value::unknown();
}

// ---- The operators with an at-sign

namespace {

Value defined(Lowering& lowering, const Call& call, Span /*span*/) {
    return Value::integer(Constant{is_defined(lowering, *call.arguments.front()) ? 1U : 0U}, true);
}

Value choose_defined(Lowering& lowering, const Call& call, Span /*span*/) {
    const bool first = is_defined(lowering, *call.arguments[0]);
    return lowering.value(*call.arguments[first ? 0 : 1]);
}

Value entry_value(Lowering& lowering, const Call& /*call*/, Span span) {
    lowering.error(codes::kNotHere, span, "@entry() is for return probes",
                   "kernel.function(\"f\").return has the values of its function's entry");
    return Value::unknown();
}

Value constant_named(Lowering& lowering, const Call& call, Span span) {
    const auto name = lowering.text(*call.arguments.front());
    if (!name) return Value::unknown();
    auto known = header_constant(*name);
    if (const auto enumerator = lowering.script().definitions.enumerator(*name))
        known = enumerator->value;
    if (known) return Value::integer(Constant{static_cast<uint64_t>(*known)}, true);
    lowering.error(codes::kUnknownName, span, fmt::format("no constant '{}' is known", *name),
                   "enumerators of the kernel are; write others as numbers");
    return Value::unknown();
}

Value never_written(Lowering& lowering, const Call& call, Span span) {
    if (call.function == "@probewrite") return Value::integer(Constant{0}, true);
    lowering.error(codes::kCannot, span, fmt::format("{} is not supported", call.function));
    return Value::unknown();
}

}  // namespace

std::vector<FunctionInfo> target_operators() {
    return {
        {"@defined", "@defined($x->y)", "1 where that is to be had, known beforehand", 1, 1, false,
         defined},
        {"@choose_defined", "@choose_defined($x, $y)", "the first if it is to be had", 2, 2, false,
         choose_defined},
        {"@entry", "@entry(value)", "in a return probe, what it was at the function's entry", 1, 1,
         false, entry_value},
        {"@const", "@const(\"name\")", "a constant of the kernel's", 1, 1, false, constant_named},
        {"@probewrite", "@probewrite($x)", "0: nothing is written", 1, 1, false, never_written},
        {"@perf", "@perf(\"name\")", "not supported", 1, 1, false, never_written},
    };
}

}  // namespace knowhy::lang
