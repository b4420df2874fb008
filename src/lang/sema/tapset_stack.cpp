// The tapset's functions about where a probe is: its name, registers, stacks and symbols.
#include <algorithm>
#include <array>

#include "lang/sema/registers.h"
#include "lang/sema/tapset.h"
#include "lang/source/codes.h"

namespace knowhy::lang {
namespace {

using ir::Constant;
using ir::Op;
using ir::Operand;
using Kind = Type::Kind;
using View = ProbeSite::View;
using Mode = Type::Stack::Mode;

Value text(std::string what) {
    const auto bytes = static_cast<uint32_t>(what.size()) + 1;
    return Value::of(Type::string(bytes), Text{std::move(what)});
}

Value number(uint64_t what) {
    return Value::integer(Constant{what}, true);
}

// ---- What is probed

Value probe_point(Lowering& lowering, const Call& /*call*/, Span /*span*/) {
    return text(lowering.site().targets.front().name);
}

Value point_as_written(Lowering& lowering, const Call& /*call*/, Span /*span*/) {
    const ProbeSite& site = lowering.site();
    return text(site.written.empty() ? site.targets.front().name : site.written);
}

std::string without_clone_suffix(const std::string& symbol) {
    return symbol.substr(0, symbol.find('.'));
}

Value probed_function(Lowering& lowering, const Call& /*call*/, Span span) {
    const ProbeSite& site = lowering.site();
    if (site.code) return text(site.code->function);
    const auto* at = std::get_if<KprobeAt>(&site.targets.front().at);
    if (at != nullptr && !at->function.empty()) return text(without_clone_suffix(at->function));
    if (site.view != View::Registers) return text("");
    Type type = Type::of(Kind::KernelSymbol);
    type.format = "name";
    return Value::of(type, lowering.register_named("ip", span).scalar());
}

Value probed_module(Lowering& lowering, const Call& /*call*/, Span /*span*/) {
    const auto* at = std::get_if<KprobeAt>(&lowering.site().targets.front().at);
    return text(at != nullptr && !at->module.empty() ? at->module : "kernel");
}

Value is_return(Lowering& lowering, const Call& /*call*/, Span /*span*/) {
    return number(lowering.site().view == View::ReturnRegisters ? 1 : 0);
}

bool has_registers(const ProbeSite& site) {
    return site.view == View::Registers || site.view == View::ReturnRegisters;
}

Value registers_valid(Lowering& lowering, const Call& /*call*/, Span /*span*/) {
    return number(has_registers(lowering.site()) ? 1 : 0);
}

// The address of what is probed.
Value address(Lowering& lowering, const Call& /*call*/, Span span) {
    return lowering.register_named("ip", span);
}

// ---- Registers

Value print_registers(Lowering& lowering, const Call& /*call*/, Span span) {
    constexpr std::array kNames = {"ip", "sp", "ax",  "bx",  "cx",  "dx",  "si",  "di", "bp",
                                   "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"};
    std::string format;
    std::vector<Value> values;
    for (size_t i = 0; i < kNames.size(); ++i) {
        values.push_back(lowering.register_named(kNames[i], span));
        if (values.back().unresolved) return Value::none();
        format += fmt::format("{}: %016lx{}", kNames[i],
                              i % 4 == 3 || i + 1 == kNames.size() ? "\n" : " ");
    }
    lowering.send(PrintfOutput{std::move(format), PrintfOutput::To::Out}, values, span);
    return Value::none();
}

// "eax" is the low half of "rax", and "r8d" that of "r8".
struct Part {
    std::string whole;
    uint32_t bytes = 8;
};
Part part_of(symbols::Arch arch, const std::string& name) {
    if (arch != symbols::Arch::X86_64) return {name};
    if (name.size() == 3 && name.front() == 'e' && name != "eip") return {name.substr(1), 4};
    const bool numbered = name.front() == 'r' && name.back() == 'd' && name.size() > 2;
    if (numbered) return {name.substr(0, name.size() - 1), 4};
    return {name};
}

template <bool Signed>
Value register_value(Lowering& lowering, const Call& call, Span span) {
    const auto name = lowering.text(*call.arguments.front());
    if (!name || name->empty()) return Value::unknown();
    const Part part = part_of(lowering.script().kernel.arch(), *name);
    const Value whole = lowering.register_named(part.whole, span);
    if (whole.unresolved || part.bytes == 8) return whole;
    return Value::of(Type::integer(part.bytes, Signed),
                     lowering.emitter().extended(whole.scalar(), part.bytes, Signed));
}

// pointer_arg(1) and its kin: the first argument is 1.
template <uint32_t Bytes, bool Signed>
Value argument(Lowering& lowering, const Call& call, Span span) {
    constexpr int64_t kMost = 10;
    const auto which = lowering.constant(*call.arguments.front());
    if (!which || *which < 1 || *which > kMost) {
        lowering.error(codes::kWrongArguments, span, "arguments are numbered from 1 to 10");
        return Value::unknown();
    }
    if (lowering.site().view == View::ReturnRegisters) {
        lowering.error(
            codes::kNotHere, span, "its arguments are gone when a function returns",
            fmt::format("@entry({}({})) has what it was at the entry", call.function, *which));
        return Value::unknown();
    }
    const Value whole = lowering.argument_register(static_cast<unsigned>(*which - 1), span);
    return Value::of(Type::integer(Bytes, Signed),
                     lowering.emitter().extended(whole.scalar(), Bytes, Signed));
}

// ---- Stacks

constexpr uint32_t kFrames = 20;  // of a stack, as SystemTap's MAXBACKTRACE has it
constexpr int64_t kMostFrames = 127;

template <Mode How>
Value stack(Lowering& lowering, const Call& call, Span span) {
    uint32_t depth = kFrames;
    if (!call.arguments.empty()) {  // callers(n)
        const auto asked = lowering.constant(*call.arguments.front());
        if (!asked) return Value::unknown();
        if (*asked > 0) depth = static_cast<uint32_t>(std::min(*asked, kMostFrames));
    }
    return kernel_stack(lowering, {How, depth}, span);
}

Value print_lines(Lowering& lowering, Value stack, Span span) {
    if (stack.unresolved) return Value::none();
    stack.type.stack.mode = Mode::Lines;
    lowering.send(PrintfOutput{"%s", PrintfOutput::To::Out}, {stack}, span);
    return Value::none();
}

Value print_backtrace(Lowering& lowering, const Call& call, Span span) {
    return print_lines(lowering, stack<Mode::Lines>(lowering, call, span), span);
}

// What backtrace() and callers() gave.
std::optional<Value> stack_given(Lowering& lowering, const Call& call) {
    const Expr& argument = *call.arguments.front();
    Value given = lowering.value(argument);
    if (given.unresolved) return std::nullopt;
    if (given.type.kind == Kind::KernelStack) return given;
    lowering.error(codes::kTypeMismatch, argument.span,
                   fmt::format("{}() takes a stack", call.function),
                   fmt::format("{}(backtrace()), {}(callers(5))", call.function, call.function));
    return std::nullopt;
}

Value print_stack(Lowering& lowering, const Call& call, Span span) {
    const auto given = stack_given(lowering, call);
    return given ? print_lines(lowering, *given, span) : Value::none();
}

Value stack_text(Lowering& lowering, const Call& call, Span /*span*/) {
    auto given = stack_given(lowering, call);
    if (!given) return Value::unknown();
    given->type.stack.mode = Mode::Lines;
    return *given;
}

// Where the probed function returns to.
Value caller_address(Lowering& lowering, const Call& /*call*/, Span span) {
    const ProbeSite& site = lowering.site();
    if (site.view == View::ReturnRegisters) return lowering.register_named("ip", span);
    if (site.view == View::Registers && site.at_entry) {
        if (lowering.script().kernel.arch() != symbols::Arch::X86_64)
            return lowering.register_named("lr", span);
        return lowering.dereferenced(lowering.register_named("sp", span), span);
    }
    lowering.error(codes::kNotHere, span, "the caller is known at a function's entry and return",
                   "callers(2) has it elsewhere");
    return Value::unknown();
}

Value symbol(const Value& address, std::string_view how) {
    Type type = Type::of(Kind::KernelSymbol);
    type.format = how;
    return Value::of(type, address.scalar());
}

Value caller(Lowering& lowering, const Call& call, Span span) {
    const Value address = caller_address(lowering, call, span);
    if (address.unresolved) return address;
    return composed(lowering, "%s %#x", {symbol(address, "name"), address});
}

template <bool Data>
Value symbol_text(Lowering& lowering, const Call& call, Span /*span*/) {
    const Value address = lowering.value(*call.arguments.front());
    if (!is_scalar_argument(lowering, address, call.arguments.front()->span))
        return Value::unknown();
    return symbol(address, Data ? "data" : "name");
}

Value module_of(Lowering& lowering, const Call& call, Span /*span*/) {
    const Value address = lowering.value(*call.arguments.front());
    if (!is_scalar_argument(lowering, address, call.arguments.front()->span))
        return Value::unknown();
    return symbol(address, "module");
}

Value of_user_space(Lowering& lowering, const Call& call, Span span) {
    lowering.error(
        codes::kCannot, span,
        fmt::format("{}() is about user space, and knowhy asks the kernel", call.function));
    return Value::unknown();
}

}  // namespace

Value composed(Lowering& lowering, std::string format, const std::vector<Value>& values) {
    std::vector<Type> types;
    for (const Value& value : values) types.push_back(value.type);
    const Type type = Type::composed(std::move(format), types);
    const ir::Place to = lowering.emitter().new_buffer("composed", type.bytes);
    lowering.emitter().fill(to, type.bytes);
    const auto offsets = element_offsets(type);
    for (size_t i = 0; i < values.size(); ++i)
        lowering.put(further(to, offsets[i]), types[i], values[i]);
    return Value::of(type, to);
}

std::vector<FunctionInfo> stack_tapset() {
    return {
        {"pp", "pp()", "the probe point, as it was found", 0, 0, false, probe_point},
        {"pn", "pn()", "the probe point, as it is written", 0, 0, false, point_as_written},
        {"probefunc", "probefunc()", "the probed function", 0, 0, false, probed_function},
        {"ppfunc", "ppfunc()", "the probed function", 0, 0, false, probed_function},
        {"probemod", "probemod()", "the module it is in; \"kernel\"", 0, 0, false, probed_module},
        {"is_return", "is_return()", "1 in a return probe", 0, 0, false, is_return},
        {"registers_valid", "registers_valid()", "1 where there are registers", 0, 0, false,
         registers_valid},
        {"addr", "addr()", "the instruction's address", 0, 0, false, address},
        {"print_regs", "print_regs()", "prints the registers", 0, 0, false, print_registers},
        {"register", "register(\"name\")", "a register; of a part such as eax signed", 1, 1, false,
         register_value<true>},
        {"u_register", "u_register(\"name\")", "a register; of a part unsigned", 1, 1, false,
         register_value<false>},
        {"pointer_arg", "pointer_arg(n)", "the n-th argument", 1, 1, false, argument<8, false>},
        {"ulong_arg", "ulong_arg(n)", "the n-th argument", 1, 1, false, argument<8, false>},
        {"ulonglong_arg", "ulonglong_arg(n)", "the n-th argument", 1, 1, false, argument<8, false>},
        {"u64_arg", "u64_arg(n)", "the n-th argument", 1, 1, false, argument<8, false>},
        {"long_arg", "long_arg(n)", "the n-th argument", 1, 1, false, argument<8, true>},
        {"longlong_arg", "longlong_arg(n)", "the n-th argument", 1, 1, false, argument<8, true>},
        {"s64_arg", "s64_arg(n)", "the n-th argument", 1, 1, false, argument<8, true>},
        {"uint_arg", "uint_arg(n)", "the n-th argument", 1, 1, false, argument<4, false>},
        {"u32_arg", "u32_arg(n)", "the n-th argument", 1, 1, false, argument<4, false>},
        {"int_arg", "int_arg(n)", "the n-th argument", 1, 1, false, argument<4, true>},
        {"s32_arg", "s32_arg(n)", "the n-th argument", 1, 1, false, argument<4, true>},
        {"print_backtrace", "print_backtrace()", "prints the kernel's stack", 0, 0, false,
         print_backtrace},
        {"print_stack", "print_stack(stack)", "prints what backtrace() gave, with symbols", 1, 1,
         false, print_stack},
        {"print_syms", "print_syms(stack)", "prints what callers() gave, with symbols", 1, 1, false,
         print_stack},
        {"sprint_backtrace", "sprint_backtrace()", "print_backtrace()'s text", 0, 0, false,
         stack<Mode::Lines>},
        {"sprint_stack", "sprint_stack(stack)", "print_stack()'s text", 1, 1, false, stack_text},
        {"sprint_syms", "sprint_syms(stack)", "print_syms()'s text", 1, 1, false, stack_text},
        {"backtrace", "backtrace()", "the kernel's stack, as addresses", 0, 0, false,
         stack<Mode::Addresses>},
        {"callers", "callers(n)", "the innermost n frames of it; of -1 all", 1, 1, false,
         stack<Mode::Addresses>},
        {"caller", "caller()", "where the function was called from: symbol and address", 0, 0,
         false, caller},
        {"caller_addr", "caller_addr()", "the same, as an address", 0, 0, false, caller_address},
        {"symname", "symname(address)", "the kernel symbol there", 1, 1, false, symbol_text<false>},
        {"symdata", "symdata(address)", "the same with offset and module", 1, 1, false,
         symbol_text<true>},
        {"modname", "modname(address)", "the module there; \"kernel\"", 1, 1, false, module_of},
        {"ubacktrace", "ubacktrace()", "not supported", 0, 0, false, of_user_space},
        {"print_ubacktrace", "print_ubacktrace()", "not supported", 0, 0, false, of_user_space},
        {"usymname", "usymname(address)", "not supported", 1, 1, false, of_user_space},
        {"usymdata", "usymdata(address)", "not supported", 1, 1, false, of_user_space},
    };
}

}  // namespace knowhy::lang
