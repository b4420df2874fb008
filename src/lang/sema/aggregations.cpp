// Aggregations: what goes into a map by count(), sum(), hist() and their kin.
#include <algorithm>

#include "lang/sema/functions.h"
#include "lang/sema/lowering.h"
#include "lang/sema/text.h"
#include "lang/source/codes.h"

namespace knowhy::lang {

using ir::Compare;
using ir::Constant;
using ir::MapId;
using ir::Op;
using ir::Operand;
using ir::Place;
using Kind = Type::Kind;

namespace {

bool is_histogram(Kind kind) {
    return kind == Kind::Histogram || kind == Kind::LinearHistogram;
}

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
        error(codes::kWrongArguments, span,
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
            error(codes::kWrongArguments, call.arguments[1]->span, "hist() takes 0 to 5 bits",
                  "each bit halves the buckets' width");
        parts = static_cast<uint32_t>(std::clamp<int64_t>(bits.value_or(0), 0, 5));
    }
    if (form->kind == Kind::Histogram) type = Type::histogram(parts);
    if (form->kind == Kind::LinearHistogram) {
        const int64_t min = constant(*call.arguments[1]).value_or(0);
        const int64_t max = constant(*call.arguments[2]).value_or(1);
        const int64_t step = constant(*call.arguments[3]).value_or(1);
        if (step <= 0 || max <= min || linear_buckets(min, max, step) > 1002) {
            error(
                codes::kWrongArguments, span, "these are no steps for lhist()",
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
