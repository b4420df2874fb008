// Functions about the script itself: types, checks, what it was called with; and those that are
// refused by name.
#include <algorithm>

#include "lang/sema/functions.h"
#include "lang/sema/text.h"
#include "lang/source/codes.h"

namespace knowhy::lang {
namespace {

using ir::Constant;
using ir::Op;
using ir::Operand;
using Kind = Type::Kind;

template <bool (*Is)(const Value&)>
Value predicate(Lowering& lowering, const Call& call, Span /*span*/) {
    const Value value = lowering.value(*call.arguments.front());
    if (value.unresolved) return Value::unknown();
    return Value::of(Type::boolean(), Operand{Constant{Is(value) ? 1U : 0U}});
}

bool is_pointer(const Value& value) {
    return value.type.kind == Kind::Pointer;
}
bool is_integer(const Value& value) {
    return value.type.kind == Kind::Integer;
}
bool is_unsigned(const Value& value) {
    return value.type.kind == Kind::Integer && !value.type.is_signed;
}
bool is_string(const Value& value) {
    return value.type.kind == Kind::String;
}
bool is_array(const Value& value) {
    return value.type.kind == Kind::Array;
}
bool is_literal(const Value& value) {
    return value.literal || std::holds_alternative<Text>(value.where);
}

// "a.b.c" of what is written as a member.
std::optional<std::string> member_path(const Expr& expr) {
    if (const auto* name = std::get_if<Name>(&expr.node)) return name->name;
    const auto* field = std::get_if<Field>(&expr.node);
    if (field == nullptr || field->arrow) return std::nullopt;
    const auto before = member_path(*field->object);
    return before ? std::optional(*before + "." + field->name) : std::nullopt;
}

// container_of(pointer, struct foo, member): the structure that the member is of.
Value container_of(Lowering& lowering, const Call& call, Span span) {
    const Value pointer = lowering.value(*call.arguments[0]);
    const auto* type = std::get_if<TypeValue>(&call.arguments[1]->node);
    const auto path = member_path(*call.arguments[2]);
    if (type == nullptr || !path) {
        lowering.error(codes::kTypeMismatch, span,
                       "container_of() takes a pointer, a type, a member",
                       "container_of($sk, struct tcp_sock, inet_conn.icsk_inet.sk)");
        return Value::unknown();
    }
    const auto whole = lowering.type_named(type->type);
    if (!whole || !is_scalar_argument(lowering, pointer, call.arguments[0]->span))
        return Value::unknown();
    const auto place = lowering.script().types().field(whole->c_type, *path);
    if (!place) {
        lowering.error(
            codes::kUnknownField, call.arguments[2]->span,
            fmt::format("no field '{}' in {}", *path, to_text(*whole, lowering.script().types())),
            "knowhy list 'struct NAME' shows its fields");
        return Value::unknown();
    }
    Value result = Value::of(
        Type::pointer(whole->c_type),
        lowering.emitter().compute(Op::Sub, pointer.scalar(), Constant{place->bit_offset / 8}));
    result.type.user_space = pointer.type.user_space;
    return result;
}

std::string message_of(Lowering& lowering, const Call& call, size_t at) {
    if (call.arguments.size() <= at) return "";
    return lowering.text(*call.arguments[at]).value_or("");
}

Value static_assert_of(Lowering& lowering, const Call& call, Span span) {
    const auto holds = lowering.constant(*call.arguments.front());
    if (holds && *holds == 0) {
        const std::string message = message_of(lowering, call, 1);
        lowering.error(
            codes::kAssertion, span,
            message.empty() ? "this does not hold" : fmt::format("this does not hold: {}", message),
            "the script's own condition, of this kernel's types");
    }
    return Value::none();
}

Value fail(Lowering& lowering, const Call& call, Span span) {
    lowering.error(codes::kAssertion, span, message_of(lowering, call, 0),
                   "the script's own fail()");
    return Value::none();
}

// Where the condition does not hold: says so, and ends the script with 1.
Value assert_of(Lowering& lowering, const Call& call, Span span) {
    Emitter& emit = lowering.emitter();
    const ir::BlockId bad = emit.new_block();
    const ir::BlockId after = emit.new_block();
    lowering.branch_on(*call.arguments.front(), after, bad);
    emit.go_on_in(bad);
    const Value message = lowering.value(*call.arguments[1]);
    lowering.send(PrintfOutput{"assert failed: %s", PrintfOutput::To::Error}, {message}, span);
    lowering.send(ExitOutput{}, {Value::integer(Constant{1}, true)}, span);
    lowering.leave();
    emit.go_on_in(after);
    return Value::none();
}

// getopt("name"[, default]): of --name or --name=value among the script's arguments.
Value getopt(Lowering& lowering, const Call& call, Span span) {
    const auto name = lowering.text(*call.arguments.front());
    if (!name) return Value::unknown();
    std::optional<std::string> given;
    for (const std::string& argument : lowering.script().options.arguments) {
        if (argument == "--" + *name) given = "";
        if (argument.starts_with("--" + *name + "=")) given = argument.substr(name->size() + 3);
    }
    const auto truth = [](bool yes) {
        return Value::of(Type::boolean(), Operand{Constant{yes ? 1U : 0U}});
    };
    if (call.arguments.size() == 1) return truth(given && *given != "false" && *given != "0");
    const Value otherwise = lowering.value(*call.arguments[1]);
    if (!given || otherwise.unresolved) return otherwise;
    if (otherwise.type.kind == Kind::String)
        return Value::of(Type::string(static_cast<uint32_t>(given->size()) + 1), Text{*given});
    if (otherwise.type.kind == Kind::Boolean) return truth(*given != "false" && *given != "0");
    const auto number = parse_integer(*given);
    if (!number) {
        lowering.error(codes::kWrongArguments, span,
                       fmt::format("--{} wants a number, not '{}'", *name, *given),
                       fmt::format("--{}=NUMBER", *name));
        return Value::unknown();
    }
    return Value::integer(Constant{static_cast<uint64_t>(*number)}, true);
}

Value default_str_length(Lowering& lowering, const Call& /*call*/, Span /*span*/) {
    return Value::integer(Constant{lowering.script().plan.config.max_strlen});
}

// An error in a pointer's clothes: the kernel's last 4095 addresses.
Value is_err(Lowering& lowering, const Call& call, Span /*span*/) {
    constexpr uint64_t kFirst = static_cast<uint64_t>(-4095);
    const Value value = lowering.value(*call.arguments.front());
    if (!is_scalar_argument(lowering, value, call.arguments.front()->span)) return Value::unknown();
    return Value::of(Type::boolean(), lowering.emitter().truth(ir::Compare::GreaterEqual,
                                                               value.scalar(), Constant{kFirst}));
}

// Those of bpftrace that have no place here, and why.
struct Refusal {
    std::string_view name;
    std::string_view form;
    std::string_view why;
    std::string_view hint;
};

constexpr std::string_view kUserSpace = "this is about user space, and knowhy asks the kernel";
constexpr std::string_view kPeer = "bpftrace does this";
constexpr std::string_view kChanges = "knowhy never changes what the kernel or a process does";
constexpr std::string_view kOnlyLook = "the script may look, count and print";

constexpr Refusal kRefusals[] = {
    {"override", "override(value)", kChanges, kOnlyLook},
    {"write_user", "write_user(to, from, size)", kChanges, kOnlyLook},
    {"usym", "usym(address)", kUserSpace, kPeer},
    {"uaddr", "uaddr(\"symbol\")", kUserSpace, kPeer},
    {"ustack", "ustack([mode,] [depth])", kUserSpace, "kstack is the kernel's"},
    {"dw_ustack", "dw_ustack([mode,] [depth])", kUserSpace, "kstack is the kernel's"},
    {"unwatch", "unwatch(address)", "a watchpoint stays as long as the script",
     "a condition in its probe: /@watched/"},
    {"path", "path(struct path *)",
     "the kernel gives paths to programs at a handful of functions only",
     "str(args.file->f_path.dentry->d_name.name) is the file's own name"},
    {"tseries", "@x = tseries(n, interval, count)",
     "time series are unstable in bpftrace, and not here",
     "interval:s:1 { print(@x); clear(@x) } prints one value after the other"},
    {"syscall_name", "syscall_name(number)", "the kernel has no table of these names",
     "tracepoint:syscalls:sys_enter_* with the probe builtin has them"},
    {"typeinfo", "typeinfo(expression)", "it is unstable in bpftrace, and not here",
     "is_ptr(), is_integer(), is_str() and is_array() tell types apart"},
    {"kfunc_exist", "kfunc_exist(\"name\")",
     "the kernel's own functions for BPF cannot be called here",
     "there is nothing that depends on it"},
    {"kfunc_allowed", "kfunc_allowed(\"name\")",
     "the kernel's own functions for BPF cannot be called here",
     "there is nothing that depends on it"},
};

Value refused(Lowering& lowering, const Call& call, Span span) {
    const auto* refusal = std::ranges::find(kRefusals, call.function, &Refusal::name);
    lowering.error(codes::kCannot, span,
                   fmt::format("{}() is not supported: {}", call.function, refusal->why),
                   std::string(refusal->hint));
    return Value::unknown();
}

}  // namespace

std::vector<FunctionInfo> language_functions() {
    std::vector<FunctionInfo> all = {
        {"is_ptr", "is_ptr(value)", "whether it is a pointer", 1, 1, false, predicate<is_pointer>},
        {"is_integer", "is_integer(value)", "whether it is a number", 1, 1, false,
         predicate<is_integer>},
        {"is_unsigned_integer", "is_unsigned_integer(value)", "whether it is one without a sign", 1,
         1, false, predicate<is_unsigned>},
        {"is_str", "is_str(value)", "whether it is a string", 1, 1, false, predicate<is_string>},
        {"is_array", "is_array(value)", "whether it is an array", 1, 1, false, predicate<is_array>},
        {"is_literal", "is_literal(value)", "whether it is written in the script", 1, 1, false,
         predicate<is_literal>},
        {"is_err", "is_err(pointer)", "whether it is an error that a function returned", 1, 1,
         false, is_err},
        {"container_of", "container_of(pointer, type, member)",
         "the structure that a member's address is of", 3, 3, false, container_of},
        {"static_assert", "static_assert(condition[, message])",
         "refuses the script where it does not hold", 1, 2, false, static_assert_of},
        {"assert", "assert(condition, message)", "ends the script where it does not hold", 2, 2,
         false, assert_of},
        {"fail", "fail(message)", "refuses the script", 1, 1, false, fail},
        {"getopt", "getopt(name[, default[, description]])", "an option that the script was given",
         1, 3, false, getopt},
        {"default_str_length", "default_str_length()", "max_strlen", 0, 0, false,
         default_str_length},
    };
    for (const Refusal& each : kRefusals)
        all.push_back({each.name, each.form, "not supported", 0, SIZE_MAX, false, refused});
    return all;
}

}  // namespace knowhy::lang
