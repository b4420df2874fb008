#include "lang/sema/aggregate_values.h"

#include <vector>

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

// What is made of one field of all the values.
struct Fold {
    enum class By : uint8_t { Adding, Least, Greatest } by = By::Adding;
    uint32_t at = 0;      // of the field, in a value
    uint32_t set_at = 0;  // of the number that is 0 as long as a value has no least or greatest
    bool is_signed = false;
    Place result;  // 16 bytes: the number, and whether there is one
};

// Where a Statistic and the aggregations of bpftrace have their fields (lang/types/types.h).
struct Fields {
    uint32_t count = 0, sum = 0, least = 0, greatest = 0, set = 8;
};

Fields fields_of(Kind kind) {
    if (kind == Kind::Statistic) return {0, 8, 16, 24, 0};
    if (kind == Kind::Average || kind == Kind::Stats) return {.count = 0, .sum = 8};
    return {};
}

class Reader {
  public:
    Reader(Lowering& lowering, const std::string& map, const Place& key, const Type& type)
        : lowering_(lowering), emit_(lowering.emitter()), key_(key), type_(type) {
        ScriptContext& script = lowering.script();
        if (!lowering.site().in_user_space()) {
            bool& read = script.maps.at(map).read_in_kernel;
            script.learned |= !read;
            read = true;
        }
        map_ = MapId{map_id(script, map)};
    }

    Value part(AggregatePart part) {
        const Fields fields = fields_of(type_.kind);
        switch (part) {
            case AggregatePart::Count:
                return number(folded({adding(fields.count)}).front(), false);
            case AggregatePart::Sum:
                return number(folded({adding(fields.sum)}).front(), is_signed());
            case AggregatePart::Least:
                return number(folded({extreme(Fold::By::Least, fields.least)}).front(),
                              is_signed());
            case AggregatePart::Greatest:
                return number(folded({extreme(Fold::By::Greatest, fields.greatest)}).front(),
                              is_signed());
            case AggregatePart::Mean: {
                const auto both = folded({adding(fields.sum), adding(fields.count)});
                const Op divide = is_signed() ? Op::SignedDiv : Op::Div;  // by 0 is 0
                return number(emit_.compute(divide, both[0], both[1]), is_signed());
            }
        }
        return Value::unknown();
    }

  private:
    [[nodiscard]] bool is_signed() const {
        return type_.is_signed || type_.kind == Kind::Statistic;
    }
    static Value number(Operand value, bool is_signed) { return Value::integer(value, is_signed); }

    Place result_place() {
        const Place place = emit_.new_buffer("folded", 16);
        emit_.fill(place, 16);
        return place;
    }
    Fold adding(uint32_t at) { return {Fold::By::Adding, at, 0, false, result_place()}; }
    Fold extreme(Fold::By by, uint32_t at) {
        return {by, at, fields_of(type_.kind).set, is_signed(), result_place()};
    }

    void fold(const Fold& how, ir::Reg value) {
        const Operand field = emit_.load({value, Constant{how.at}}, 8);
        if (how.by == Fold::By::Adding) {
            emit_.store(how.result, 8, emit_.compute(Op::Add, emit_.load(how.result, 8), field));
            return;
        }
        const bool least = how.by == Fold::By::Least;
        const Compare better = how.is_signed
                                   ? (least ? Compare::SignedLess : Compare::SignedGreater)
                                   : (least ? Compare::Less : Compare::Greater);
        const ir::BlockId set = emit_.new_block();
        const ir::BlockId first = emit_.new_block();
        const ir::BlockId compare = emit_.new_block();
        const ir::BlockId take = emit_.new_block();
        const ir::BlockId after = emit_.new_block();
        emit_.branch(Compare::NotEqual, emit_.load({value, Constant{how.set_at}}, 8), Constant{0},
                     set, after);
        emit_.go_on_in(set);
        emit_.branch(Compare::Equal, emit_.load(further(how.result, 8), 8), Constant{0}, first,
                     compare);
        emit_.go_on_in(first);
        emit_.store(further(how.result, 8), 8, Constant{1});
        emit_.jump(take);
        emit_.go_on_in(compare);
        emit_.branch(better, field, emit_.load(how.result, 8), take, after);
        emit_.go_on_in(take);
        emit_.store(how.result, 8, field);
        emit_.jump_into(after);
    }

