#include "lang/sema/stap_entry.h"

#include <algorithm>

#include "lang/ast/walk.h"
#include "lang/sema/lowering.h"
#include "lang/sema/stap_targets.h"
#include "lang/source/codes.h"

namespace knowhy::lang {

using ir::Constant;
using ir::Helper;
using ir::MapId;
using ir::Op;
using ir::Operand;
using ir::Place;

namespace {

constexpr uint32_t kKeyBytes = 24;     // task, stack, site
constexpr uint32_t kMostBytes = 4096;  // of one call's values
constexpr uint32_t kCalls = 4096;      // under way at a time; of more the oldest are forgotten

void look(std::vector<const Expr*>& found, const Expr& expr) {
    if (const auto* call = std::get_if<Call>(&expr.node)) {
        if (call->function == "@defined") return;
        if (call->function == "@entry" && call->arguments.size() == 1) {
            found.push_back(call->arguments.front().get());
            return;
        }
    }
    if (is_target(expr)) {
        if (!is_of_return(expr)) found.push_back(&expr);
        return;
    }
    each_part(expr, [&](const auto& part) {
        if constexpr (std::is_same_v<std::decay_t<decltype(part)>, ExprPtr>) look(found, *part);
    });
}

void look(std::vector<const Expr*>& found, const Block& block) {
    for (const StmtPtr& statement : block)
        each_part(*statement, [&](const auto& part) {
            if constexpr (std::is_same_v<std::decay_t<decltype(part)>, ExprPtr>)
                look(found, *part);
            else
                look(found, part);
        });
}

MapId entry_map(ScriptContext& script) {
    const std::string name = " entries";  // no script can name it
    if (const auto known = script.map_ids.find(name); known != script.map_ids.end())
        return {known->second};
    ir::Map map;
    map.kind = ir::Map::Kind::LruHash;
    map.name = "entries";
    map.key_bytes = kKeyBytes;
    map.value_bytes = script.entry_bytes;
    map.max_entries = kCalls;
    const auto id = static_cast<uint32_t>(script.plan.maps.size());
    script.plan.maps.emplace_back();
    script.plan.ir_maps.push_back(std::move(map));
    script.map_ids[name] = id;
    return {id};
}

// The stack as it stands when the function has returned: on x86 it has taken its return address
// off by then.
Operand frame(Lowering& lowering) {
    const Operand stack = lowering.register_named("sp", {}).scalar();
    const bool at_entry = lowering.site().view == ProbeSite::View::Registers;
    if (!at_entry || lowering.script().kernel.arch() != symbols::Arch::X86_64) return stack;
    return lowering.emitter().compute(Op::Add, stack, Constant{8});
}

Place key(Lowering& lowering, uint32_t site) {
    Emitter& emit = lowering.emitter();
    const Place to = emit.new_buffer("call", kKeyBytes);
    emit.store(to, 8, emit.call(Helper::CurrentTask, {}));
    emit.store(further(to, 8), 8, frame(lowering));
    emit.store(further(to, 16), 8, Constant{site});
    return to;
}

Type tuple_of(const EntryValues& values) {
    std::vector<Type> types;
    for (const Type& type : values.types)
        types.push_back(type.kind == Type::Kind::None ? Type::integer(8, true) : type);
    return Type::tuple(std::move(types));
}

}  // namespace

std::vector<const Expr*> entry_expressions(const Probe& probe) {
    std::vector<const Expr*> found;
    look(found, probe.body);
    return found;
}

void keep_entry_values(Lowering& lowering, EntryValues& values) {
    ScriptContext& script = lowering.script();
    Emitter& emit = lowering.emitter();
    std::vector<Value> known;
    values.types.clear();
    for (const Expr* wanted : values.wanted) {
        // Where it is not to be had, the return's program says so, if it comes to it.
        const bool defined = is_defined(lowering, *wanted);
        known.push_back(defined ? lowering.value(*wanted) : Value::none());
        values.types.push_back(defined ? stored_type(script, known.back().type) : Type::none());
    }
    const Type all = tuple_of(values);
    if (all.bytes > kMostBytes)
        lowering.error(codes::kCannot, values.wanted.front()->span,
                       fmt::format("{} bytes are too many to keep of a call", all.bytes),
                       "name the fields one by one");
    if (all.bytes > script.entry_bytes) {
        script.entry_bytes = (all.bytes + 7) / 8 * 8;
        script.learned = true;
    }
    const Place place = emit.new_buffer("entry", script.entry_bytes);
    emit.fill(place, script.entry_bytes);
    const auto offsets = element_offsets(all);
    for (size_t i = 0; i < known.size(); ++i)
        if (values.types[i].kind != Type::Kind::None)
            lowering.put(further(place, offsets[i]), values.types[i], known[i]);
    const Operand status =
        emit.call(Helper::MapUpdate,
                  {entry_map(script), key(lowering, values.site), place, Operand{Constant{0}}});
    lowering.count_fault(status);
    emit.give_back(Constant{0});
}

void take_entry_values(Lowering& lowering, EntryValues& values) {
    Emitter& emit = lowering.emitter();
    const MapId map = entry_map(lowering.script());
    const Place call = key(lowering, values.site);
    const ir::Reg kept = emit.new_register(ir::Type::Address);
    const ir::BlockId found = emit.new_block();
    const ir::BlockId missing = emit.new_block();
    emit.lookup(kept, map, call, found, missing);
    emit.go_on_in(missing);
    lowering.leave();
    emit.go_on_in(found);
    const uint32_t bytes = lowering.script().entry_bytes;
    values.here = emit.new_buffer("entry", bytes);
    emit.copy(*values.here, {kept, Constant{0}}, bytes);
    emit.call(Helper::MapDelete, {map, call});
}

std::optional<Value> entry_value(Lowering& lowering, const Expr& expr) {
    auto& entries = lowering.script().entries;
    if (entries.empty()) return std::nullopt;
    const auto found = entries.find(&lowering.site());
    if (found == entries.end() || !found->second.here) return std::nullopt;
    const EntryValues& values = found->second;
    // Of @entry(x) it is x that was kept.
    const auto* call = std::get_if<Call>(&expr.node);
    const bool asks = call != nullptr && call->function == "@entry" && call->arguments.size() == 1;
    const Expr* wanted = asks ? call->arguments.front().get() : &expr;
    const auto at = std::ranges::find(values.wanted, wanted);
    if (at == values.wanted.end()) return std::nullopt;
    const auto index = static_cast<size_t>(at - values.wanted.begin());
    if (index >= values.types.size()) return Value::unknown();
    if (values.types[index].kind == Type::Kind::None) {
        // What is wrong with it is said where it was to be read.
        ir::Program scratch;
        VariableTypes none;
        return Lowering(lowering.script(), lowering.site().entry.front(), none, scratch)
            .value(*wanted);
    }
    return lowering.loaded(further(*values.here, element_offsets(tuple_of(values))[index]),
                           values.types[index]);
}

}  // namespace knowhy::lang
