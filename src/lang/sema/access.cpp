// What a program can see where it runs: its arguments, its result, the registers.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "lang/sema/c_types.h"
#include "lang/sema/lowering.h"
#include "lang/sema/registers.h"
#include "lang/sema/text.h"
#include "lang/source/codes.h"

namespace knowhy::lang {

using ir::Constant;
using ir::Op;
using ir::Operand;
using Kind = Type::Kind;
using View = ProbeSite::View;

namespace {

// The compiler may give a copy of a function other arguments than the source has.
void warn_of_clone(Lowering& lowering, Span span) {
    if (lowering.is_stap() || !lowering.site().at_entry || lowering.site().code) return;
    for (const Target& target : lowering.site().targets) {
        const auto* at = std::get_if<KprobeAt>(&target.at);
        if (at == nullptr) continue;
        for (const std::string_view made : {".constprop.", ".isra.", ".part."}) {
            if (at->function.find(made) == std::string::npos) continue;
            lowering.script().warning(
                codes::kNotHere, span,
                fmt::format("in {}, a copy that the compiler made, this may be another argument",
                            at->function),
                fmt::format("knowhy locate {} shows where each one is", at->function));
            return;
        }
    }
}

}  // namespace

Value Lowering::from_context(uint32_t offset, const Type& type) {
    const ir::Reg to = emit_.new_register();
    emit_.emit(ir::LoadContext{to, offset, static_cast<uint8_t>(type.bytes)});
    const bool extend = type.is_signed && type.bytes < 8;
    return Value::of(type, extend ? emit_.extended(to, type.bytes, true) : Operand{to});
}

Value Lowering::register_named(std::string_view name, Span span) {
    const bool has_registers = site_.view == View::Registers || site_.view == View::ReturnRegisters;
    if (!has_registers) {
        error(codes::kNotHere, span, fmt::format("{} has no registers", probe_text()),
              is_stap() ? "kernel.function, .statement and timer.profile have them"
                        : "kprobe, kretprobe and profile have them");
        return Value::unknown();
    }
    const auto offset = register_offset(script_.kernel.arch(), name);
    if (!offset) {
        error(codes::kUnknownName, span, fmt::format("no register '{}'", name),
              "as struct pt_regs has them: di, si, dx, ax, sp, ip...");
        return Value::unknown();
    }
    return from_context(*offset, Type::integer(8, false));
}

Value Lowering::argument_register(unsigned number, Span span) {
    if (site_.view == View::Arguments || site_.view == View::ArgumentsAndResult) {
        // The verifier allows what the prototype has, and says no more than EINVAL of the rest.
        if (site_.prototype) {
            const symbols::Types& types = script_.types();
            const auto& members = types[types.resolved(*site_.prototype)].members;
            if (number >= members.size()) {
                std::string names;
                for (const symbols::Member& member : members)
                    names += (names.empty() ? ": " : ", ") + member.name;
                error(codes::kUnknownField, span, fmt::format("no argument arg{}", number),
                      fmt::format("{} has {}{}", site_.targets.front().name,
                                  counted(members.size(), "argument"), names));
                return Value::unknown();
            }
        }
        return from_context(8 * number, Type::integer(8, false));
    }
    if (site_.view != View::Registers || site_.provider != "kprobe") {
        error(codes::kNotHere, span, fmt::format("{} has no arguments by number", probe_text()),
              site_.view == View::ReturnRegisters && !is_stap()
                  ? "fexit has a function's arguments and its result"
              : site_.view == View::Record ? "its fields have names: args.NAME"
              : is_stap()                  ? "kernel.function(\"f\").call has them"
                                           : "kprobe, fentry and rawtracepoint have arguments");
        return Value::unknown();
    }
    warn_of_clone(*this, span);
    const auto registers = argument_registers(script_.kernel.arch());
    if (number < registers.size()) return from_context(registers[number], Type::integer(8, false));
    // From the seventh on they are on the stack, above the return address.
    const auto stack = register_offset(script_.kernel.arch(), "sp");
    const uint64_t above =
        8 * (number - registers.size()) + (script_.kernel.arch() == symbols::Arch::X86_64 ? 8 : 0);
    const Operand address = emit_.compute(
        Op::Add, from_context(*stack, Type::integer(8, false)).scalar(), Constant{above});
    return dereferenced(Value::integer(address), span);
}

Value Lowering::return_value(Span span) {
    if (site_.view == View::ReturnRegisters) {
        const Value whole =
            from_context(*register_offset(script_.kernel.arch(), "result"), Type::integer(8, true));
        if (!site_.result) return whole;
        const auto [bytes, is_signed] = *site_.result;
        return Value::of(Type::integer(bytes, is_signed),
                         emit_.extended(whole.scalar(), bytes, is_signed));
    }
    if (site_.view == View::ArgumentsAndResult && site_.prototype) {
        symbols::Types& types = script_.types();
        const symbols::Type& prototype = types[types.resolved(*site_.prototype)];
        const auto offset = static_cast<uint32_t>(8 * prototype.members.size());
        if (prototype.target == symbols::kVoid) {
            error(codes::kNotHere, span, "this function returns nothing",
                  "its arguments may tell: args.NAME");
            return Value::unknown();
        }
        return typed_argument(offset, prototype.target);
    }
    error(codes::kNotHere, span, fmt::format("{} has no return value", probe_text()),
          is_stap() ? "kernel.function(\"f\").return has it" : "kretprobe and fexit have it");
    return Value::unknown();
}

// An argument as the calling convention passes it: what is narrower than the register has nothing
// that is known above it.
Value Lowering::typed_argument(uint32_t offset, symbols::TypeId c_type) {
    const Type type = script_type(c_type);
    const Value whole = from_context(offset, Type::integer(8, false));
    if (!is_scalar(type.kind)) return Value::of(type, InMemory{whole.scalar()});
    return Value::of(type, emit_.extended(whole.scalar(), type.bytes, type.is_signed));
}

Value Lowering::argument_named(const std::string& name, Span span, Span whole) {
    if (site_.view == View::Record) return record_field(name, span);
    symbols::Types& types = script_.types();
    if (!site_.prototype) {
        error(codes::kNotHere, whole,
              fmt::format("the types of this {}'s arguments are not known", site_.provider),
              "arg0, arg1... are there without types");
        return Value::unknown();
    }
    const symbols::Type& prototype = types[types.resolved(*site_.prototype)];
    if (site_.view == View::Iterator) {
        const auto place = types.field(*site_.prototype, name);
        if (place) return typed_argument(static_cast<uint32_t>(place->bit_offset / 8), place->type);
    }
    const auto registers = argument_registers(script_.kernel.arch());
    std::vector<std::string> names;
    for (uint32_t i = 0; i < prototype.members.size(); ++i) {
        const symbols::Member& member = prototype.members[i];
        names.push_back(member.name);
        if (member.name != name) continue;
        if (site_.view != View::Registers) return typed_argument(8 * i, member.type);
        if (i < registers.size()) {
            warn_of_clone(*this, span);
            return typed_argument(registers[i], member.type);
        }
        return Value::of(
            script_type(member.type),
            emit_.extended(argument_register(i, span).scalar(), script_type(member.type).bytes,
                           script_type(member.type).is_signed));
    }
    error(codes::kUnknownField, span, fmt::format("no argument '{}'", name),
          fields_hint(name, names));
    return Value::unknown();
}

// A field of a tracepoint's record.
Value Lowering::record_field(const std::string& name, Span span) {
    const auto& fields = site_.fields;
    const auto found = std::ranges::find(fields, name, &TracepointField::name);
    if (found == fields.end()) {
        std::vector<std::string> names;
        names.reserve(fields.size());
        for (const TracepointField& field : fields) names.push_back(field.name);
        error(codes::kUnknownField, span, fmt::format("no field '{}' in this tracepoint", name),
              fields_hint(name, names));
        return Value::unknown();
    }
    const TracepointField& field = *found;
    const std::string& text = field.c_type;
    const bool is_array = text.find('[') != std::string::npos;
    if (field.data_loc) {
        const Operand where = from_context(field.offset, Type::integer(4, false)).scalar();
        const Operand start = emit_.compute(Op::And, where, Constant{0xffff});
        const Operand address = emit_.compute(Op::Add, context_address(), start);
        if (text.find("char") != std::string::npos)
            return read_string(address, Constant{script_.plan.config.max_strlen},
                               script_.plan.config.max_strlen, false);
        return Value::integer(address);
    }
    if (text.find('*') != std::string::npos) {
        std::string base = text.substr(0, text.find('*'));
        for (const std::string_view word : {"const ", "volatile "})
            if (const size_t at = base.find(word); at != std::string::npos)
                base.erase(at, word.size());
        while (!base.empty() && base.back() == ' ') base.pop_back();
        const auto to = script_.kernel.type(base);
        return from_context(field.offset, Type::pointer(to.value_or(symbols::kVoid)));
    }
    if (is_array && text.find("char") != std::string::npos)
        return Value::of(Type::string(field.bytes), InContext{field.offset});
    if (is_array) {
        std::string base = text.substr(0, text.find('['));
        while (!base.empty() && base.back() == ' ') base.pop_back();
        const auto element = script_.kernel.type(base);
        if (!element) return Value::unknown();
        symbols::Types& types = script_.types();
        const uint64_t count = field.bytes / std::max<uint64_t>(types.bytes_of(*element), 1);
        const Type array = script_type(array_of(types, *element, count));
        return Value::of(
            array, InMemory{emit_.compute(Op::Add, context_address(), Constant{field.offset})});
    }
    if (text.starts_with("enum "))
        if (const auto id = script_.kernel.type(text)) {
            Type type = script_type(*id);
            type.bytes = field.bytes;
            return from_context(field.offset, type);
        }
    if (field.bytes == 1 || field.bytes == 2 || field.bytes == 4 || field.bytes == 8)
        return from_context(field.offset, Type::integer(field.bytes, field.is_signed));
    if (const auto id = script_.kernel.type(text))
        return Value::of(script_type(*id), InMemory{emit_.compute(Op::Add, context_address(),
                                                                  Constant{field.offset})});
    error(codes::kNotHere, span,
          fmt::format("'{}' is of a type that is not understood: {}", name, text),
          "rawtracepoint has the tracepoint's own arguments, with the kernel's types");
    return Value::unknown();
}

Operand Lowering::context_address() {
    const ir::Reg to = emit_.new_register();
    emit_.emit(ir::ContextAddress{to});
    return to;
}

}  // namespace knowhy::lang
