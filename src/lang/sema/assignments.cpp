// Assignments, and what is counted up and down.
#include "lang/sema/lowering.h"
#include "lang/source/codes.h"

namespace knowhy::lang {

using ir::Constant;
using ir::Op;
using ir::Operand;
using ir::Place;
using Kind = Type::Kind;

// What stands on the left: a map's element or a variable of the script's; neither for anything
// else.
Lowering::Target Lowering::target_of(const Expr& expr) {
    Target target;
    if (const auto* map = std::get_if<MapAccess>(&expr.node)) target.map = map;
    if (const auto* variable = std::get_if<Variable>(&expr.node))
        if (!is_stap()) target.variable = variable->name;
    if (const auto* name = std::get_if<Name>(&expr.node)) {
        if (is_global(name->name)) {
            target.whole = std::make_unique<MapAccess>();
            target.whole->name = name->name;
            target.map = target.whole.get();
        } else if (is_stap()) {
            target.variable = name->name;
        }
    }
    return target;
}

Value Lowering::of(const Assign& node, Span span) {
    const Target target = target_of(*node.target);
    if (node.accumulate) {
        const Value number = value(*node.value);
        if (target.map == nullptr)
            error(codes::kNotAssignable, node.target->span, "only globals hold statistics",
                  "global x");
        else if (is_number(number, node.value->span, "what is added"))
            accumulate_statistic(*target.map, number, span);
        return Value::none();
    }
    const auto* nothing = std::get_if<Name>(&node.target->node);
    if (!is_stap() && nothing != nullptr && nothing->name == "_" && !node.op)
        return value(*node.value);  // for what it does
    const auto* map = target.map;
    const auto* variable = target.variable ? &*target.variable : nullptr;
    if (map == nullptr && variable == nullptr) {
        error(codes::kNotAssignable, node.target->span, "the kernel's variables are never written",
              "knowhy only reads the kernel; the script's own variables and globals take values");
        return Value::none();
    }
    if (map != nullptr && !node.op)
        if (const auto* call = std::get_if<Call>(&node.value->node))
            if (aggregate(*map, span, *call)) return Value::none();
    Value result = value(*node.value);
    if (node.op) {
        const Value before = value(*node.target);
        result = before.type.kind == Kind::Pointer
                     ? pointer_arithmetic(*node.op, before, result, span)
                     : arithmetic(*node.op, before, result, span);
    }
    if (map != nullptr)
        assign_to_map(*map, span, result);
    else
        assign_to_variable(*variable, span, result);
    return result;
}

// What it was before, or, with the sign in front of it, what it is then.
Value Lowering::step_map(const MapAccess& access, Span span, int64_t by, bool prefix) {
    MapFacts& facts = facts_of(script_, access.name, span);
    const Place key = key_place(access, span);
    join_type(script_, facts.value, Type::integer(8, true), span, script_.shown(access.name));
    if (!facts.value || facts.value->kind != Kind::Integer) return Value::unknown();
    const ir::Reg before = emit_.new_register();
    const ir::BlockId after = emit_.new_block();
    emit_.assign(before, Constant{0});
    const ir::Reg there = value_in_map({map_id(script_, access.name)}, key, 8, after);
    const auto step = static_cast<uint64_t>(by);
    emit_.assign(before, emit_.load({there, Constant{0}}, 8));
    emit_.emit(ir::AtomicAdd{{there, Constant{0}}, 8, Constant{step}});
    emit_.jump_into(after);
    return Value::integer(prefix ? emit_.compute(Op::Add, before, Constant{step}) : Operand{before},
                          true);
}

Value Lowering::of(const Step& node, Span span) {
    const int64_t by = node.increment ? 1 : -1;
    const Target target = target_of(*node.target);
    if (target.map) {
        return step_map(*target.map, span, by, node.prefix);
    }
    if (!target.variable) {
        error(codes::kNotAssignable, node.target->span, "the kernel's variables are never written",
              "knowhy only reads the kernel; the script's own variables and globals take values");
        return Value::none();
    }
    Value before = value(*node.target);
    if (!is_number(before, span, "this")) return Value::unknown();
    if (!node.prefix && before.is_scalar()) {  // the variable's register is about to change
        const ir::Reg kept = emit_.new_register();
        emit_.assign(kept, before.scalar());
        before.where = Operand{kept};
    }
    Value one = Value::integer(Constant{static_cast<uint64_t>(by)}, true);
    one.literal = true;
    Value after = before.type.kind == Kind::Pointer
                      ? pointer_arithmetic(BinaryOp::Add, before, one, span)
                      : arithmetic(BinaryOp::Add, before, one, span);
    after.type = before.type;
    assign_to_variable(*target.variable, span, after);
    return node.prefix ? after : before;
}

}  // namespace knowhy::lang
