// Statements: what comes after what.
#include <algorithm>

#include "lang/ast/walk.h"
#include "lang/sema/aggregate_values.h"
#include "lang/sema/functions.h"
#include "lang/sema/lowering.h"
#include "lang/sema/stap_targets.h"
#include "lang/source/codes.h"

namespace knowhy::lang {

using ir::Compare;
using ir::Constant;
using ir::Op;
using ir::Operand;
using ir::Place;
using Kind = Type::Kind;

namespace {

bool has_loop(const lang::Block& statements);

bool has_loop(const Stmt& statement) {
    if (std::holds_alternative<While>(statement.node) ||
        std::holds_alternative<For>(statement.node) ||
        std::holds_alternative<ForMap>(statement.node) ||
        std::holds_alternative<ForRange>(statement.node) ||
        std::holds_alternative<Foreach>(statement.node))
        return true;
    bool found = false;
    each_part(statement, [&](const auto& part) {
        if constexpr (std::is_same_v<std::decay_t<decltype(part)>, lang::Block>)
            found = found || has_loop(part);
    });
    return found;
}

bool has_loop(const lang::Block& statements) {
    return std::ranges::any_of(statements, [](const StmtPtr& s) { return has_loop(*s); });
}

}  // namespace

Lowering::Lowering(ScriptContext& script, const ProbeSite& site, VariableTypes& variables,
                   ir::Program& program)
    : script_(script), site_(site), emit_(program) {
    scope_.variables = &variables;
}

void Lowering::probe(const Probe& probe) {
    const bool in_memory = has_loop(probe.body);  // a loop's body is a function of its own
    for (const auto& [name, type] : *scope_.variables) {
        Home home{type, {}};
        if (is_scalar(type.kind) && !in_memory) {
            const ir::Reg reg = emit_.new_register();
            emit_.assign(reg, Constant{0});
            home.at = reg;
        } else {
            const Place place = emit_.new_buffer("$" + name, std::max(type.bytes, 8U));
            emit_.fill(place, std::max(type.bytes, 8U));
            home.at = place;
        }
        scope_.homes.emplace(name, std::move(home));
    }
    if (site_.view == ProbeSite::View::Iterator) {
        // The kernel calls once more when the walk has ended, with nothing behind `meta`.
        constexpr uint32_t kFirst = 8;
        const ir::BlockId there = emit_.new_block();
        const ir::BlockId ended = emit_.new_block();
        emit_.branch(Compare::NotEqual, from_context(kFirst, Type::integer(8, false)).scalar(),
                     Constant{0}, there, ended);
        emit_.go_on_in(ended);
        leave();
        emit_.go_on_in(there);
    }
    if (probe.predicate) {
        emit_.at_source(probe.predicate->span.begin);
        const ir::BlockId go_on = emit_.new_block();
        const ir::BlockId leave_it = emit_.new_block();
        branch_on(*probe.predicate, go_on, leave_it);
        emit_.go_on_in(leave_it);
        leave();
        emit_.go_on_in(go_on);
    }
    if (const auto entry = script_.entries.find(&site_); entry != script_.entries.end())
        take_entry_values(*this, entry->second);
    block(probe.body);
    emit_.give_back(Constant{0});
}

void Lowering::leave() {
    leave_by(Left::Program);
}

void Lowering::block(const lang::Block& statements) {
    for (const StmtPtr& each : statements) statement(*each);
}

void Lowering::statement(const Stmt& statement) {
    emit_.at_source(statement.span.begin);
    std::visit([&](const auto& node) { of(node, statement.span); }, statement.node);
}

void Lowering::of(const ExprStmt& node, Span /*span*/) {
    value(*node.value);
}

void Lowering::of(const Let& node, Span span) {
    if (node.value) {
        Value initial = value(*node.value);
        if (node.type) initial = converted(std::move(initial), *node.type, span);
        return assign_to_variable(node.name, span, initial);
    }
    if (!node.type) return;
    if (const auto type = type_named(*node.type))
        assign_to_variable(node.name, span,
                           is_scalar(type->kind) ? Value::of(*type, Operand{Constant{0}})
                                                 : Value::of(*type, std::monostate{}));
}

void Lowering::of(const If& node, Span /*span*/) {
    if (is_stap())
        if (const auto known = decided(*this, *node.condition))
            return block(*known ? node.yes : node.no);
    const ir::BlockId yes = emit_.new_block();
    const ir::BlockId no = emit_.new_block();
    const ir::BlockId after = emit_.new_block();
    branch_on(*node.condition, yes, no);
    emit_.go_on_in(yes);
    block(node.yes);
    emit_.jump(after);
    emit_.go_on_in(no);
    block(node.no);
    emit_.jump_into(after);
}

// ---- Loops. Their bodies are functions that give 0 to go on and 1 to stop, and the script's
// variables are in memory, where both see them.

Emitter::Parameters Lowering::begin_loop_body(std::string_view name,
                                              const std::vector<ir::Type>& parameters) {
    ++scope_.loops;
    ++nested_;
    return emit_.begin_function(name, parameters);
}

void Lowering::end_loop_body() {
    emit_.give_back(Constant{0});
    emit_.end_function();
    --nested_;
    --scope_.loops;
}

void Lowering::run_loop(ir::FunctionId body) {
    emit_.emit(ir::Loop{std::nullopt, ir::Type::U32, Constant{ir::kMostTurns}, body});
    after_call();
}

void Lowering::of(const While& node, Span /*span*/) {
    const auto body = begin_loop_body("while", {ir::Type::U32});
    const ir::BlockId go_on = emit_.new_block();
    const ir::BlockId stop = emit_.new_block();
    branch_on(*node.condition, go_on, stop);
    emit_.go_on_in(stop);
    emit_.give_back(Constant{1});
    emit_.go_on_in(go_on);
    block(node.body);
    end_loop_body();
    run_loop(body.function);
}

void Lowering::of(const ForRange& node, Span span) {
    const Operand from = number(*node.from);
    const Operand to = number(*node.to);
    const Place next = emit_.new_buffer("next", 8);
    const Place end = emit_.new_buffer("end", 8);
    emit_.store(next, 8, from);
    emit_.store(end, 8, to);
    const auto body = begin_loop_body("for", {ir::Type::U32});
    const ir::BlockId go_on = emit_.new_block();
    const ir::BlockId stop = emit_.new_block();
    const Operand now = emit_.load(next, 8);
    emit_.branch(Compare::SignedLess, now, emit_.load(end, 8), go_on, stop);
    emit_.go_on_in(stop);
    emit_.give_back(Constant{1});
    emit_.go_on_in(go_on);
    assign_to_variable(node.variable, span, Value::integer(now, true));
    emit_.store(next, 8, emit_.compute(Op::Add, now, Constant{1}));
    block(node.body);
    end_loop_body();
    run_loop(body.function);
}

void Lowering::of(const ForMap& node, Span span) {
    const MapFacts& facts = facts_of(script_, node.map, node.map_span);
    if (!facts.value || !facts.key || facts.key->kind == Kind::None) {
        if (!facts.value)
            never_assigned(script_, node.map, node.map_span);
        else
            error(codes::kMapKeys, node.map_span, fmt::format("@{} has no keys", node.map),
                  "a loop goes over the elements of a map with keys: @x[key]");
        return;
    }
    const bool aggregate = facts.value->is_aggregate();
    if (aggregate && !only_part(facts.value->kind)) {
        error(codes::kCannot, node.map_span,
              fmt::format("@{} is {}, and has no values to walk over", node.map,
                          to_text(*facts.value, script_.types())),
              "print(@x) shows it");
        return;
    }
    const Type pair = Type::tuple(
        {*facts.key, aggregate ? Type::integer(8, facts.value->is_signed) : *facts.value});
    const auto body = begin_loop_body("for each", {ir::Type::Address, ir::Type::Address});
    const Place kv = emit_.new_buffer("pair", pair.bytes);
    const auto offsets = element_offsets(pair);
    emit_.fill(kv, pair.bytes);
    emit_.copy(kv, {body.registers[0], Constant{0}}, facts.key->bytes);
    if (aggregate) {
        const uint32_t bytes = script_.plan.ir_maps[map_id(script_, node.map)].key_bytes;
        const Place key = emit_.new_buffer("key", bytes);
        emit_.copy(key, {body.registers[0], Constant{0}}, bytes);
        const Value number = aggregate_number(*this, node.map, key, *facts.value, node.map_span);
        emit_.store(further(kv, offsets[1]), 8, number.scalar());
    } else {
        emit_.copy(further(kv, offsets[1]), {body.registers[1], Constant{0}}, facts.value->bytes);
    }
    assign_to_variable(node.variable, span, Value::of(pair, kv));
    block(node.body);
    end_loop_body();
    emit_.emit(ir::ForEach{{map_id(script_, node.map)}, body.function});
    after_call();
}

void Lowering::of(const Unroll& node, Span span) {
    constexpr int64_t kMost = 100;
    const auto times = constant(*node.count);
    if (times && (*times < 0 || *times > kMost)) {
        error(codes::kWrongArguments, span, fmt::format("unroll takes 0 to {}", kMost),
              "for ($i : 0..1000) and while loops are not unrolled");
        return;
    }
    const ir::BlockId after = emit_.new_block();
    for (int64_t i = 0; i < times.value_or(0); ++i) {
        const ir::BlockId next = emit_.new_block();
        scope_.unrolled.push_back({scope_.loops, next, after});
        block(node.body);
        scope_.unrolled.pop_back();
        emit_.jump_into(next);
    }
    emit_.jump_into(after);
}

void Lowering::of(const Break& /*node*/, Span span) {
    if (!scope_.unrolled.empty() && scope_.unrolled.back().loops == scope_.loops)
        return emit_.jump(scope_.unrolled.back().after);
    if (scope_.loops == 0) return error(codes::kOutsideLoop, span, "there is no loop to break");
    emit_.give_back(Constant{1});
}

void Lowering::of(const Continue& /*node*/, Span span) {
    if (!scope_.unrolled.empty() && scope_.unrolled.back().loops == scope_.loops)
        return emit_.jump(scope_.unrolled.back().next);
    if (scope_.loops == 0) return error(codes::kOutsideLoop, span, "there is no loop to continue");
    emit_.give_back(Constant{0});
}

void Lowering::of(const Next& /*node*/, Span /*span*/) {
    leave();
}

void Lowering::of(const Return& node, Span span) {
    if (scope_.function != nullptr) {
        if (node.value) give_result(value(*node.value), span);
        return leave_by(Left::Function);
    }
    if (node.value) value(*node.value);
    leave();
}

void Lowering::of(const lang::Block& node, Span /*span*/) {
    block(node);
}

}  // namespace knowhy::lang
