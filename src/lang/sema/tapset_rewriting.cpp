// The tapset's functions that make texts of texts, byte by byte.
#include "lang/sema/tapset.h"
#include "lang/sema/text_building.h"

namespace knowhy::lang {

using ir::Compare;
using ir::Constant;
using ir::Op;
using ir::Operand;
using ir::Place;

namespace {

Place at(const Place& place, Operand offset) {
    return {place.base, offset};
}

// Every `old` in the text becomes `replacement`.
Value str_replace(Lowering& lowering, const Call& call, Span /*span*/) {
    const auto text = string_argument(lowering, call, 0);
    const auto old = string_argument(lowering, call, 1);
    const auto replacement = string_argument(lowering, call, 2);
    if (!text || !old || !replacement) return Value::unknown();
    Emitter& emit = lowering.emitter();
    // What is left to look through, moved up as it is done with.
    const Type whole = text->type;
    const Place rest = emit.new_buffer("rest", whole.bytes);
    lowering.put(rest, whole, *text);
    const Value what = Value::of(old->type, in_buffer(lowering, *old));
    const Value with = Value::of(replacement->type, in_buffer(lowering, *replacement));
    const Place skipped = emit.new_buffer("skipped", 8);
    emit.store(skipped, 8, length_of(lowering, what));
    TextBuilder builder(lowering);
    const auto turn = emit.begin_function("replace", {ir::Type::U64});
    const Place where = position_of(lowering, Value::of(whole, rest), what);
    const ir::BlockId found = emit.new_block();
    const ir::BlockId none = emit.new_block();
    const ir::BlockId has_width = emit.new_block();
    const ir::Reg begin = emit.in_register(emit.load(where, 8));
    emit.branch(Compare::SignedLess, begin, Constant{0}, none, found);
    emit.go_on_in(found);
    emit.branch(Compare::Equal, emit.load(skipped, 8), Constant{0}, none, has_width);
    emit.go_on_in(none);
    builder.append(Value::of(whole, rest));
    emit.give_back(Constant{1});
    emit.go_on_in(has_width);
    builder.append(Value::of(whole, rest), Operand{begin});
    builder.append(with);
    const Place from = emit.new_buffer("from", 8);
    emit.store(from, 8, emit.compute(Op::Add, begin, emit.load(skipped, 8)));
    const auto move = emit.begin_function("move", {ir::Type::U64});
    const Operand source = emit.compute(Op::Add, emit.load(from, 8), move.registers[0]);
    emit.store(at(rest, Operand{move.registers[0]}), 1, emit.load(at(rest, source), 1));
    emit.give_back(Constant{0});
    emit.end_function();
    emit.emit(ir::Loop{std::nullopt, ir::Type::U64, Constant{whole.bytes}, move.function});
    emit.give_back(Constant{0});
    emit.end_function();
    emit.emit(ir::Loop{std::nullopt, ir::Type::U64, Constant{whole.bytes}, turn.function});
    return builder.finished();
}

// The next piece of the text that a call before began with; "" begins nothing anew.
Value tokenize(Lowering& lowering, const Call& call, Span /*span*/) {
    const auto text = string_argument(lowering, call, 0);
    const auto delimiters = string_argument(lowering, call, 1);
    if (!text || !delimiters) return Value::unknown();
    Emitter& emit = lowering.emitter();
    const auto [rest, next] = lowering.token_state();
    const Place input = in_buffer(lowering, *text);
    const ir::BlockId anew = emit.new_block();
    const ir::BlockId go_on = emit.new_block();
    emit.branch(Compare::NotEqual, emit.load(input, 1), Constant{0}, anew, go_on);
    emit.go_on_in(anew);
    lowering.put(rest, stap_string(), *text);
    emit.store(next, 8, Constant{0});
    emit.jump_into(go_on);
    const Place marks = in_buffer(lowering, *delimiters);
    const Place is_mark = emit.new_buffer("is mark", 8);
    const Place byte = emit.new_buffer("byte", 8);
    const Place begun = emit.new_buffer("begun", 8);
    emit.store(begun, 8, Constant{0});
    TextBuilder builder(lowering);
    const auto turn = emit.begin_function("tokenize", {ir::Type::U64});
    const ir::BlockId ended = emit.new_block();
    const ir::BlockId some = emit.new_block();
    const Operand where = emit.load(next, 8);
    emit.store(byte, 8, emit.load(at(rest, where), 1));
    emit.branch(Compare::Equal, emit.load(byte, 8), Constant{0}, ended, some);
    emit.go_on_in(ended);
    emit.give_back(Constant{1});
    emit.go_on_in(some);
    emit.store(next, 8, emit.compute(Op::Add, where, Constant{1}));
    emit.store(is_mark, 8, Constant{0});
    const auto look = emit.begin_function("mark", {ir::Type::U64});
    {
        const ir::BlockId over = emit.new_block();
        const ir::BlockId more = emit.new_block();
        const ir::BlockId same = emit.new_block();
        const ir::BlockId other = emit.new_block();
        const Operand mark = emit.load(at(marks, Operand{look.registers[0]}), 1);
        emit.branch(Compare::Equal, mark, Constant{0}, over, more);
        emit.go_on_in(more);
        emit.branch(Compare::Equal, mark, emit.load(byte, 8), same, other);
        emit.go_on_in(same);
        emit.store(is_mark, 8, Constant{1});
        emit.jump_into(over);
        emit.give_back(Constant{1});
        emit.go_on_in(other);
        emit.give_back(Constant{0});
    }
    emit.end_function();
    emit.emit(
        ir::Loop{std::nullopt, ir::Type::U64, Constant{delimiters->type.bytes}, look.function});
    const ir::BlockId mark = emit.new_block();
    const ir::BlockId letter = emit.new_block();
    emit.branch(Compare::NotEqual, emit.load(is_mark, 8), Constant{0}, mark, letter);
    emit.go_on_in(mark);
    emit.give_back(emit.load(begun, 8));  // those before the piece are passed by
    emit.go_on_in(letter);
    emit.store(begun, 8, Constant{1});
    builder.append_byte(emit.load(byte, 8));
    emit.give_back(Constant{0});
    emit.end_function();
    emit.emit(ir::Loop{std::nullopt, ir::Type::U64, Constant{kStapStringBytes}, turn.function});
    return builder.finished();
}

// Every byte as it would stand in a literal: \n, \", and numbers in octal for what is not
// printable.
Value text_str(Lowering& lowering, const Call& call, Span /*span*/) {
    const auto text = string_argument(lowering, call, 0);
    if (!text) return Value::unknown();
    Emitter& emit = lowering.emitter();
    const Place from = in_buffer(lowering, *text);
    TextBuilder builder(lowering);
    const auto turn = emit.begin_function("text_str", {ir::Type::U64});
    const ir::Reg byte = emit.in_register(emit.load(at(from, Operand{turn.registers[0]}), 1));
    const auto where = [&](Compare compare, uint8_t with, uint64_t result, const auto& then) {
        const ir::BlockId yes = emit.new_block();
        const ir::BlockId no = emit.new_block();
        emit.branch(compare, byte, Constant{with}, yes, no);
        emit.go_on_in(yes);
        then();
        emit.give_back(Constant{result});
        emit.go_on_in(no);
    };
    where(Compare::Equal, 0, 1, [] {});
    constexpr std::string_view kNamed = "\a\b\f\n\r\t\v\"\\";
    constexpr std::string_view kNames = "abfnrtv\"\\";
    for (size_t i = 0; i < kNamed.size(); ++i)
        where(Compare::Equal, static_cast<uint8_t>(kNamed[i]), 0, [&] {
            builder.append(std::string{'\\', kNames[i]});
        });
    const auto octal = [&] {
        builder.append("\\");
        for (const uint64_t shift : {6U, 3U, 0U}) {
            const Operand digit = emit.compute(
                Op::And, emit.compute(Op::ShiftRight, byte, Constant{shift}), Constant{7});
            builder.append_byte(emit.compute(Op::Add, digit, Constant{'0'}));
        }
    };
    where(Compare::Less, ' ', 0, octal);
    where(Compare::Greater, '~', 0, octal);
    builder.append_byte(byte);
    emit.give_back(Constant{0});
    emit.end_function();
    emit.emit(ir::Loop{std::nullopt, ir::Type::U64, Constant{text->type.bytes}, turn.function});
    return builder.finished();
}

}  // namespace

std::pair<Place, Place> Lowering::token_state() {
    if (!tokens_) {
        tokens_.emplace(emit_.new_buffer("tokens", stap_string().bytes),
                        emit_.new_buffer("next token", 8));
        emit_.at_start(ir::Fill{tokens_->first, stap_string().bytes, 0});
        emit_.at_start(ir::Fill{tokens_->second, 8, 0});
    }
    return *tokens_;
}

std::vector<FunctionInfo> rewriting_tapset() {
    return {
        {"str_replace", "str_replace(text, old, new)", "the text with every old replaced", 3, 3,
         false, str_replace},
        {"tokenize", "tokenize(text, delimiters)",
         "the first piece between delimiters; with \"\" the next one of the same probe's text", 2,
         2, false, tokenize},
        {"text_str", "text_str(text)", "the text as a literal would have it: \\n, \\001", 1, 1,
         false, text_str},
    };
}

}  // namespace knowhy::lang
