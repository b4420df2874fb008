// The tapset's functions that print, make texts of values, and end the script.
#include <algorithm>

#include "lang/sema/stap_statistics.h"
#include "lang/sema/tapset.h"
#include "lang/sema/text_building.h"
#include "lang/source/codes.h"
#include "lang/types/format.h"

namespace knowhy::lang {
namespace {

using ir::Constant;
using ir::Operand;
using Kind = Type::Kind;
using To = PrintfOutput::To;

bool is_number(const Type& type) {
    return type.kind == Kind::Integer || type.kind == Kind::Boolean || type.kind == Kind::Pointer ||
           type.kind == Kind::Enum;
}

std::vector<Value> values_from(Lowering& lowering, const Call& call, size_t first) {
    std::vector<Value> values;
    for (size_t i = first; i < call.arguments.size(); ++i) {
        Value found = lowering.value(*call.arguments[i]);
        const bool is_value = found.type.kind != Kind::None && !found.type.is_aggregate() &&
                              !std::holds_alternative<Arguments>(found.where);
        if (!is_value && !found.unresolved)
            lowering.error(codes::kTypeMismatch, call.arguments[i]->span,
                           "this cannot be printed as a value");
        values.push_back(is_value ? std::move(found) : Value::unknown());
    }
    return values;
}

// %m and %M are given an address: as many bytes from there as the precision says, else the width.
void read_memory(Lowering& lowering, std::string_view format, std::vector<Value>& values) {
    constexpr uint32_t kMost = 1024;
    const auto pieces = model::parse_format(format, model::FormatDialect::SystemTap);
    if (!pieces) return;
    size_t next = 0;
    for (const model::FormatPiece& piece : *pieces) {
        if (!piece.conversion) continue;
        const model::Conversion& how = *piece.conversion;
        next += (how.width_given ? 1U : 0U) + (how.precision_given ? 1U : 0U);
        const size_t which = next++;
        if ((how.letter != 'm' && how.letter != 'M') || which >= values.size()) continue;
        if (!values[which].is_scalar()) continue;
        const uint32_t bytes =
            std::clamp<uint32_t>(how.precision.value_or(std::max(how.width, 1U)), 1, kMost);
        Type type;
        type.kind = Kind::Bytes;
        type.bytes = 4 + bytes;
        Emitter& emit = lowering.emitter();
        const ir::Place to = emit.new_buffer("memory", type.bytes);
        emit.store(to, 4, Constant{bytes});
        lowering.read_bytes(further(to, 4), bytes, values[which].scalar(), false);
        values[which] = Value::of(type, to);
    }
}

struct Formatted {
    std::string format;
    std::vector<Value> values;
};

std::optional<Formatted> formatted(Lowering& lowering, const Call& call) {
    auto format = lowering.text(*call.arguments.front());
    if (!format) return std::nullopt;
    Formatted result{std::move(*format), values_from(lowering, call, 1)};
    read_memory(lowering, result.format, result.values);
    std::vector<Type> types;
    bool unresolved = false;
    for (const Value& value : result.values) {
        types.push_back(value.type);
        unresolved |= value.unresolved;
    }
    if (unresolved) return result;
    if (const auto problem = check_format(result.format, model::FormatDialect::SystemTap, types,
                                          lowering.script().types())) {
        lowering.error(codes::kBadFormat, call.arguments.front()->span, problem->message,
                       problem->hint);
        return std::nullopt;
    }
    return result;
}

// print() and its kin: each value as it is, with a text between them.
Formatted one_by_one(std::vector<Value> values, std::string_view between, std::string_view end) {
    std::string format;
    std::string quoted;  // a % in a delimiter is none of a conversion
    for (const char c : between) quoted += c == '%' ? "%%" : std::string(1, c);
    for (const Value& value : values) {
        if (!format.empty()) format += quoted;
        format += is_number(value.type) ? "%d" : "%s";
    }
    format += end;
    return {std::move(format), std::move(values)};
}

// The values behind the delimiter, where one is given.
template <bool Delimited, bool Line>
std::optional<Formatted> plain(Lowering& lowering, const Call& call) {
    std::string between;
    if (Delimited) {
        auto given = lowering.text(*call.arguments.front());
        if (!given) return std::nullopt;
        between = std::move(*given);
    }
    return one_by_one(values_from(lowering, call, Delimited ? 1 : 0), between, Line ? "\n" : "");
}

void say(Lowering& lowering, const std::optional<Formatted>& what, Span span, To to = To::Out) {
    if (what) lowering.send(PrintfOutput{what->format, to}, what->values, span);
}

Value made(Lowering& lowering, const std::optional<Formatted>& what, Span span) {
    if (!what) return Value::unknown();
    return formatted_text(lowering, what->format, what->values, span);
}

Value printf(Lowering& lowering, const Call& call, Span span) {
    say(lowering, formatted(lowering, call), span);
    return Value::none();
}

Value sprintf(Lowering& lowering, const Call& call, Span span) {
    return made(lowering, formatted(lowering, call), span);
}

template <bool Delimited, bool Line>
Value print(Lowering& lowering, const Call& call, Span span) {
    if (!Delimited && call.arguments.size() == 1 && is_histogram(*call.arguments.front())) {
        print_histogram(lowering, std::get<Call>(call.arguments.front()->node), span);
        return Value::none();
    }
    say(lowering, plain<Delimited, Line>(lowering, call), span);
    return Value::none();
}

template <bool Delimited, bool Line>
Value sprint(Lowering& lowering, const Call& call, Span span) {
    return made(lowering, plain<Delimited, Line>(lowering, call), span);
}

Value warn(Lowering& lowering, const Call& call, Span span) {
    say(lowering, plain<false, false>(lowering, call), span, To::Warning);
    return Value::none();
}

Value error(Lowering& lowering, const Call& call, Span span) {
    const Value text = lowering.value(*call.arguments.front());
    if (text.type.kind != Kind::String) {
        if (!text.unresolved)
            lowering.error(codes::kTypeMismatch, call.arguments.front()->span, "a text is wanted",
                           "sprintf() makes one of a number");
        return Value::none();
    }
    lowering.fail(text, span);
    return Value::none();
}

// Goes on where the condition holds.
Value assertion(Lowering& lowering, const Call& call, Span span) {
    Emitter& emit = lowering.emitter();
    const ir::BlockId holds = emit.new_block();
    const ir::BlockId fails = emit.new_block();
    lowering.branch_on(*call.arguments.front(), holds, fails);
    emit.go_on_in(fails);
    constexpr std::string_view kFailed = "assertion failed";
    Value text = Value::of(Type::string(kFailed.size() + 1), Text{std::string(kFailed)});
    if (call.arguments.size() > 1) text = lowering.value(*call.arguments[1]);
    lowering.fail(text, span);
    emit.jump_into(holds);
    return Value::none();
}

// The script ends, and this probe first goes on to its own end.
Value exit_script(Lowering& lowering, const Call& /*call*/, Span span) {
    lowering.send(ExitOutput{false}, {Value::integer(Constant{0}, true)}, span);
    return Value::none();
}

Value abort_script(Lowering& lowering, const Call& call, Span span) {
    exit_script(lowering, call, span);
    lowering.leave();
    return Value::none();
}

Value run_command(Lowering& lowering, const Call& call, Span span) {
    const auto values = values_from(lowering, call, 0);
    lowering.send(SystemOutput{"%s"}, values, span);
    return Value::none();
}

}  // namespace

std::vector<FunctionInfo> output_tapset() {
    return {
        {"printf", "printf(format, values...)", "prints as C's printf does", 1, SIZE_MAX, false,
         printf},
        {"print", "print(values...)", "prints values one after the other", 1, SIZE_MAX, false,
         print<false, false>},
        {"println", "println(values...)", "the same, and ends the line", 0, SIZE_MAX, false,
         print<false, true>},
        {"printd", "printd(delimiter, values...)", "prints values with a text between them", 2,
         SIZE_MAX, false, print<true, false>},
        {"printdln", "printdln(delimiter, values...)", "the same, and ends the line", 2, SIZE_MAX,
         false, print<true, true>},
        {"sprintf", "sprintf(format, values...)", "the text that printf would print", 1, SIZE_MAX,
         false, sprintf},
        {"sprint", "sprint(values...)", "likewise", 1, SIZE_MAX, false, sprint<false, false>},
        {"sprintln", "sprintln(values...)", "likewise", 0, SIZE_MAX, false, sprint<false, true>},
        {"sprintd", "sprintd(delimiter, values...)", "likewise", 2, SIZE_MAX, false,
         sprint<true, false>},
        {"sprintdln", "sprintdln(delimiter, values...)", "likewise", 2, SIZE_MAX, false,
         sprint<true, true>},
        {"log", "log(text)", "prints a line", 1, 1, false, print<false, true>},
        {"warn", "warn(text)", "a warning, on standard error", 1, 1, false, warn},
        {"error", "error(text)", "fails: a catch is gone to, or the script ends", 1, 1, false,
         error},
        {"assert", "assert(condition[, text])", "fails where the condition does not hold", 1, 2,
         false, assertion},
        {"exit", "exit()", "ends the script; this probe first goes on to its end", 0, 0, false,
         exit_script},
        {"abort", "abort()", "ends the script, and this probe at once", 0, 0, false, abort_script},
        {"system", "system(command)", "runs a command", 1, 1, true, run_command},
    };
}

}  // namespace knowhy::lang
