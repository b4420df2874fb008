// What a script says: records for user space, and the functions that send them.
#include <algorithm>

#include "lang/ast/clone.h"
#include "lang/ast/parsing.h"
#include "lang/sema/functions.h"
#include "lang/sema/lowering.h"
#include "lang/source/codes.h"
#include "lang/types/format.h"

namespace knowhy::lang {

using ir::Constant;
using ir::Helper;
using ir::MapId;
using ir::Operand;
using ir::Place;
using Kind = Type::Kind;

namespace {

constexpr uint32_t kHeader = 8;         // index and length
constexpr uint32_t kMostBytes = 32768;  // of a record

uint32_t rounded(uint32_t bytes) {
    return (bytes + 7) / 8 * 8;
}

}  // namespace

void Lowering::send(OutputKind kind, const std::vector<Value>& values, Span span) {
    Output output;
    output.span = span;
    output.kind = std::move(kind);
    uint32_t length = kHeader;
    for (const Value& value : values) {
        output.fields.push_back({value.type, length});
        length += rounded(std::max(value.type.bytes, 1U));
    }
    if (length > kMostBytes) {
        error(codes::kCannot, span, fmt::format("{} bytes are too many to print at once", length),
              "print less, or in two steps; a lower max_strlen makes strings shorter");
        return;
    }
    const Place record = emit_.new_buffer("record", length);
    emit_.store(record, 4, Constant{script_.plan.outputs.size()});
    emit_.store(further(record, 4), 4, Constant{length});
    for (size_t i = 0; i < values.size(); ++i) {
        const Place to = further(record, output.fields[i].offset);
        const Type& type = output.fields[i].type;
        if (type.bytes % 8 != 0) emit_.fill(to, rounded(type.bytes));
        put(to, type, values[i]);
    }
    script_.plan.outputs.push_back(std::move(output));
    const Operand status = emit_.call(
        Helper::RingOutput,
        {MapId{Plan::kRecords}, record, Operand{Constant{length}}, Operand{Constant{0}}});
    count_on_failure(status, Plan::kNoRoom);
}

namespace {

std::vector<Value> values_from(Lowering& lowering, const Call& call, size_t first) {
    std::vector<Value> values;
    for (size_t i = first; i < call.arguments.size(); ++i) {
        Value found = lowering.value(*call.arguments[i]);
        if (std::holds_alternative<Arguments>(found.where) || found.type.kind == Kind::None ||
            found.type.is_aggregate()) {
            if (!found.unresolved)
                lowering.error(codes::kTypeMismatch, call.arguments[i]->span,
                               "this cannot be printed as a value",
                               "print(@x) prints a map, @x[key] is one element of it");
            found = Value::unknown();
        }
        values.push_back(std::move(found));
    }
    return values;
}

// The format and the values behind it, checked against each other.
struct Formatted {
    std::string format;
    std::vector<Value> values;
};

std::optional<Formatted> formatted(Lowering& lowering, const Call& call) {
    auto format = lowering.text(*call.arguments.front());
    if (!format) return std::nullopt;
    Formatted result{std::move(*format), values_from(lowering, call, 1)};
    std::vector<Type> types;
    for (const Value& value : result.values) types.push_back(value.type);
    if (const auto problem = check_format(result.format, model::FormatDialect::Bpftrace, types,
                                          lowering.script().types()))
        lowering.error(codes::kBadFormat, call.arguments.front()->span, problem->message,
                       problem->hint);
    return result;
}

template <PrintfOutput::To To>
Value print_to(Lowering& lowering, const Call& call, Span span) {
    if (auto made = formatted(lowering, call))
        lowering.send(PrintfOutput{std::move(made->format), To}, made->values, span);
    return Value::none();
}

Value cat(Lowering& lowering, const Call& call, Span span) {
    if (auto made = formatted(lowering, call))
        lowering.send(CatOutput{std::move(made->format)}, made->values, span);
    return Value::none();
}

Value system_command(Lowering& lowering, const Call& call, Span span) {
    if (auto made = formatted(lowering, call))
        lowering.send(SystemOutput{std::move(made->format)}, made->values, span);
    return Value::none();
}

Value exit_script(Lowering& lowering, const Call& call, Span span) {
    Value status = Value::integer(Constant{0}, true);
    if (!call.arguments.empty()) status.where = lowering.number(*call.arguments.front());
    lowering.send(ExitOutput{}, {status}, span);
    lowering.leave();
    return Value::none();
}

Value time_of_day(Lowering& lowering, const Call& call, Span span) {
    std::string format = "%H:%M:%S\n";
    if (!call.arguments.empty()) format = lowering.text(*call.arguments.front()).value_or("");
    lowering.send(TimeOutput{std::move(format)}, {}, span);
    return Value::none();
}

// The map that an argument names as a whole; its number, or nullopt with an error.
std::optional<uint32_t> whole_map(Lowering& lowering, const Expr& argument) {
    const auto* access = std::get_if<MapAccess>(&argument.node);
    if (access == nullptr || access->has_keys) {
        lowering.error(codes::kTypeMismatch, argument.span, "a whole map is wanted here",
                       "name it without a key: @x");
        return std::nullopt;
    }
    const MapFacts& facts = facts_of(lowering.script(), access->name, argument.span);
    if (!facts.value) {
        never_assigned(lowering.script(), access->name, argument.span);
        return std::nullopt;
    }
    return map_id(lowering.script(), access->name);
}

Value print(Lowering& lowering, const Call& call, Span span) {
    const Expr& what = *call.arguments.front();
    const auto* access = std::get_if<MapAccess>(&what.node);
    if (access != nullptr && !access->has_keys) {
        const auto map = whole_map(lowering, what);
        if (!map) return Value::none();
        MapOutput output{MapOutput::Action::Print, *map};
        if (call.arguments.size() > 1)
            output.top = static_cast<uint64_t>(lowering.constant(*call.arguments[1]).value_or(0));
        if (call.arguments.size() > 2)
            output.divisor = static_cast<uint64_t>(
                std::max<int64_t>(lowering.constant(*call.arguments[2]).value_or(1), 1));
        lowering.send(output, {}, span);
        return Value::none();
    }
    if (access != nullptr) {
        const MapFacts& facts = facts_of(lowering.script(), access->name, what.span);
        if (facts.value && facts.value->is_aggregate()) {
            std::vector<const Expr*> keys;
            for (const ExprPtr& key : access->keys) keys.push_back(key.get());
            const Place key = lowering.key_place(access->name, keys, true, what.span);
            const MapElementOutput output{map_id(lowering.script(), access->name)};
            lowering.send(output, {Value::of(facts.key.value_or(Type::none()), key)}, span);
            return Value::none();
        }
    }
    if (call.arguments.size() > 1)
        lowering.error(codes::kWrongArguments, span, "only whole maps have a top and a divisor",
                       "print(@x, top, divisor)");
    lowering.send(ValueOutput{}, values_from(lowering, call, 0), span);
    return Value::none();
}

template <MapOutput::Action Action>
Value on_map(Lowering& lowering, const Call& call, Span span) {
    if (const auto map = whole_map(lowering, *call.arguments.front()))
        lowering.send(MapOutput{Action, *map}, {}, span);
    return Value::none();
}

Value delete_element(Lowering& lowering, const Call& call, Span span) {
    const auto* access = std::get_if<MapAccess>(&call.arguments.front()->node);
    if (access == nullptr) {
        lowering.error(codes::kTypeMismatch, call.arguments.front()->span,
                       "a map's element is wanted here", "delete(@x[key])");
        return Value::none();
    }
    if (call.arguments.size() == 1) {
        return lowering.delete_from_map(*access, span);
    }
    std::vector<const Expr*> keys;  // delete(@x, key)
    if (const auto* tuple = std::get_if<TupleOf>(&call.arguments[1]->node))
        for (const ExprPtr& key : tuple->elements) keys.push_back(key.get());
    else
        keys.push_back(call.arguments[1].get());
    return lowering.delete_key(access->name, keys, span);
}

Value has_key(Lowering& lowering, const Call& call, Span span) {
    const auto* access = std::get_if<MapAccess>(&call.arguments.front()->node);
    if (access == nullptr) {
        lowering.error(codes::kTypeMismatch, call.arguments.front()->span, "a map is wanted here",
                       "has_key(@x, key)");
        return Value::unknown();
    }
    std::vector<const Expr*> keys;
    if (const auto* tuple = std::get_if<TupleOf>(&call.arguments[1]->node))
        for (const ExprPtr& key : tuple->elements) keys.push_back(key.get());
    else
        keys.push_back(call.arguments[1].get());
    return lowering.has_key(access->name, keys, span);
}

// find(@x, key, $v): $v is what the key has, where it is there.
Value find(Lowering& lowering, const Call& call, Span span) {
    const auto* access = std::get_if<MapAccess>(&call.arguments.front()->node);
    if (access == nullptr || !std::holds_alternative<Variable>(call.arguments[2]->node)) {
        lowering.error(codes::kTypeMismatch, span, "find() takes a map, a key and a variable",
                       "if (find(@x, $key, $value)) { ... }");
        return Value::unknown();
    }
    MapAccess element{access->name, {}, true};
    std::vector<const Expr*> keys;
    if (const auto* tuple = std::get_if<TupleOf>(&call.arguments[1]->node))
        for (const ExprPtr& key : tuple->elements) element.keys.push_back(clone(key));
    else
        element.keys.push_back(clone(call.arguments[1]));
    for (const ExprPtr& key : element.keys) keys.push_back(key.get());
    const Value there = lowering.has_key(access->name, keys, span);
    Emitter& emit = lowering.emitter();
    const ir::BlockId found = emit.new_block();
    const ir::BlockId after = emit.new_block();
    emit.branch(ir::Compare::NotEqual, there.scalar(), Constant{0}, found, after);
    emit.go_on_in(found);
    Assign assign;
    assign.target = clone(call.arguments[2]);
    assign.value = make_expr(call.arguments.front()->span, std::move(element));
    lowering.value(*make_expr(span, std::move(assign)));
    emit.jump_into(after);
    return there;
}

// join(argv): the strings of an array of pointers, at most 16 of 1 KB in all as bpftrace has it.
Value join_strings(Lowering& lowering, const Call& call, Span span) {
    constexpr unsigned kStrings = 16;
    constexpr uint32_t kRoom = 64;
    const Value array = lowering.value(*call.arguments.front());
    std::string separator = " ";
    if (call.arguments.size() > 1) separator = lowering.text(*call.arguments[1]).value_or(" ");
    std::vector<Value> strings;
    for (unsigned i = 0; i < kStrings; ++i) {
        const Value pointer =
            lowering.dereferenced(Value::integer(lowering.emitter().compute(
                                      ir::Op::Add, array.scalar(), Constant{uint64_t{8} * i})),
                                  span);
        strings.push_back(lowering.read_string(pointer.scalar(), Constant{kRoom}, kRoom, {}));
    }
    lowering.send(JoinOutput{std::move(separator)}, strings, span);
    return Value::none();
}

}  // namespace

std::vector<FunctionInfo> output_functions() {
    using To = PrintfOutput::To;
    using Action = MapOutput::Action;
    return {
        {"printf", "printf(format, values...)", "prints as C's printf does", 1, SIZE_MAX, false,
         print_to<To::Out>},
        {"errorf", "errorf(format, values...)", "the same, as an error with its place", 1, SIZE_MAX,
         false, print_to<To::Error>},
        {"warnf", "warnf(format, values...)", "the same, as a warning", 1, SIZE_MAX, false,
         print_to<To::Warning>},
        {"print", "print(value), print(@map[, top[, divisor]])", "prints a value or a map", 1, 3,
         false, print},
        {"clear", "clear(@map)", "removes all of a map's elements", 1, 1, false,
         on_map<Action::Clear>},
        {"zero", "zero(@map)", "sets all of a map's values to zero", 1, 1, false,
         on_map<Action::Zero>},
        {"delete", "delete(@map[key])", "removes an element", 1, 2, false, delete_element},
        {"has_key", "has_key(@map, key)", "whether the map has the key", 2, 2, false, has_key},
        {"find", "find(@map, key, $value)", "whether it has the key, and then its value", 3, 3,
         false, find},
        {"exit", "exit([status])", "ends the script", 0, 1, false, exit_script},
        {"time", "time([format])", "prints the time of day, as strftime(3) does", 0, 1, false,
         time_of_day},
        {"join", "join(strings[, separator])", "prints the strings of an array such as argv", 1, 2,
         false, join_strings},
        {"cat", "cat(path format, values...)", "prints a file", 1, SIZE_MAX, false, cat},
        {"system", "system(command format, values...)", "runs a command", 1, SIZE_MAX, true,
         system_command},
    };
}

}  // namespace knowhy::lang
