// Functions about strings and bytes.
#include <algorithm>

#include "lang/sema/functions.h"
#include "lang/source/codes.h"

namespace knowhy::lang {

using ir::Constant;
using ir::Helper;
using ir::Op;
using ir::Operand;
using ir::Place;
using Kind = Type::Kind;

bool is_scalar_argument(Lowering& lowering, const Value& value, Span span) {
    if (value.unresolved || is_scalar(value.type.kind)) return true;
    lowering.error(codes::kNotANumber, span,
                   fmt::format("{} is not an address or number",
                               to_text(value.type, lowering.script().types())),
                   "a field of a structure, an element of an array, arg0... are");
    return false;
}

namespace {

constexpr uint32_t kMostString = 1024;

Value str(Lowering& lowering, const Call& call, Span /*span*/) {
    if (const auto* given = std::get_if<Positional>(&call.arguments.front()->node)) {
        const auto& all = lowering.script().options.arguments;  // one that is missing is empty
        const bool there = given->number > 0 && given->number <= all.size();
        const std::string text = there ? all[given->number - 1] : "";
        if (given->number > 0)
            return Value::of(Type::string(static_cast<uint32_t>(text.size()) + 1), Text{text});
    }
    const Value pointer = lowering.value(*call.arguments.front());
    // str() of what is a string already, and of $1.
    if (pointer.type.kind == Kind::String) return pointer;
    uint32_t room = lowering.script().plan.config.max_strlen;
    Operand most = Constant{room};
    if (call.arguments.size() > 1) {
        const Operand length = lowering.number(*call.arguments[1]);
        if (const auto known = constant_of(length)) {
            // As many bytes of text, and the final zero.
            room = static_cast<uint32_t>(std::clamp<uint64_t>(*known + 1, 1, kMostString));
            most = Constant{room};
        } else {
            most = lowering.emitter().compute(Op::Add, length, Constant{1});
        }
    }
    if (pointer.type.kind == Kind::Array)
        if (const auto* memory = std::get_if<InMemory>(&pointer.where))
            return lowering.read_string(memory->address, most, room, {});
    if (!is_scalar_argument(lowering, pointer, call.arguments.front()->span))
        return Value::unknown();
    const bool known_user = pointer.type.user_space;
    return lowering.read_string(pointer.scalar(), most, room,
                                known_user ? std::optional(true) : std::nullopt);
}

Value buf(Lowering& lowering, const Call& call, Span span) {
    const Value pointer = lowering.value(*call.arguments.front());
    Operand length = Constant{lowering.script().plan.config.max_strlen};
    if (call.arguments.size() > 1)
        length = lowering.number(*call.arguments[1]);
    else if (pointer.type.kind == Kind::Array)
        length = Constant{pointer.type.bytes};
    const auto known = constant_of(length);
    const auto room = static_cast<uint32_t>(std::clamp<uint64_t>(
        known.value_or(lowering.script().plan.config.max_strlen), 1, kMostString));
    Emitter& emit = lowering.emitter();
    Type type;
    type.kind = Kind::Bytes;
    type.bytes = 4 + room;
    const Place to = emit.new_buffer("bytes", type.bytes);
    emit.fill(to, type.bytes);
    const bool is_here =
        std::holds_alternative<Place>(pointer.where) || std::holds_alternative<Text>(pointer.where);
    Operand address = pointer.scalar();
    if (const auto* memory = std::get_if<InMemory>(&pointer.where))
        address = memory->address;
    else if (!is_here && !is_scalar_argument(lowering, pointer, span))
        return Value::unknown();
    if (!known) {  // no more than there is room for
        const ir::Reg cut = emit.new_register();
        const ir::BlockId above = emit.new_block();
        const ir::BlockId after = emit.new_block();
        emit.assign(cut, length);
        emit.branch(ir::Compare::Greater, cut, Constant{room}, above, after);
        emit.go_on_in(above);
        emit.assign(cut, Constant{room});
        emit.jump_into(after);
        length = cut;
    } else {
        length = Constant{room};
    }
    emit.store(to, 4, length);
    if (is_here) {  // a string or an array of the script's
        emit.copy(further(to, 4), lowering.in_place(pointer, pointer.type),
                  std::min(room, pointer.type.bytes));
        return Value::of(type, to);
    }
    emit.call(pointer.type.user_space ? Helper::ReadUser : Helper::ReadKernel,
              {further(to, 4), length, address});
    return Value::of(type, to);
}

// 0 when the first n bytes are the same, 1 when not.
Value strncmp(Lowering& lowering, const Call& call, Span span) {
    Value left = lowering.value(*call.arguments[0]);
    Value right = lowering.value(*call.arguments[1]);
    const auto count = lowering.constant(*call.arguments[2]);
    if (!count || left.unresolved || right.unresolved) return Value::unknown();
    const auto cut = [&](Value& value) {
        const auto most = static_cast<size_t>(std::max<int64_t>(*count, 0));
        if (auto* text = std::get_if<Text>(&value.where)) {
            if (text->text.size() > most) text->text.resize(most);
            return;
        }
        if (value.type.kind != Kind::String || value.type.bytes <= most) return;
        const Place to = lowering.emitter().new_buffer("prefix", value.type.bytes);
        lowering.put(to, value.type, value);
        const auto kept = static_cast<uint32_t>(most);
        lowering.emitter().fill(further(to, kept), value.type.bytes - kept);
        value.where = to;
    };
    cut(left);
    cut(right);
    const Operand same = lowering.same_bytes(left, right, span);
    return Value::integer(lowering.emitter().compute(Op::Xor, same, Constant{1}));
}

// Writes into `found` where a text that is known now first stands: tried at one place after the
// other.
void find_literal(Emitter& emit, const Place& text, uint32_t bytes, const std::string& needle,
                  const Place& found) {
    const auto length = static_cast<uint32_t>(needle.size());
    const auto body = emit.begin_function("find text", {ir::Type::U64});
    const ir::BlockId other = emit.new_block();
    for (uint32_t i = 0; i < length; ++i) {
        const Operand at = emit.compute(Op::Add, body.registers[0],
                                        Constant{constant_of(text.offset).value_or(0) + i});
        const ir::BlockId same = emit.new_block();
        emit.branch(ir::Compare::Equal, emit.load({text.base, at}, 1),
                    Constant{static_cast<uint8_t>(needle[i])}, same, other);
        emit.go_on_in(same);
    }
    emit.store(found, 8, body.registers[0]);
    emit.give_back(Constant{1});
    emit.go_on_in(other);
    emit.give_back(Constant{0});
    emit.end_function();
    emit.emit(ir::Loop{std::nullopt, ir::Type::U64, Constant{bytes - length}, body.function});
}

// The same of a text that is known only there, by a loop over it in the loop over the other.
void find_text(Emitter& emit, const Place& text, uint32_t bytes, const Place& needle,
               uint32_t needle_bytes, const Place& found) {
    const Place start = emit.new_buffer("start", 8);
    const auto outer = emit.begin_function("find text", {ir::Type::U64});
    emit.store(start, 8, outer.registers[0]);
    const auto inner = emit.begin_function("compare text", {ir::Type::U64});
    const ir::BlockId compare = emit.new_block();
    const ir::BlockId whole = emit.new_block();
    const ir::BlockId same = emit.new_block();
    const ir::BlockId other = emit.new_block();
    const auto character = [&](const Place& of, const Operand& index) {
        const Operand at =
            emit.compute(Op::Add, index, Constant{constant_of(of.offset).value_or(0)});
        return emit.load({of.base, at}, 1);
    };
    const Operand wanted = character(needle, inner.registers[0]);
    emit.branch(ir::Compare::Equal, wanted, Constant{0}, whole, compare);
    emit.go_on_in(whole);
    emit.store(found, 8, emit.load(start, 8));
    emit.give_back(Constant{1});
    emit.go_on_in(compare);
    const Operand at = emit.compute(Op::Add, emit.load(start, 8), inner.registers[0]);
    emit.branch(ir::Compare::Equal, character(text, at), wanted, same, other);
    emit.go_on_in(other);
    emit.give_back(Constant{1});
    emit.go_on_in(same);
    emit.give_back(Constant{0});
    emit.end_function();
    emit.emit(ir::Loop{std::nullopt, ir::Type::U64, Constant{needle_bytes}, inner.function});
    emit.give_back(emit.truth(ir::Compare::SignedGreaterEqual, emit.load(found, 8), Constant{0}));
    emit.end_function();
    emit.emit(ir::Loop{std::nullopt, ir::Type::U64, Constant{bytes}, outer.function});
}

// Where the second argument first stands in the first; -1 where it does not.
std::optional<Operand> position(Lowering& lowering, const Call& call, Span span) {
    const Value haystack = lowering.value(*call.arguments[0]);
    const Value needle = lowering.value(*call.arguments[1]);
    if (haystack.unresolved || needle.unresolved) return std::nullopt;
    if (haystack.type.kind != Kind::String || needle.type.kind != Kind::String) {
        lowering.error(codes::kTypeMismatch, span,
                       fmt::format("{}() looks for a string in a string", call.function),
                       "str(pointer) reads one");
        return std::nullopt;
    }
    constexpr auto kNowhere = static_cast<uint64_t>(-1);
    const auto* literal = std::get_if<Text>(&needle.where);
    if (literal != nullptr && literal->text.empty()) return Constant{0};
    if (literal != nullptr && literal->text.size() >= haystack.type.bytes)
        return Constant{kNowhere};
    Emitter& emit = lowering.emitter();
    const Place text = lowering.in_place(haystack, haystack.type);
    const Place found = emit.new_buffer("found", 8);
    emit.store(found, 8, Constant{kNowhere});
    if (literal != nullptr)
        find_literal(emit, text, haystack.type.bytes, literal->text, found);
    else
        find_text(emit, text, haystack.type.bytes, lowering.in_place(needle, needle.type),
                  needle.type.bytes, found);
    return emit.load(found, 8);
}

Value strcontains(Lowering& lowering, const Call& call, Span span) {
    const auto at = position(lowering, call, span);
    if (!at) return Value::unknown();
    return Value::of(Type::boolean(),
                     lowering.emitter().truth(ir::Compare::SignedGreaterEqual, *at, Constant{0}));
}

Value strstr(Lowering& lowering, const Call& call, Span span) {
    const auto at = position(lowering, call, span);
    return at ? Value::integer(*at, true) : Value::unknown();
}

bool is_string(Lowering& lowering, const Call& call, const Value& value) {
    if (value.unresolved || value.type.kind == Kind::String) return !value.unresolved;
    lowering.error(codes::kTypeMismatch, call.arguments.front()->span,
                   fmt::format("{}() is about a string, and this is {}", call.function,
                               to_text(value.type, lowering.script().types())),
                   "str(pointer) reads one");
    return false;
}

Value strlen(Lowering& lowering, const Call& call, Span /*span*/) {
    const Value value = lowering.value(*call.arguments.front());
    if (!is_string(lowering, call, value)) return Value::unknown();
    if (const auto* text = std::get_if<Text>(&value.where))
        return Value::integer(Constant{text->text.size()});
    Emitter& emit = lowering.emitter();
    const Place text = lowering.in_place(value, value.type);
    const Place length = emit.new_buffer("length", 8);
    emit.store(length, 8, Constant{value.type.bytes});
    const auto body = emit.begin_function("strlen", {ir::Type::U64});
    const ir::BlockId end = emit.new_block();
    const ir::BlockId more = emit.new_block();
    const Operand at =
        emit.compute(Op::Add, body.registers[0], Constant{constant_of(text.offset).value_or(0)});
    emit.branch(ir::Compare::Equal, emit.load({text.base, at}, 1), Constant{0}, end, more);
    emit.go_on_in(end);
    emit.store(length, 8, body.registers[0]);
    emit.give_back(Constant{1});
    emit.go_on_in(more);
    emit.give_back(Constant{0});
    emit.end_function();
    emit.emit(ir::Loop{std::nullopt, ir::Type::U64, Constant{value.type.bytes}, body.function});
    return Value::integer(emit.load(length, 8));
}

Value strcap(Lowering& lowering, const Call& call, Span /*span*/) {
    const Value value = lowering.value(*call.arguments.front());
    if (!is_string(lowering, call, value)) return Value::unknown();
    return Value::integer(Constant{value.type.bytes});
}

// strerror(), signal_name(): a number that is printed as a word.
Value named_number(Lowering& lowering, const Call& call, Span /*span*/) {
    const char* table = call.function == "strerror" ? "error text" : "signal";
    return Value::of(Type::named_number(table), lowering.number(*call.arguments.front()));
}

}  // namespace

std::vector<FunctionInfo> string_functions() {
    return {
        {"str", "str(pointer[, length])", "the string at an address", 1, 2, false, str},
        {"buf", "buf(pointer[, length])", "bytes at an address", 1, 2, false, buf},
        {"strncmp", "strncmp(a, b, n)", "0 where the first n bytes are the same", 3, 3, false,
         strncmp},
        {"strcontains", "strcontains(string, text)", "whether the text stands in the string", 2, 2,
         false, strcontains},
        {"strstr", "strstr(string, text)", "where the text stands in the string; -1: nowhere", 2, 2,
         false, strstr},
        {"strlen", "strlen(string)", "its length", 1, 1, false, strlen},
        {"strcap", "strcap(string)", "how many bytes there are for it", 1, 1, false, strcap},
        {"strerror", "strerror(error)", "an error's text, to be printed", 1, 1, false,
         named_number},
        {"signal_name", "signal_name(number)", "a signal's name, to be printed", 1, 1, false,
         named_number},
    };
}

}  // namespace knowhy::lang
