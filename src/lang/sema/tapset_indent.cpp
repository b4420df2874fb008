// The tapset's thread_indent() and its kin: how deep each thread is, and since when.
#include "lang/sema/builtins.h"
#include "lang/sema/tapset.h"
#include "lang/sema/text_building.h"

namespace knowhy::lang {
namespace {

using ir::Compare;
using ir::Constant;
using ir::Helper;
using ir::MapId;
using ir::Op;
using ir::Operand;
using ir::Place;

Value number(Operand value) {
    return Value::integer(value, true);
}

class Depths {
  public:
    // `of` tells whose depth it is.
    Depths(Lowering& lowering, Operand of, Span span)
        : lowering_(lowering), emit_(lowering.emitter()), key_(emit_.new_buffer("whose", 8)) {
        depths_ = map("indent depths", span);
        times_ = map("indent times", span);
        emit_.store(key_, 8, of);
    }

    // By how much to indent, before it is less or after it is more.
    Operand stepped(Operand by) {
        const ir::Reg step = emit_.in_register(by);
        const ir::Reg depth = value(depths_);
        const ir::Reg shown = emit_.new_register();
        const ir::BlockId in = emit_.new_block();
        const ir::BlockId on = emit_.new_block();
        const ir::BlockId some = emit_.new_block();
        const ir::BlockId after = emit_.new_block();
        emit_.assign(shown, depth);
        emit_.branch(Compare::SignedGreater, step, Constant{0}, in, on);
        emit_.go_on_in(in);
        emit_.assign(shown, emit_.compute(Op::Add, depth, step));
        emit_.jump_into(on);
        set(depths_, emit_.compute(Op::Add, depth, step));
        const ir::BlockId none = emit_.new_block();
        emit_.branch(Compare::SignedGreater, shown, Constant{0}, some, none);
        emit_.go_on_in(none);
        emit_.assign(shown, Constant{0});
        emit_.jump(after);
        emit_.go_on_in(some);
        emit_.assign(shown, emit_.compute(Op::Sub, shown, Constant{1}));
        emit_.jump_into(after);
        return shown;
    }

    // Since the depth was last 0.
    Operand microseconds() {
        const ir::Reg now = emit_.in_register(time_of_day(lowering_, 1000));
        const ir::BlockId outermost = emit_.new_block();
        const ir::BlockId on = emit_.new_block();
        emit_.branch(Compare::Equal, value(depths_), Constant{0}, outermost, on);
        emit_.go_on_in(outermost);
        set(times_, now);
        emit_.jump_into(on);
        return emit_.compute(Op::Sub, now, value(times_));
    }

  private:
    MapId map(const std::string& name, Span span) {
        MapFacts& facts = facts_of(lowering_.script(), name, span);
        facts.key = Type::integer(8, true);
        facts.value = Type::integer(8, true);
        facts.hidden = true;
        return {map_id(lowering_.script(), name)};
    }
    ir::Reg value(MapId map) {
        const ir::Reg result = emit_.new_register();
        const ir::Reg there = emit_.new_register(ir::Type::Address);
        const ir::BlockId found = emit_.new_block();
        const ir::BlockId after = emit_.new_block();
        emit_.assign(result, Constant{0});
        emit_.lookup(there, map, key_, found, after);
        emit_.go_on_in(found);
        emit_.assign(result, emit_.load({there, Constant{0}}, 8));
        emit_.jump_into(after);
        return result;
    }
    void set(MapId map, Operand to) {
        const Place place = emit_.new_buffer("set", 8);
        emit_.store(place, 8, to);
        lowering_.count_fault(
            emit_.call(Helper::MapUpdate, {map, key_, place, Operand{Constant{0}}}),
            "an array is full");
    }

    Lowering& lowering_;
    Emitter& emit_;
    Place key_;
    MapId depths_;
    MapId times_;
};

Value thread_indent(Lowering& lowering, const Call& call, Span span) {
    const Value thread = find_builtin("tid")->lower(lowering, span);
    const Value name = find_builtin("comm")->lower(lowering, span);
    const Operand by = lowering.number(*call.arguments.front());
    Depths depths(lowering, thread.scalar(), span);
    const Operand since = depths.microseconds();
    const Operand depth = depths.stepped(by);
    return formatted_text(lowering, "%6d %s(%d):%-*s",
                          {number(since), name, number(thread.scalar()), number(depth),
                           Value::of(Type::string(1), Text{""})},
                          span);
}

Value indent(Lowering& lowering, const Call& call, Span span) {
    const Operand by = lowering.number(*call.arguments.front());
    Depths depths(lowering, Constant{UINT64_MAX}, span);
    const Operand since = depths.microseconds();
    const Operand depth = depths.stepped(by);
    return formatted_text(lowering, "%6d :%-*s",
                          {number(since), number(depth), Value::of(Type::string(1), Text{""})},
                          span);
}

template <bool OfThread>
Value indent_depth(Lowering& lowering, const Call& call, Span span) {
    const Operand whose = OfThread ? find_builtin("tid")->lower(lowering, span).scalar()
                                   : Operand{Constant{UINT64_MAX}};
    const Operand by = lowering.number(*call.arguments.front());
    return number(Depths(lowering, whose, span).stepped(by));
}

}  // namespace

std::vector<FunctionInfo> indent_tapset() {
    return {
        {"thread_indent", "thread_indent(step)", "time, thread and indentation, as text", 1, 1,
         false, thread_indent},
        {"thread_indent_depth", "thread_indent_depth(step)", "the indentation alone", 1, 1, false,
         indent_depth<true>},
        {"indent", "indent(step)", "the same for all threads together", 1, 1, false, indent},
        {"indent_depth", "indent_depth(step)", "the indentation alone", 1, 1, false,
         indent_depth<false>},
    };
}

}  // namespace knowhy::lang
