// The tapset's functions about texts.
#include <algorithm>

#include "lang/sema/tapset.h"
#include "lang/sema/text_building.h"
#include "lang/source/codes.h"

namespace knowhy::lang {

using ir::Compare;
using ir::Constant;
using ir::Op;
using ir::Operand;
using ir::Place;
using Kind = Type::Kind;

namespace {

Place at(const Place& place, Operand offset) {
    return {place.base, offset};
}

Value number(Operand value) {
    return Value::integer(value, true);
}

Value strlen(Lowering& lowering, const Call& call, Span /*span*/) {
    const auto text = string_argument(lowering, call, 0);
    return text ? number(length_of(lowering, *text)) : Value::unknown();
}

// "" where it begins behind the text's end, or below 0.
Value substr(Lowering& lowering, const Call& call, Span /*span*/) {
    const auto text = string_argument(lowering, call, 0);
    if (!text) return Value::unknown();
    Emitter& emit = lowering.emitter();
    const Place start = emit.new_buffer("start", 8);
    const Place most = emit.new_buffer("most", 8);
    emit.store(start, 8, lowering.number(*call.arguments[1]));
    emit.store(most, 8, lowering.number(*call.arguments[2]));
    const Place from = in_buffer(lowering, *text);
    const Operand length = length_of(lowering, *text);
    TextBuilder builder(lowering);
    const ir::BlockId inside = emit.new_block();
    const ir::BlockId after = emit.new_block();
    emit.branch(Compare::LessEqual, emit.load(start, 8), length, inside, after);
    emit.go_on_in(inside);
    const auto turn = emit.begin_function("substr", {ir::Type::U64});
    const ir::BlockId more = emit.new_block();
    const ir::BlockId stop = emit.new_block();
    const ir::BlockId some = emit.new_block();
    emit.branch(Compare::SignedLess, turn.registers[0], emit.load(most, 8), more, stop);
    emit.go_on_in(stop);
    emit.give_back(Constant{1});
    emit.go_on_in(more);
    const Operand where = emit.compute(Op::Add, emit.load(start, 8), turn.registers[0]);
    const Operand byte = emit.load(at(from, where), 1);
    emit.branch(Compare::Equal, byte, Constant{0}, stop, some);
    emit.go_on_in(some);
    builder.append_byte(byte);
    emit.give_back(Constant{0});
    emit.end_function();
    emit.emit(ir::Loop{std::nullopt, ir::Type::U64, Constant{text->type.bytes}, turn.function});
    emit.jump_into(after);
    return builder.finished();
}

// The byte there; SystemTap's -1 behind the end is 0 to callers, as the final zero is.
Value stringat(Lowering& lowering, const Call& call, Span /*span*/) {
    const auto text = string_argument(lowering, call, 0);
    if (!text) return Value::unknown();
    const Place from = in_buffer(lowering, *text);
    const ir::Reg where = lowering.emitter().in_register(lowering.number(*call.arguments[1]));
    return number(lowering.emitter().load(at(from, where), 1));
}

template <bool Position>
Value find(Lowering& lowering, const Call& call, Span /*span*/) {
    const auto text = string_argument(lowering, call, 0);
    const auto needle = string_argument(lowering, call, 1);
    if (!text || !needle) return Value::unknown();
    const Operand found = lowering.emitter().load(position_of(lowering, *text, *needle), 8);
    if (Position) return number(found);
    return number(lowering.emitter().truth(Compare::SignedGreaterEqual, found, Constant{0}));
}

// Digits up to the first byte that is none. Of base 0 or 16 with 0x before them, of base 0 with 0.
Value strtol(Lowering& lowering, const Call& call, Span /*span*/) {
    const auto text = string_argument(lowering, call, 0);
    const auto base = lowering.constant(*call.arguments[1]);
    if (!text || !base) return Value::unknown();
    if (*base < 2 || *base > 36) {
        lowering.error(codes::kWrongArguments, call.arguments[1]->span, "the base is 2 to 36");
        return Value::unknown();
    }
    Emitter& emit = lowering.emitter();
    const Place from = in_buffer(lowering, *text);
    const Place sum = emit.new_buffer("sum", 8);
    const Place sign = emit.new_buffer("sign", 8);
    const Place state = emit.new_buffer("state", 8);  // 0: before the digits
    emit.store(sum, 8, Constant{0});
    emit.store(sign, 8, Constant{1});
    emit.store(state, 8, Constant{0});
    const auto turn = emit.begin_function("strtol", {ir::Type::U64});
    const ir::Reg byte = emit.in_register(emit.load(at(from, Operand{turn.registers[0]}), 1));
    const ir::Reg digit = emit.new_register();
    const auto go_on_where = [&](Compare compare, Operand right, const auto& then) {
        const ir::BlockId yes = emit.new_block();
        const ir::BlockId no = emit.new_block();
        emit.branch(compare, byte, right, yes, no);
        emit.go_on_in(yes);
        then();
        emit.jump_into(no);
    };
    // Before the digits: blanks, a sign, 0x.
    const ir::BlockId before = emit.new_block();
    const ir::BlockId digits = emit.new_block();
    emit.branch(Compare::Equal, emit.load(state, 8), Constant{0}, before, digits);
    emit.go_on_in(before);
    const auto pass = [&] { emit.give_back(Constant{0}); };
    go_on_where(Compare::Equal, Constant{' '}, pass);
    go_on_where(Compare::Equal, Constant{'\t'}, pass);
    go_on_where(Compare::Equal, Constant{'+'}, pass);
    go_on_where(Compare::Equal, Constant{'-'}, [&] {
        emit.store(sign, 8, Constant{UINT64_MAX});
        pass();
    });
    emit.store(state, 8, Constant{1});
    emit.jump_into(digits);
    if (*base == 16) {  // the x of 0x
        const auto behind_zero = [&] {
            const ir::BlockId yes = emit.new_block();
            const ir::BlockId no = emit.new_block();
            emit.branch(Compare::Equal, emit.load(sum, 8), Constant{0}, yes, no);
            emit.go_on_in(yes);
            pass();
            emit.go_on_in(no);
        };
        go_on_where(Compare::Equal, Constant{'x'}, behind_zero);
        go_on_where(Compare::Equal, Constant{'X'}, behind_zero);
    }
    emit.assign(digit, Constant{UINT32_MAX});
    const auto range = [&](char first, char last, uint64_t value) {
        go_on_where(Compare::GreaterEqual, Constant{static_cast<uint8_t>(first)}, [&] {
            go_on_where(Compare::LessEqual, Constant{static_cast<uint8_t>(last)}, [&] {
                const Operand above =
                    emit.compute(Op::Sub, byte, Constant{static_cast<uint8_t>(first)});
                emit.assign(digit, emit.compute(Op::Add, above, Constant{value}));
            });
        });
    };
    range('0', '9', 0);
    range('a', 'z', 10);
    range('A', 'Z', 10);
    const auto radix = static_cast<uint64_t>(*base);
    const ir::BlockId good = emit.new_block();
    const ir::BlockId end = emit.new_block();
    emit.branch(Compare::Less, digit, Constant{radix}, good, end);
    emit.go_on_in(end);
    emit.give_back(Constant{1});
    emit.go_on_in(good);
    emit.store(
        sum, 8,
        emit.compute(Op::Add, emit.compute(Op::Mul, emit.load(sum, 8), Constant{radix}), digit));
    emit.give_back(Constant{0});
    emit.end_function();
    emit.emit(ir::Loop{std::nullopt, ir::Type::U64, Constant{text->type.bytes}, turn.function});
    return number(emit.compute(Op::Mul, emit.load(sum, 8), emit.load(sign, 8)));
}

Value isdigit(Lowering& lowering, const Call& call, Span /*span*/) {
    const auto text = string_argument(lowering, call, 0);
    if (!text) return Value::unknown();
    Emitter& emit = lowering.emitter();
    const Operand above =
        emit.compute(Op::Sub, emit.load(in_buffer(lowering, *text), 1), Constant{'0'});
    return number(emit.truth(Compare::Less, above, Constant{10}));
}

}  // namespace

std::vector<FunctionInfo> string_tapset() {
    return {
        {"strlen", "strlen(text)", "how many bytes it has", 1, 1, false, strlen},
        {"substr", "substr(text, start, length)", "a part of it", 3, 3, false, substr},
        {"stringat", "stringat(text, position)", "the byte there; 0 behind the end", 2, 2, false,
         stringat},
        {"isinstr", "isinstr(text, part)", "1 where the part stands in the text", 2, 2, false,
         find<false>},
        {"strpos", "strpos(text, part)", "where the part begins; -1: nowhere", 2, 2, false,
         find<true>},
        {"strtol", "strtol(text, base)", "the number that it begins with", 2, 2, false, strtol},
        {"isdigit", "isdigit(text)", "1 where it begins with a digit", 1, 1, false, isdigit},
    };
}

}  // namespace knowhy::lang
