#include "lang/sema/text_building.h"

#include <algorithm>

#include "lang/sema/tapset.h"
#include "lang/source/codes.h"

namespace knowhy::lang {

using ir::Compare;
using ir::Constant;
using ir::Op;
using ir::Operand;
using ir::Place;
using Kind = Type::Kind;

namespace {

constexpr uint32_t kMostDigits = 64;

Place at(const Place& place, Operand offset) {
    return {place.base, offset};
}

// Calls `body` with 0, 1... `times` - 1, until it leaves with 1.
template <typename Body>
void repeat(Emitter& emit, std::string_view name, Operand times, const Body& body) {
    const auto turn = emit.begin_function(name, {ir::Type::U64});
    body(Operand{turn.registers.front()});
    emit.give_back(Constant{0});
    emit.end_function();
    emit.emit(ir::Loop{std::nullopt, ir::Type::U64, times, turn.function});
}

// In a loop's body: the last turn was the one before, where this holds.
void stop_where(Emitter& emit, Compare compare, Operand left, Operand right) {
    const ir::BlockId stop = emit.new_block();
    const ir::BlockId on = emit.new_block();
    emit.branch(compare, left, right, stop, on);
    emit.go_on_in(stop);
    emit.give_back(Constant{1});
    emit.go_on_in(on);
}

}  // namespace

Place in_buffer(Lowering& lowering, const Value& string) {
    const auto* place = std::get_if<Place>(&string.where);
    const bool is_there = place != nullptr && std::holds_alternative<ir::BufferId>(place->base) &&
                          constant_of(place->offset) == 0U;
    if (is_there) return *place;
    const Place to = lowering.emitter().new_buffer("text", string.type.bytes);
    lowering.put(to, string.type, string);
    return to;
}

Operand length_of(Lowering& lowering, const Value& string) {
    if (const auto* text = std::get_if<Text>(&string.where)) return Constant{text->text.size()};
    Emitter& emit = lowering.emitter();
    const Place from = in_buffer(lowering, string);
    const Place length = emit.new_buffer("length", 8);
    emit.store(length, 8, Constant{0});
    repeat(emit, "strlen", Constant{string.type.bytes}, [&](Operand turn) {
        stop_where(emit, Compare::Equal, emit.load(at(from, turn), 1), Constant{0});
        emit.store(length, 8, emit.compute(Op::Add, turn, Constant{1}));
    });
    return emit.load(length, 8);
}

TextBuilder::TextBuilder(Lowering& lowering)
    : lowering_(lowering),
      emit_(lowering.emitter()),
      text_(emit_.new_buffer("text", kStapStringBytes)),
      end_(emit_.new_buffer("end", 8)) {
    emit_.fill(text_, kStapStringBytes);
    emit_.store(end_, 8, Constant{0});
}

// A byte that would lie behind the text's room is not stored: an access of the IR never is.
void TextBuilder::append_byte(Operand byte) {
    const Operand end = emit_.load(end_, 8);
    emit_.store(at(text_, end), 1, byte);
    emit_.store(end_, 8, emit_.compute(Op::Add, end, Constant{1}));
}

void TextBuilder::append(std::string_view text) {
    if (text.empty()) return;
    const Operand end = emit_.load(end_, 8);
    for (size_t i = 0; i < text.size() && i < kStapStringBytes; ++i)
        emit_.store(at(text_, emit_.compute(Op::Add, end, Constant{i})), 1,
                    Constant{static_cast<uint8_t>(text[i])});
    emit_.store(end_, 8, emit_.compute(Op::Add, end, Constant{text.size()}));
}

void TextBuilder::append(const Value& string, std::optional<Operand> most) {
    const auto* known = std::get_if<Text>(&string.where);
    if (known != nullptr && !most && known->text.size() <= 16) return append(known->text);
    const Place from = in_buffer(lowering_, string);
    std::optional<Place> limit;
    if (most) {
        limit = emit_.new_buffer("most", 8);
        emit_.store(*limit, 8, *most);
    }
    repeat(emit_, "append", Constant{string.type.bytes}, [&](Operand turn) {
        if (limit) stop_where(emit_, Compare::GreaterEqual, turn, emit_.load(*limit, 8));
        const Operand byte = emit_.load(at(from, turn), 1);
        stop_where(emit_, Compare::Equal, byte, Constant{0});
        append_byte(byte);
    });
}

void TextBuilder::append_times(char what, Operand times) {
    const ir::Reg count = emit_.new_register();
    const ir::BlockId some = emit_.new_block();
    const ir::BlockId capped = emit_.new_block();
    const ir::BlockId many = emit_.new_block();
    const ir::BlockId after = emit_.new_block();
    emit_.assign(count, times);
    emit_.branch(Compare::SignedGreater, count, Constant{0}, some, after);
    emit_.go_on_in(some);
    emit_.branch(Compare::Greater, count, Constant{kStapStringBytes}, many, capped);
    emit_.go_on_in(many);
    emit_.assign(count, Constant{kStapStringBytes});
    emit_.jump_into(capped);
    repeat(emit_, "pad", count,
           [&](Operand) { append_byte(Constant{static_cast<uint8_t>(what)}); });
    emit_.jump_into(after);
}

TextBuilder::Digits TextBuilder::digits_of(Operand number, unsigned base, bool is_signed,
                                           bool upper) {
    const Place text = emit_.new_buffer("digits", kMostDigits);
    const Place rest = emit_.new_buffer("rest", 8);
    const Place count = emit_.new_buffer("count", 8);
    Operand negative = Constant{0};
    emit_.store(rest, 8, number);
    emit_.store(count, 8, Constant{0});
    if (is_signed) {
        const ir::BlockId below = emit_.new_block();
        const ir::BlockId after = emit_.new_block();
        negative = emit_.truth(Compare::SignedLess, number, Constant{0});
        emit_.branch(Compare::NotEqual, negative, Constant{0}, below, after);
        emit_.go_on_in(below);
        emit_.store(rest, 8, emit_.compute(Op::Sub, Constant{0}, emit_.load(rest, 8)));
        emit_.jump_into(after);
    }
    repeat(emit_, "digits", Constant{kMostDigits}, [&](Operand turn) {
        const Operand left = emit_.load(rest, 8);
        const ir::Reg digit = emit_.in_register(emit_.compute(Op::Mod, left, Constant{base}));
        const Operand next = emit_.compute(Op::Div, left, Constant{base});
        const ir::Reg letter = emit_.new_register();
        const ir::BlockId beyond = emit_.new_block();
        const ir::BlockId done = emit_.new_block();
        emit_.assign(letter, emit_.compute(Op::Add, digit, Constant{'0'}));
        emit_.branch(Compare::Greater, digit, Constant{9}, beyond, done);
        emit_.go_on_in(beyond);
        emit_.assign(
            letter,
            emit_.compute(Op::Add, digit, Constant{static_cast<uint8_t>(upper ? 'A' : 'a') - 10U}));
        emit_.jump_into(done);
        emit_.store(at(text, turn), 1, letter);
        emit_.store(count, 8, emit_.compute(Op::Add, turn, Constant{1}));
        emit_.store(rest, 8, next);
        stop_where(emit_, Compare::Equal, next, Constant{0});
    });
    return {text, emit_.load(count, 8), negative};
}

void TextBuilder::append_number(Operand number, const model::Conversion& how, Operand width) {
    const bool is_signed = how.letter == 'd' || how.letter == 'i';
    const bool is_hex = how.letter == 'x' || how.letter == 'X' || how.letter == 'p';
    const unsigned base = is_hex ? 16 : how.letter == 'o' ? 8 : 10;
    const Digits digits = digits_of(number, base, is_signed, how.letter == 'X');
    std::string_view prefix;
    if (how.letter == 'p' || (how.alternate && how.letter == 'x')) prefix = "0x";
    if (how.alternate && how.letter == 'X') prefix = "0X";
    if (how.alternate && how.letter == 'o') prefix = "0";
    const Operand sign =
        how.plus || how.blank ? Operand{Constant{is_signed ? 1U : 0U}} : digits.negative;
    const Operand used =
        emit_.compute(Op::Add, emit_.compute(Op::Add, digits.count, sign), Constant{prefix.size()});
    const ir::Reg padding = emit_.in_register(emit_.compute(Op::Sub, width, used));
    const bool zeros = how.zeros && !how.left;
    if (!how.left && !zeros) append_times(' ', padding);
    if (is_signed) {
        const ir::BlockId minus = emit_.new_block();
        const ir::BlockId other = emit_.new_block();
        const ir::BlockId after = emit_.new_block();
        emit_.branch(Compare::NotEqual, digits.negative, Constant{0}, minus, other);
        emit_.go_on_in(minus);
        append_byte(Constant{'-'});
        emit_.jump(after);
        emit_.go_on_in(other);
        if (how.plus) append("+");
        if (how.blank && !how.plus) append(" ");
        emit_.jump_into(after);
    }
    append(prefix);
    if (zeros) append_times('0', padding);
    const Place left = emit_.new_buffer("left", 8);
    emit_.store(left, 8, digits.count);
    repeat(emit_, "number", Constant{kMostDigits}, [&](Operand) {
        const ir::Reg which = emit_.in_register(emit_.load(left, 8));
        stop_where(emit_, Compare::Equal, which, Constant{0});
        const Operand last = emit_.compute(Op::Sub, which, Constant{1});
        emit_.store(left, 8, last);
        append_byte(emit_.load(at(digits.text, last), 1));
    });
    if (how.left) append_times(' ', padding);
}

void TextBuilder::append(const Value& value, const model::Conversion& how, Span span,
                         std::optional<Operand> width, std::optional<Operand> precision) {
    const Operand room = width.value_or(Constant{how.width});
    const bool padded = width.has_value() || how.width > 0;
    if (!precision && how.precision) precision = Constant{*how.precision};
    if (value.type.kind == Kind::String) {
        if (!padded) return append(value, precision);
        Operand length = length_of(lowering_, value);
        if (precision) {
            const ir::Reg shorter = emit_.new_register();
            const ir::BlockId cut = emit_.new_block();
            const ir::BlockId after = emit_.new_block();
            emit_.assign(shorter, length);
            emit_.branch(Compare::Greater, shorter, *precision, cut, after);
            emit_.go_on_in(cut);
            emit_.assign(shorter, *precision);
            emit_.jump_into(after);
            length = shorter;
        }
        const ir::Reg padding = emit_.in_register(emit_.compute(Op::Sub, room, length));
        if (!how.left) append_times(' ', padding);
        append(value, precision);
        if (how.left) append_times(' ', padding);
        return;
    }
    const bool is_number = value.is_scalar() &&
                           (value.type.kind == Kind::Integer || value.type.kind == Kind::Boolean ||
                            value.type.kind == Kind::Pointer || value.type.kind == Kind::Enum);
    if (!is_number || how.letter == 's' || how.letter == 'm' || how.letter == 'M' ||
        how.letter == 'b') {
        if (value.unresolved) return;
        lowering_.error(codes::kCannot, span, "this text is known only when it is printed",
                        "give it to printf() itself");
        return;
    }
    if (how.letter == 'c') return append_byte(value.scalar());
    append_number(value.scalar(), how, room);
}

Value TextBuilder::finished() {
    emit_.store(further(text_, kStapStringBytes - 1), 1, Constant{0});
    return Value::of(stap_string(), text_);
}

Value formatted_text(Lowering& lowering, std::string_view format, const std::vector<Value>& values,
                     Span span) {
    const auto pieces = model::parse_format(format, model::FormatDialect::SystemTap);
    if (!pieces) return Value::unknown();  // told where it was checked
    TextBuilder builder(lowering);
    size_t next = 0;
    const auto take = [&] { return next < values.size() ? values[next++] : Value::unknown(); };
    for (const model::FormatPiece& piece : *pieces) {
        builder.append(piece.text);
        if (!piece.conversion) continue;
        std::optional<Operand> width;
        std::optional<Operand> precision;
        if (piece.conversion->width_given) width = take().scalar();
        if (piece.conversion->precision_given) precision = take().scalar();
        builder.append(take(), *piece.conversion, span, width, precision);
    }
    return builder.finished();
}

namespace {

// Complains of what is a number, or a text only where it is printed.
void no_text(Lowering& lowering, const Value& value, Span span) {
    if (value.type.kind == Kind::Integer || value.type.kind == Kind::Boolean)
        return lowering.error(codes::kTypeMismatch, span, "a text is wanted here, not a number",
                              "sprintf() makes a text of a number");
    lowering.error(codes::kTypeMismatch, span,
                   fmt::format("a text is wanted here; {} becomes one only when it is printed",
                               to_text(value.type, lowering.script().types())),
                   "give it to printf() itself");
}

}  // namespace

std::optional<Value> string_argument(Lowering& lowering, const Call& call, size_t index) {
    Value value = lowering.value(*call.arguments[index]);
    if (value.type.kind == Kind::String) return value;
    if (!value.unresolved) no_text(lowering, value, call.arguments[index]->span);
    return std::nullopt;
}

// Where `needle` begins in `text`, as a number in a place of 8 bytes; -1 nowhere.
Place position_of(Lowering& lowering, const Value& text, const Value& needle) {
    Emitter& emit = lowering.emitter();
    const Place from = in_buffer(lowering, text);
    const Place what = in_buffer(lowering, needle);
    const Place found = emit.new_buffer("found", 8);
    const Place begin = emit.new_buffer("begin", 8);
    const Place differs = emit.new_buffer("differs", 8);
    emit.store(found, 8, Constant{UINT64_MAX});
    const auto each = emit.begin_function("find", {ir::Type::U64});
    emit.store(begin, 8, each.registers[0]);
    emit.store(differs, 8, Constant{0});
    const auto compare = emit.begin_function("compare", {ir::Type::U64});
    {
        const ir::BlockId ended = emit.new_block();
        const ir::BlockId wanted = emit.new_block();
        const ir::BlockId other = emit.new_block();
        const ir::BlockId same = emit.new_block();
        const Operand here = emit.load(at(what, compare.registers[0]), 1);
        emit.branch(Compare::Equal, here, Constant{0}, ended, wanted);
        emit.go_on_in(ended);
        emit.give_back(Constant{1});
        emit.go_on_in(wanted);
        const Operand where = emit.compute(Op::Add, emit.load(begin, 8), compare.registers[0]);
        emit.branch(Compare::Equal, emit.load(at(from, where), 1), here, same, other);
        emit.go_on_in(other);
        emit.store(differs, 8, Constant{1});
        emit.give_back(Constant{1});
        emit.go_on_in(same);
        emit.give_back(Constant{0});
    }
    emit.end_function();
    emit.emit(ir::Loop{std::nullopt, ir::Type::U64, Constant{needle.type.bytes}, compare.function});
    const ir::BlockId here = emit.new_block();
    const ir::BlockId not_here = emit.new_block();
    const ir::BlockId ended = emit.new_block();
    const ir::BlockId on = emit.new_block();
    emit.branch(Compare::Equal, emit.load(differs, 8), Constant{0}, here, not_here);
    emit.go_on_in(here);
    emit.store(found, 8, each.registers[0]);
    emit.jump(ended);
    emit.go_on_in(not_here);
    emit.branch(Compare::Equal, emit.load(at(from, Operand{each.registers[0]}), 1), Constant{0},
                ended, on);
    emit.go_on_in(ended);
    emit.give_back(Constant{1});
    emit.go_on_in(on);
    emit.give_back(Constant{0});
    emit.end_function();
    emit.emit(ir::Loop{std::nullopt, ir::Type::U64, Constant{text.type.bytes}, each.function});
    return found;
}

Value Lowering::concatenated(const Value& left, const Value& right, Span span) {
    if (left.unresolved || right.unresolved) return Value{stap_string(), Text{""}, false, true};
    for (const Value* side : {&left, &right}) {
        if (side->type.kind == Kind::String) continue;
        no_text(*this, *side, span);
        return Value::unknown();
    }
    TextBuilder builder(*this);
    builder.append(left);
    builder.append(right);
    return builder.finished();
}

// Below, at or above 0, as the first text comes before, is, or comes behind the second.
Operand Lowering::order_of_texts(const Value& left, const Value& right) {
    const Place first = in_buffer(*this, left);
    const Place second = in_buffer(*this, right);
    const Place result = emit_.new_buffer("order", 8);
    emit_.store(result, 8, Constant{0});
    const auto turn = emit_.begin_function("order", {ir::Type::U64});
    const ir::BlockId differ = emit_.new_block();
    const ir::BlockId same = emit_.new_block();
    const ir::BlockId stop = emit_.new_block();
    const ir::BlockId on = emit_.new_block();
    // Behind a text's room a load gives zero, which comes before all.
    const ir::Reg one = emit_.in_register(emit_.load(at(first, Operand{turn.registers[0]}), 1));
    const ir::Reg other = emit_.in_register(emit_.load(at(second, Operand{turn.registers[0]}), 1));
    emit_.branch(Compare::NotEqual, one, other, differ, same);
    emit_.go_on_in(differ);
    emit_.store(result, 8, emit_.compute(Op::Sub, one, other));
    emit_.jump_into(stop);
    emit_.give_back(Constant{1});
    emit_.go_on_in(same);
    emit_.branch(Compare::Equal, one, Constant{0}, stop, on);
    emit_.go_on_in(on);
    emit_.give_back(Constant{0});
    emit_.end_function();
    const uint32_t turns = std::max(left.type.bytes, right.type.bytes);
    emit_.emit(ir::Loop{std::nullopt, ir::Type::U64, Constant{turns}, turn.function});
    return emit_.load(result, 8);
}

}  // namespace knowhy::lang
