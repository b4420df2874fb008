// Maps: keys, reading, assigning, and aggregations.
#include <algorithm>

#include "lang/sema/aggregate_values.h"
#include "lang/sema/codes.h"
#include "lang/sema/lowering.h"
#include "lang/sema/text.h"

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

bool is_histogram(Kind kind) {
    return kind == Kind::Histogram || kind == Kind::LinearHistogram;
}

}  // namespace

// The key in a buffer of its own, `room` bytes behind it left for a bucket.
Place Lowering::key_place(const std::string& map, const std::vector<const Expr*>& keys,
                          bool has_keys, Span span) {
    if (is_stap() && !is_global(map)) {
        error(code::kUndefinedMap, span, fmt::format("there is no array {}", map),
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
            error(code::kMapKeys, key->span, "this cannot be a key",
                  "a number, a string, a tuple, a symbol or a stack can");
            return emit_.new_buffer("key", 8);
        }
        types.push_back(stored_type(script_, found.type));
        values.push_back(std::move(found));
    }
    if (has_keys && keys.empty())
        error(code::kMapKeys, span, "a key is missing", "put one between the brackets");
    const Type seen = types.empty()      ? Type::none()
                      : types.size() > 1 ? Type::tuple(types)
                                         : types.front();
    if (facts.key && (facts.key->kind == Kind::None) != types.empty()) {
        error(code::kMapKeys, span, script_.shown(map) + " is used with a key and without one");
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
            error(code::kTypeMismatch, span, "this has no value that a map could keep",
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

void Lowering::delete_from_map(const MapAccess& access, Span span) {
    delete_key(access.name, pointers(access.keys), span);
}

void Lowering::delete_key(const std::string& map, const std::vector<const Expr*>& keys, Span span) {
    const Place key = key_place(map, keys, !keys.empty(), span);
    if (!facts_of(script_, map, span).value) {
        never_assigned(script_, map, span);
        return;
    }
    const uint32_t id = map_id(script_, map);
    emit_.call(Helper::MapDelete, {MapId{id}, key});
    if (const auto part = user_part(map)) emit_.call(Helper::MapDelete, {MapId{*part}, key});
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

// ---- Aggregations

namespace {

struct AggregateForm {
    std::string_view name;
    Kind kind;
    size_t least;
    size_t most;
    std::string_view form;
};

constexpr AggregateForm kAggregates[] = {
    {"count", Kind::Count, 0, 0, "count()"},
    {"sum", Kind::Sum, 1, 1, "sum(n)"},
    {"min", Kind::Min, 1, 1, "min(n)"},
    {"max", Kind::Max, 1, 1, "max(n)"},
    {"avg", Kind::Average, 1, 1, "avg(n)"},
    {"stats", Kind::Stats, 1, 1, "stats(n)"},
    {"hist", Kind::Histogram, 1, 2, "hist(n[, bits])"},
    {"lhist", Kind::LinearHistogram, 4, 4, "lhist(n, min, max, step)"},
};

}  // namespace

bool is_aggregation(std::string_view function) {
    return std::ranges::any_of(kAggregates,
                               [&](const AggregateForm& form) { return form.name == function; });
}

bool Lowering::aggregate(const MapAccess& access, Span span, const Call& call) {
    const auto* form = std::ranges::find(kAggregates, call.function, &AggregateForm::name);
    if (form == std::end(kAggregates)) return false;
    if (call.arguments.size() < form->least || call.arguments.size() > form->most) {
        error(code::kWrongArguments, span,
              wrong_count(call.function, form->least, form->most, call.arguments.size()),
              "it is called @x = " + std::string(form->form));
        return true;
    }
    Type type = is_histogram(form->kind) ? Type::none() : Type::of(form->kind);
    uint32_t parts = 0;
    Value number = Value::integer(Constant{1});
    if (!call.arguments.empty()) {
        number = value(*call.arguments.front());
        if (!is_number(number, call.arguments.front()->span, "this")) return true;
        if (!is_histogram(form->kind)) type.is_signed = number.type.is_signed;
    }
    if (form->kind == Kind::Histogram && call.arguments.size() == 2) {
        const auto bits = constant(*call.arguments[1]);
        if (bits && (*bits < 0 || *bits > 5))
            error(code::kWrongArguments, call.arguments[1]->span, "hist() takes 0 to 5 bits");
        parts = static_cast<uint32_t>(std::clamp<int64_t>(bits.value_or(0), 0, 5));
    }
    if (form->kind == Kind::Histogram) type = Type::histogram(parts);
    if (form->kind == Kind::LinearHistogram) {
        const int64_t min = constant(*call.arguments[1]).value_or(0);
        const int64_t max = constant(*call.arguments[2]).value_or(1);
        const int64_t step = constant(*call.arguments[3]).value_or(1);
        if (step <= 0 || max <= min || linear_buckets(min, max, step) > 1002) {
            error(
                code::kWrongArguments, span, "these are no steps for lhist()",
                "lhist(n, least, most, step): the most is above the least, in at most 1000 steps");
            return true;
        }
        type = Type::linear_histogram(min, max, step);
    }
    MapFacts& facts = facts_of(script_, access.name, span);
    const Place key = key_place(access, span);
    if (number.unresolved) return true;
    if (!join_type(script_, facts.value, type, span, script_.shown(access.name))) return true;
    if (site_.in_user_space()) {
        script_.learned |= !facts.written_in_user_space;
        facts.written_in_user_space = true;
    }
    accumulate({map_id(script_, access.name)}, key, type, number.scalar());
    return true;
}

void Lowering::accumulate(MapId map, const Place& key, const Type& type, Operand number) {
    const ir::BlockId after = emit_.new_block();
    if (is_histogram(type.kind)) {
        const uint32_t key_bytes = script_.plan.ir_maps[map.index].key_bytes;
        emit_.store(further(key, key_bytes - 8), 8, bucket_of(type, number));
        const ir::Reg there = value_in_map(map, key, 8, after);
        emit_.emit(ir::AtomicAdd{{there, Constant{0}}, 8, Constant{1}});
        return emit_.jump_into(after);
    }
    const ir::Reg address = value_in_map(map, key, type.bytes, after);
    const Place first{address, Constant{0}};
    const Place second{address, Constant{8}};
    switch (type.kind) {
        case Kind::Count:
        case Kind::Sum:
            emit_.emit(ir::AtomicAdd{first, 8, number});
            break;
        case Kind::Average:
        case Kind::Stats:
            emit_.emit(ir::AtomicAdd{first, 8, Constant{1}});
            emit_.emit(ir::AtomicAdd{second, 8, number});
            break;
        default: {  // min and max: a value, and whether there is one
            const bool least = type.kind == Kind::Min;
            const ir::Reg held = emit_.in_register(number);
            const ir::BlockId compare = emit_.new_block();
            const ir::BlockId set = emit_.new_block();
            emit_.branch(Compare::Equal, emit_.load(second, 8), Constant{0}, set, compare);
            emit_.go_on_in(compare);
            const Compare better = type.is_signed
                                       ? (least ? Compare::SignedLess : Compare::SignedGreater)
                                       : (least ? Compare::Less : Compare::Greater);
            emit_.branch(better, held, emit_.load(first, 8), set, after);
            emit_.go_on_in(set);
            emit_.store(first, 8, held);
            emit_.store(second, 8, Constant{1});
            break;
        }
    }
    emit_.jump_into(after);
}

Operand Lowering::bucket_of(const Type& type, Operand number) {
    const ir::Reg bucket = emit_.new_register();
    const ir::Reg value = emit_.in_register(number);
    const ir::BlockId after = emit_.new_block();
    if (type.kind == Kind::LinearHistogram) {
        const auto least = static_cast<uint64_t>(type.min);
        const auto steps = static_cast<uint64_t>((type.max - type.min) / type.step);
        const ir::BlockId not_below = emit_.new_block();
        const ir::BlockId inside = emit_.new_block();
        emit_.assign(bucket, Constant{0});
        emit_.branch(Compare::SignedLess, value, Constant{least}, after, not_below);
        emit_.go_on_in(not_below);
        emit_.assign(bucket, Constant{steps + 1});
        emit_.branch(Compare::SignedGreaterEqual, value, Constant{static_cast<uint64_t>(type.max)},
                     after, inside);
        emit_.go_on_in(inside);
        const Operand above = emit_.compute(Op::Sub, value, Constant{least});
        const Operand step =
            emit_.compute(Op::Div, above, Constant{static_cast<uint64_t>(type.step)});
        emit_.assign(bucket, emit_.compute(Op::Add, step, Constant{1}));
        emit_.jump_into(after);
        return bucket;
    }
    // 0: negative; then 2^bits buckets of one value each, from zero on; then 2^bits buckets for
    // every power of two.
    const uint64_t parts = 1ULL << type.hist_bits;
    const ir::BlockId not_negative = emit_.new_block();
    const ir::BlockId large = emit_.new_block();
    const ir::BlockId small = emit_.new_block();
    emit_.assign(bucket, Constant{0});
    emit_.branch(Compare::SignedLess, value, Constant{0}, after, not_negative);
    emit_.go_on_in(not_negative);
    emit_.branch(Compare::Less, value, Constant{parts}, small, large);
    emit_.go_on_in(small);
    emit_.assign(bucket, emit_.compute(Op::Add, value, Constant{1}));
    emit_.jump(after);
    emit_.go_on_in(large);
    const Operand power = log2(value);
    const Operand beyond = emit_.compute(Op::Sub, power, Constant{type.hist_bits});
    // The `bits` bits behind the highest one.
    const Operand fraction =
        emit_.compute(Op::And, emit_.compute(Op::ShiftRight, value, beyond), Constant{parts - 1});
    const Operand row = emit_.compute(Op::ShiftLeft, emit_.compute(Op::Add, beyond, Constant{1}),
                                      Constant{type.hist_bits});
    const Operand at = emit_.compute(Op::Add, row, fraction);
    emit_.assign(bucket, emit_.compute(Op::Add, at, Constant{1}));
    emit_.jump_into(after);
    return bucket;
}

// Of a number that is not zero.
Operand Lowering::log2(Operand number) {
    const ir::Reg rest = emit_.new_register();
    const ir::Reg power = emit_.new_register();
    emit_.assign(rest, number);
    emit_.assign(power, Constant{0});
    for (uint64_t step = 32; step > 0; step /= 2) {
        const ir::BlockId above = emit_.new_block();
        const ir::BlockId after = emit_.new_block();
        emit_.branch(Compare::Less, rest, Constant{1ULL << step}, after, above);
        emit_.go_on_in(above);
        emit_.assign(rest, emit_.compute(Op::ShiftRight, rest, Constant{step}));
        emit_.assign(power, emit_.compute(Op::Add, power, Constant{step}));
        emit_.jump_into(after);
    }
    return power;
}

}  // namespace knowhy::lang
