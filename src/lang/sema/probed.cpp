// Variables of the probed code, by debug information and what recovery proves: from a location to
// the code that reads it.
#include <dwarf.h>

#include <algorithm>

#include "base/text.h"
#include "lang/sema/c_types.h"
#include "lang/sema/lowering.h"
#include "lang/sema/registers.h"
#include "lang/sema/stap_targets.h"
#include "lang/source/codes.h"

namespace knowhy::lang {

using ir::Constant;
using ir::Op;
using ir::Operand;
using symbols::CodePlace;
using symbols::CodeVariable;
using symbols::Location;

// The type of that text in the kernel's own graph; nullopt where it has none of that name.
std::optional<symbols::TypeId> Lowering::c_type_of(std::string text) {
    for (const std::string_view word : {"const ", "volatile ", "restrict ", "_Atomic "})
        for (size_t at = text.find(word); at != std::string::npos; at = text.find(word))
            text.erase(at, word.size());
    TypeName name;
    while (!text.empty() && text.back() == ']') {
        const size_t open = text.rfind('[');
        if (open == std::string::npos) return std::nullopt;
        const auto count =
            parse_u64(std::string_view(text).substr(open + 1, text.size() - open - 2));
        name.dimensions.insert(name.dimensions.begin(), count);
        text.resize(open);
        while (!text.empty() && text.back() == ' ') text.pop_back();
    }
    while (!text.empty() && (text.back() == '*' || text.back() == ' ')) {
        if (text.back() == '*') ++name.pointers;
        text.pop_back();
    }
    name.base = text;
    return c_type(name);
}

std::optional<CodePlace> Lowering::code_place(Span span) {
    if (site_.code) return site_.code;
    const auto* at =
        site_.targets.size() == 1 ? std::get_if<KprobeAt>(&site_.targets.front().at) : nullptr;
    if (at == nullptr || at->function.empty() || at->at_return) return std::nullopt;
    auto code = script_.kernel.code();
    if (!code) {
        error(codes::kNoDebugInfo, span, code.error().message);
        return std::nullopt;
    }
    symbols::PlaceName name;
    name.kind = symbols::PlaceName::Kind::Offset;
    name.module = at->module.empty() ? "vmlinux" : at->module;
    name.function = at->function;
    name.value = at->offset;
    auto places = (*code)->places(name);
    if (!places) {
        error(codes::kNoDebugInfo, span, places.error().message);
        return std::nullopt;
    }
    return places->size() == 1 ? std::optional(places->front()) : std::nullopt;
}

Value Lowering::probed_variable(const std::string& name, Span span) {
    if (const auto code = script_.kernel.code(); !code) {
        error(codes::kUndefinedVariable, span,
              fmt::format("${} is never assigned to, and no debug information tells of one", name),
              "assign to it first; for variables of the probed code install the kernel's debug "
              "files, or name them with --vmlinux or --debug-dir");
        return Value::unknown();
    }
    const auto place = code_place(span);
    if (!place) {
        error(codes::kUndefinedVariable, span, fmt::format("${} has no value", name),
              "assign to it first; a kprobe inside a function also knows the function's variables");
        return Value::unknown();
    }
    const auto code = script_.kernel.code();
    const auto variable = (*code)->variable(*place, name);
    if (!variable) {
        error(codes::kUndefinedVariable, span, variable.error().message);
        return Value::unknown();
    }
    return located_value(name, *variable, span);
}

Value Lowering::located_value(const std::string& name, const CodeVariable& variable, Span span) {
    const Location& location = variable.location;
    const auto id = c_type_of(variable.type);
    const uint64_t bytes = variable.bytes;
    const bool fits = bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
    const Type type = id     ? script_type(*id)
                      : fits ? Type::integer(static_cast<uint32_t>(bytes), variable.is_signed)
                             : Type::none();
    const auto of_value = [&](Operand value) {
        if (!is_scalar(type.kind)) {
            error(codes::kUndefinedVariable, span,
                  fmt::format("{} is a {} in a register", name, variable.type),
                  "reg() has the register; knowhy locate says which");
            return Value::unknown();
        }
        return Value::of(type, emit_.extended(value, type.bytes, type.is_signed));
    };
    const auto in_memory = [&](Operand address) {
        if (id) return read(*id, address, false);
        if (type.kind == Type::Kind::None) return Value::integer(address);
        const Value whole = dereferenced(Value::integer(address), span);
        return Value::of(type, emit_.extended(whole.scalar(), type.bytes, type.is_signed));
    };
    const auto based = [&] {
        return emit_.compute(Op::Add, register_value(location.base),
                             Constant{static_cast<uint64_t>(location.offset)});
    };
    switch (location.kind) {
        case Location::Kind::InRegister:
            return of_value(register_value(location.base));
        case Location::Kind::InMemory:
            return in_memory(based());
        case Location::Kind::Constant:
            return of_value(Constant{static_cast<uint64_t>(location.offset)});
        case Location::Kind::Value:
            if (location.simple) return of_value(based());
            if (const auto computed = expression_value(location)) return of_value(*computed);
            break;
        case Location::Kind::Computed:
            if (const auto computed = expression_value(location)) return in_memory(*computed);
            break;
        case Location::Kind::None:
        case Location::Kind::Entry:
            error(codes::kUndefinedVariable, span,
                  fmt::format("{} has no value here{}{}", name, variable.how.empty() ? "" : ": ",
                              variable.how),
                  "knowhy locate shows where it lives");
            return Value::unknown();
        default:
            break;
    }
    error(codes::kUndefinedVariable, span,
          fmt::format("where {} is cannot be followed: {}", name,
                      symbols::text(location, script_.kernel.arch())),
          "knowhy locate shows other places where it can be had");
    return Value::unknown();
}

// ---- SystemTap's

Value Lowering::target_variable(const std::string& name, Span span) {
    using View = ProbeSite::View;
    if (name == "return") return typed_return(span);
    if (name.starts_with('$')) return all_variables(*this, name, span);
    if (site_.view == View::Arguments || site_.view == View::Record)
        return argument_named(name, span, span);
    if (site_.view == View::ReturnRegisters) {
        error(codes::kNotHere, span,
              fmt::format("${} is not known when the function returns", name),
              "a probe of its entry can keep it in a global");
        return Value::unknown();
    }
    // At the entry BTF knows the parameters too; debug information knows where clones have them.
    const bool no_files = site_.at_entry && !site_.code && site_.prototype;
    return no_files ? argument_named(name, span, span) : probed_variable(name, span);
}

// $return, with the type that BTF has for it.
Value Lowering::typed_return(Span span) {
    const Value raw = return_value(span);
    if (site_.view != ProbeSite::View::ReturnRegisters || !site_.prototype) return raw;
    symbols::Types& types = script_.types();
    const symbols::TypeId target = types[types.resolved(*site_.prototype)].target;
    if (target == symbols::kVoid) {
        error(codes::kNotHere, span, "this function returns nothing");
        return Value::unknown();
    }
    const Type type = script_type(target);
    if (!is_scalar(type.kind)) return raw;
    return Value::of(type, emit_.extended(raw.scalar(), type.bytes, type.is_signed));
}

// ---- Locations

Operand Lowering::register_value(symbols::Register number) {
    const auto offset = register_offset(script_.kernel.arch(),
                                        symbols::register_name(script_.kernel.arch(), number));
    return offset ? from_context(*offset, Type::integer(8, false)).scalar() : Operand{Constant{0}};
}

// What a DWARF expression leaves on its stack; nullopt for operations that are not understood.
std::optional<Operand> Lowering::expression_value(const Location& location) {
    std::vector<Operand> stack;
    const auto pop = [&]() -> std::optional<Operand> {
        if (stack.empty()) return std::nullopt;
        const Operand top = stack.back();
        stack.pop_back();
        return top;
    };
    const auto binary = [&](Op op) {
        const auto right = pop();
        const auto left = pop();
        if (!left || !right) return false;
        stack.push_back(emit_.compute(op, *left, *right));
        return true;
    };
    for (const symbols::ExpressionOp& op : location.expression) {
        bool understood = true;
        switch (op.atom) {
            case DW_OP_bregx:
                stack.push_back(emit_.compute(
                    Op::Add, register_value(static_cast<symbols::Register>(op.number)),
                    Constant{op.number2}));
                break;
            case DW_OP_consts:
            case DW_OP_constu:
                stack.push_back(Constant{op.number});
                break;
            case DW_OP_plus_uconst:
                stack.push_back(Constant{op.number});
                understood = binary(Op::Add);
                break;
            case DW_OP_plus:
                understood = binary(Op::Add);
                break;
            case DW_OP_minus:
                understood = binary(Op::Sub);
                break;
            case DW_OP_mul:
                understood = binary(Op::Mul);
                break;
            case DW_OP_and:
                understood = binary(Op::And);
                break;
            case DW_OP_or:
                understood = binary(Op::Or);
                break;
            case DW_OP_xor:
                understood = binary(Op::Xor);
                break;
            case DW_OP_shl:
                understood = binary(Op::ShiftLeft);
                break;
            case DW_OP_shr:
                understood = binary(Op::ShiftRight);
                break;
            case DW_OP_shra:
                understood = binary(Op::ShiftRightSigned);
                break;
            case DW_OP_neg:
                if (const auto top = pop())
                    stack.push_back(emit_.compute(Op::Sub, Constant{0}, *top));
                else
                    understood = false;
                break;
            case DW_OP_deref:
                if (const auto top = pop())
                    stack.push_back(dereferenced(Value::integer(*top), {}).scalar());
                else
                    understood = false;
                break;
            case DW_OP_dup:
                if (stack.empty()) return std::nullopt;
                stack.push_back(stack.back());
                break;
            case DW_OP_stack_value:
                break;
            default:
                understood = false;
        }
        if (!understood) return std::nullopt;
    }
    return pop();
}

}  // namespace knowhy::lang