    void fold_where_there(const std::vector<Fold>& folds, MapId map, std::optional<Operand> cpu) {
        const ir::Reg value = emit_.new_register(ir::Type::Address);
        const ir::BlockId found = emit_.new_block();
        const ir::BlockId after = emit_.new_block();
        emit_.lookup(value, map, key_, found, after, cpu);
        emit_.go_on_in(found);
        for (const Fold& each : folds) fold(each, value);
        emit_.jump_into(after);
    }

    std::vector<Operand> folded(const std::vector<Fold>& folds) {
        const ScriptContext& script = lowering_.script();
        if (!ir::is_per_cpu(script.plan.ir_maps[map_.index].kind)) {
            fold_where_there(folds, map_, std::nullopt);
        } else {
            const auto body = emit_.begin_function("each cpu", {ir::Type::U32});
            fold_where_there(folds, map_, Operand{body.registers[0]});
            emit_.give_back(Constant{0});
            emit_.end_function();
            // In user space its own value comes behind those of the CPUs.
            const uint64_t turns =
                script.kernel.cpus() + (lowering_.site().in_user_space() ? 1U : 0U);
            emit_.emit(ir::Loop{std::nullopt, ir::Type::U32, Constant{turns}, body.function});
            const auto& of_user = script.plan.maps[map_.index].user_part;
            if (of_user && !lowering_.site().in_user_space())
                fold_where_there(folds, MapId{*of_user}, std::nullopt);
        }
        std::vector<Operand> results;
        for (const Fold& each : folds) results.push_back(emit_.load(each.result, 8));
        return results;
    }

    Lowering& lowering_;
    Emitter& emit_;
    const Place& key_;
    const Type& type_;
    MapId map_{0};
};

}  // namespace

// Where what user space has of a per-CPU map lies, for a program of the kernel.
std::optional<uint32_t> Lowering::user_part(const std::string& map) {
    if (site_.in_user_space()) return std::nullopt;
    bool& read = script_.maps.at(map).read_in_kernel;
    script_.learned |= !read;
    read = true;
    return script_.plan.maps[map_id(script_, map)].user_part;
}

std::optional<AggregatePart> only_part(Kind kind) {
    switch (kind) {
        case Kind::Count:
            return AggregatePart::Count;
        case Kind::Sum:
            return AggregatePart::Sum;
        case Kind::Min:
            return AggregatePart::Least;
        case Kind::Max:
            return AggregatePart::Greatest;
        case Kind::Average:
            return AggregatePart::Mean;
        default:
            return std::nullopt;
    }
}

Value aggregate_value(Lowering& lowering, const std::string& map, const Place& key,
                      const Type& type, AggregatePart part) {
    return Reader(lowering, map, key, type).part(part);
}

Value aggregate_number(Lowering& lowering, const std::string& map, const Place& key,
                       const Type& type, Span span) {
    if (lowering.is_stap()) {
        lowering.error(codes::kNotANumber, span, map + " holds statistics, not one value",
                       fmt::format("@count({0}), @sum({0}), print(@hist_log({0}))", map));
        return Value::unknown();
    }
    if (const auto part = only_part(type.kind))
        return aggregate_value(lowering, map, key, type, *part);
    const bool stats = type.kind == Kind::Stats;
    lowering.error(
        codes::kNotANumber, span,
        fmt::format("@{} is {}, not a number", map,
                    stats ? "three numbers: count, average and total" : "a histogram"),
        stats ? "count(), avg() or sum() is one; print(@x) shows all three" : "print(@x) shows it");
    return Value::unknown();
}

}  // namespace knowhy::lang
