// What is SystemTap's own in expressions: variables without a dollar, those of the probed code with
// one, and the tapset's functions that network scripts use.
#include <algorithm>
#include <array>

#include "base/nearest.h"
#include "lang/sema/builtins.h"
#include "lang/sema/codes.h"
#include "lang/sema/lowering.h"
#include "lang/sema/stap_statistics.h"
#include "lang/sema/tapset.h"

namespace knowhy::lang {

using ir::Constant;
using ir::Operand;
using Kind = Type::Kind;
using View = ProbeSite::View;

bool Lowering::is_stap() const {
    return script_.script.dialect == Dialect::Stap;
}

bool Lowering::is_global(const std::string& name) const {
    return is_stap() && std::ranges::find(script_.script.globals, name, &Global::name) !=
                            script_.script.globals.end();
}

Value Lowering::stap_name(const std::string& name, Span span) {
    if (is_global(name)) {
        MapAccess whole;
        whole.name = name;
        return map_value(whole, span);
    }
    if (Home* home = home_of(name)) {
        if (const auto* reg = std::get_if<ir::Reg>(&home->at))
            return Value::of(home->type, Operand{*reg});
        return loaded(std::get<ir::Place>(home->at), home->type);
    }
    error(code::kUndefinedVariable, span, fmt::format("{} is read and never set", name));
    return Value::unknown();
}

Value Lowering::target_variable(const std::string& name, Span span) {
    if (name == "return") return typed_return(span);
    if (!name.empty() && name.front() == '$') {
        error(code::kCannot, span, fmt::format("${} is not supported yet", name),
              "name the variables one by one");
        return Value::unknown();
    }
    if (site_.view == View::Arguments) return argument_named(name, span, span);
    if (site_.view == View::ReturnRegisters) {
        error(code::kCannot, span, fmt::format("${} is not known when the function returns", name),
              "keep it in a global at the entry");
        return Value::unknown();
    }
    // At the entry BTF knows the parameters too; debug information knows where clones have them.
    const bool no_files = site_.at_entry && !site_.code && site_.prototype;
    return no_files ? argument_named(name, span, span) : probed_variable(name, span);
}

// $return, with the type that BTF has for it.
Value Lowering::typed_return(Span span) {
    const Value raw = return_value(span);
    if (site_.view != View::ReturnRegisters || !site_.prototype) return raw;
    symbols::Types& types = script_.types();
    const Type type = script_type(types[types.resolved(*site_.prototype)].target);
    if (!is_scalar(type.kind)) return raw;
    return Value::of(type, emit_.extended(raw.scalar(), type.bytes, type.is_signed));
}

namespace {

Value of_builtin(Lowering& lowering, std::string_view name, Span span) {
    return find_builtin(name)->lower(lowering, span);
}

template <size_t N>
struct Fixed {
    char text[N];
    constexpr Fixed(const char (&from)[N]) { std::copy_n(from, N, text); }
};

template <Fixed Name>
Value builtin(Lowering& lowering, const Call& /*call*/, Span span) {
    return of_builtin(lowering, Name.text, span);
}

template <Fixed Name>
Value same_as(Lowering& lowering, const Call& call, Span span) {
    return find_function(Name.text)->lower(lowering, call, span);
}

Value print_backtrace(Lowering& lowering, const Call& /*call*/, Span span) {
    const Value stack =
        kernel_stack(lowering, {Type::Stack::Mode::Bpftrace, Type::Stack{}.depth}, span);
    if (!stack.unresolved)
        lowering.send(PrintfOutput{"%s\n", PrintfOutput::To::Out}, {stack}, span);
    return Value::none();
}

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

// pointer_arg(1) and its kin: the first argument is 1.
template <uint32_t Bytes, bool Signed>
Value argument(Lowering& lowering, const Call& call, Span span) {
    const auto number = lowering.constant(*call.arguments.front());
    if (!number || *number < 1 || *number > 10) {
        lowering.error(code::kWrongArguments, span, "arguments are numbered from 1");
        return Value::unknown();
    }
    const Value whole = lowering.argument_register(static_cast<unsigned>(*number - 1), span);
    return Value::of(Type::integer(Bytes, Signed),
                     lowering.emitter().extended(whole.scalar(), Bytes, Signed));
}

}  // namespace

namespace {

std::vector<FunctionInfo> kernel_tapset() {
    return {
        {"pp", "pp()", "the probe point", 0, 0, false, builtin<"probe">},
        {"probefunc", "probefunc()", "the probed function", 0, 0, false, builtin<"func">},
        {"ppfunc", "ppfunc()", "the probed function", 0, 0, false, builtin<"func">},
        {"print_backtrace", "print_backtrace()", "prints the kernel's stack", 0, 0, false,
         print_backtrace},
        {"print_regs", "print_regs()", "prints the registers", 0, 0, false, print_registers},
        {"symname", "symname(address)", "the kernel symbol there", 1, 1, false, same_as<"ksym">},
        {"symdata", "symdata(address)", "the kernel symbol there", 1, 1, false, same_as<"ksym">},
        {"register", "register(\"name\")", "a register", 1, 1, false, same_as<"reg">},
        {"pointer_arg", "pointer_arg(n)", "the n-th argument", 1, 1, false, argument<8, false>},
        {"ulong_arg", "ulong_arg(n)", "the n-th argument", 1, 1, false, argument<8, false>},
        {"long_arg", "long_arg(n)", "the n-th argument", 1, 1, false, argument<8, true>},
        {"uint_arg", "uint_arg(n)", "the n-th argument", 1, 1, false, argument<4, false>},
        {"int_arg", "int_arg(n)", "the n-th argument", 1, 1, false, argument<4, true>},
        {"kernel_string", "kernel_string(address)", "the string there", 1, 1, false,
         same_as<"str">},
        {"kernel_string_n", "kernel_string_n(address, n)", "at most n bytes of it", 2, 2, false,
         same_as<"str">},
        {"user_string", "user_string(address)", "the string there", 1, 1, false, same_as<"str">},
        {"ip_ntop", "ip_ntop(address)", "an IPv4 address in network order, as text", 1, 1, false,
         same_as<"ntop">},
        {"format_ipaddr", "format_ipaddr(address, family)", "an IPv4 address as text", 1, 2, false,
         [](Lowering& lowering, const Call& call, Span /*span*/) {
             Type type = Type::of(Kind::Inet);
             const ir::Place to = lowering.emitter().new_buffer("address", type.bytes);
             lowering.emitter().fill(to, type.bytes);
             constexpr uint64_t kInet = 2;  // AF_INET
             lowering.emitter().store(to, 4, Constant{kInet});
             lowering.emitter().store(further(to, 4), 4, lowering.number(*call.arguments[0]));
             return Value::of(type, to);
         }},
        {"ntohs", "ntohs(n)", "16 bits from network order", 1, 1, false, same_as<"ntohs">},
        {"ntohl", "ntohl(n)", "32 bits from network order", 1, 1, false, same_as<"ntohl">},
        {"htons", "htons(n)", "16 bits to network order", 1, 1, false, same_as<"htons">},
        {"htonl", "htonl(n)", "32 bits to network order", 1, 1, false, same_as<"htonl">},
    };
}

}  // namespace

const std::vector<FunctionInfo>& tapset() {
    static const std::vector<FunctionInfo> kAll = [] {
        std::vector<FunctionInfo> all = kernel_tapset();
        for (const auto& table :
             {output_tapset(), string_tapset(), data_tapset(), indent_tapset(),
              statistic_functions()})
            all.insert(all.end(), table.begin(), table.end());
        return all;
    }();
    return kAll;
}

}  // namespace knowhy::lang
