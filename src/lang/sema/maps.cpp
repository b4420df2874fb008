// Maps: keys, reading, assigning, and aggregations.
#include <algorithm>

#include "lang/sema/aggregate_values.h"
#include "lang/sema/lowering.h"
#include "lang/sema/text.h"
#include "lang/source/codes.h"

namespace knowhy::lang {

using ir::Compare;
using ir::Constant;
using ir::Helper;
using ir::MapId;
using ir::Op;
using ir::Operand;
using ir::Place;
using Kind = Type::Kind;

namespace {

constexpr uint64_t kAny = 0;        // BPF_ANY
constexpr uint64_t kOnlyIfNew = 1;  // BPF_NOEXIST
constexpr std::string_view kFull = "an array is full";

std::vector<const Expr*> pointers(const std::vector<ExprPtr>& expressions) {
    std::vector<const Expr*> result;
    for (const ExprPtr& expression : expressions) result.push_back(expression.get());
    return result;
}

}  // namespace

// The key in a buffer of its own, `room` bytes behind it left for a bucket.
Place Lowering::key_place(const std::string& map, const std::vector<const Expr*>& keys,
                          bool has_keys, Span span) {
    if (is_stap() && !is_global(map)) {
        error(codes::kUndefinedMap, span, fmt::format("there is no array {}", map),
              fmt::format("global {}", map));
        return emit_.new_buffer("key", 16);
    }
    MapFacts& facts = facts_of(script_, map, span);
    std::vector<Value> values;
    std::vector<Type> types;
    bool unresolved = false;
    for (const Expr* key : keys) {
        Value found = value(*key);
        unresolved |= found.unresolved;
        if (found.type.kind == Kind::None || found.type.is_aggregate()) {
            error(codes::kMapKeys, key->span, "this cannot be a key",
                  "a number, a string, a tuple, a symbol or a stack can");
            return emit_.new_buffer("key", 8);
        }
        types.push_back(stored_type(script_, found.type));
        values.push_back(std::move(found));
    }
    if (has_keys && keys.empty())
        error(codes::kMapKeys, span, "a key is missing", "put one between the brackets");
    const Type seen = types.empty()      ? Type::none()
                      : types.size() > 1 ? Type::tuple(types)
                                         : types.front();
    if (facts.key && (facts.key->kind == Kind::None) != types.empty()) {
        error(codes::kMapKeys, span, script_.shown(map) + " is used with a key and without one");
        return emit_.new_buffer("key", 8);
    }
    if (!unresolved || !facts.key) {
        std::optional<Type> joined = facts.key;
        join_type(script_, joined, seen, span, "the key of " + script_.shown(map));
        if (!unresolved) facts.key = joined;
    }
    const Type type = facts.key.value_or(seen);
    const uint32_t bytes = (std::max(type.bytes, 8U) + 7) / 8 * 8;
    const Place key = emit_.new_buffer("key", bytes + 8);
    if (type.bytes % 8 != 0 || type.kind == Kind::None || type.kind == Kind::Tuple)
        emit_.fill(key, bytes);
    if (types.size() == 1) put(key, type, values.front());
    if (types.size() > 1 && type.kind == Kind::Tuple) {
        const auto offsets = element_offsets(type);
        for (size_t i = 0; i < values.size() && i < offsets.size(); ++i)
            put(further(key, offsets[i]), type.elements[i], values[i]);
    }
    return key;
}

Place Lowering::key_place(const MapAccess& access, Span span) {
    return key_place(access.name, pointers(access.keys), access.has_keys, span);
}

Value Lowering::map_value(const MapAccess& access, Span span) {
    const Place key = key_place(access, span);
    const MapFacts& facts = facts_of(script_, access.name, span);
    if (!facts.value) {
        never_assigned(script_, access.name, span);
        return Value::unknown();
    }
    const Type type = *facts.value;
    if (type.is_aggregate()) return aggregate_number(*this, access.name, key, type, span);
    const MapId map{map_id(script_, access.name)};
    const ir::Reg found_value = emit_.new_register(ir::Type::Address);
    const ir::BlockId found = emit_.new_block();
    const ir::BlockId missing = emit_.new_block();
    const ir::BlockId after = emit_.new_block();
    emit_.lookup(found_value, map, key, found, missing);
    const Place there{found_value, Constant{0}};
    if (is_scalar(type.kind)) {
        const ir::Reg result = emit_.new_register();
        emit_.go_on_in(found);
        emit_.assign(result, emit_.load(there, type.bytes));
        emit_.jump(after);
        emit_.go_on_in(missing);
        emit_.assign(result, Constant{0});
        emit_.jump_into(after);
        return Value::of(type, Operand{result});
    }
    const Place copy = emit_.new_buffer("map value", type.bytes);
    emit_.go_on_in(found);
    emit_.copy(copy, there, type.bytes);
    emit_.jump(after);
    emit_.go_on_in(missing);
    emit_.fill(copy, type.bytes);
    emit_.jump_into(after);
    return Value::of(type, copy);
}

void Lowering::assign_to_map(const MapAccess& access, Span span, const Value& value) {
    MapFacts& facts = facts_of(script_, access.name, span);
    const Place key = key_place(access, span);
    if (value.type.kind == Kind::None || value.type.is_aggregate()) {
        if (!value.unresolved)
            error(codes::kTypeMismatch, span, "this has no value that a map could keep",
                  "numbers, strings, pointers, tuples and stacks can be kept");
        return;
    }
    if (!value.unresolved)
        join_type(script_, facts.value, stored_type(script_, value.type), span,
                  script_.shown(access.name));
    if (!facts.value || facts.value->is_aggregate()) return;
    const Type type = *facts.value;
    const MapId map{map_id(script_, access.name)};
    const Place place = emit_.new_buffer("new value", (type.bytes + 7) / 8 * 8);
    if (type.bytes % 8 != 0) emit_.fill(place, (type.bytes + 7) / 8 * 8);
    put(place, type, value);
    count_fault(emit_.call(Helper::MapUpdate, {map, key, place, Operand{Constant{kAny}}}), kFull);
}

// The address of the key's value, which is made of zeros where there is none; `full` is gone to
// when there is no room for it.
ir::Reg Lowering::value_in_map(MapId map, const Place& key, uint32_t bytes, ir::BlockId full) {
    const ir::Reg address = emit_.new_register(ir::Type::Address);
    const ir::BlockId found = emit_.new_block();
    const ir::BlockId missing = emit_.new_block();
    emit_.lookup(address, map, key, found, missing);
    emit_.go_on_in(missing);
    const Place zeros = emit_.new_buffer("zeros", bytes);
    emit_.fill(zeros, bytes);
    emit_.call(Helper::MapUpdate, {map, key, zeros, Operand{Constant{kOnlyIfNew}}});
    const ir::BlockId no_room = emit_.new_block();
    emit_.lookup(address, map, key, found, no_room);
    emit_.go_on_in(no_room);
    count_fault(Constant{static_cast<uint64_t>(-7)}, kFull);
    emit_.jump(full);
    emit_.go_on_in(found);
    return address;
}

Value Lowering::delete_from_map(const MapAccess& access, Span span) {
    return delete_key(access.name, pointers(access.keys), span);
}

Value Lowering::delete_key(const std::string& map, const std::vector<const Expr*>& keys,
                           Span span) {
    const Place key = key_place(map, keys, !keys.empty(), span);
    if (!facts_of(script_, map, span).value) {
        never_assigned(script_, map, span);
        return Value::unknown();
    }
    Operand status = emit_.call(Helper::MapDelete, {MapId{map_id(script_, map)}, key});
    if (const auto part = user_part(map))  // there in one of the two: not an error in both
        status = emit_.compute(Op::And, status, emit_.call(Helper::MapDelete, {MapId{*part}, key}));
    return Value::of(Type::boolean(), emit_.truth(Compare::Equal, status, Constant{0}));
}

Value Lowering::has_key(const std::string& map, const std::vector<const Expr*>& keys, Span span) {
    const Place key = key_place(map, keys, !keys.empty(), span);
    const ir::Reg answer = emit_.new_register();
    const ir::Reg address = emit_.new_register(ir::Type::Address);
    const ir::BlockId found = emit_.new_block();
    const ir::BlockId missing = emit_.new_block();
    const ir::BlockId after = emit_.new_block();
    emit_.lookup(address, {map_id(script_, map)}, key, found, missing);
    emit_.go_on_in(found);
    emit_.assign(answer, Constant{1});
    emit_.jump(after);
    emit_.go_on_in(missing);
    if (const auto part = user_part(map)) {
        const ir::BlockId nowhere = emit_.new_block();
        emit_.lookup(address, {*part}, key, found, nowhere);
        emit_.go_on_in(nowhere);
    }
    emit_.assign(answer, Constant{0});
    emit_.jump_into(after);
    return Value::of(Type::boolean(), Operand{answer});
}

}  // namespace knowhy::lang
