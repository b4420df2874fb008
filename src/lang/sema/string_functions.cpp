// Functions about strings and bytes.
#include <algorithm>

#include "lang/sema/codes.h"
#include "lang/sema/functions.h"

namespace knowhy::lang {

using ir::Constant;
using ir::Helper;
using ir::Op;
using ir::Operand;
using ir::Place;
using Kind = Type::Kind;

bool is_scalar_argument(Lowering& lowering, const Value& value, Span span) {
    if (value.unresolved || is_scalar(value.type.kind)) return true;
    lowering.error(code::kNotANumber, span,
                   fmt::format("{} is not an address or number",
                               to_text(value.type, lowering.script().types())),
                   "a field of a structure, an element of an array, arg0... are");
    return false;
}

namespace {

constexpr uint32_t kMostString = 1024;

Value str(Lowering& lowering, const Call& call, Span /*span*/) {
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
    Operand address = pointer.scalar();
    if (const auto* memory = std::get_if<InMemory>(&pointer.where))
        address = memory->address;
    else if (!is_scalar_argument(lowering, pointer, span))
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

// Whether a text that is known now stands anywhere in a string: tried at one place after the other.
Value strcontains(Lowering& lowering, const Call& call, Span span) {
    const Value haystack = lowering.value(*call.arguments[0]);
    const auto needle = lowering.text(*call.arguments[1]);
    if (!needle || haystack.unresolved) return Value::unknown();
    if (haystack.type.kind != Kind::String) {
        lowering.error(code::kTypeMismatch, span, "strcontains() looks into a string",
                       "str(pointer) reads one from memory");
        return Value::unknown();
    }
    Emitter& emit = lowering.emitter();
    const auto length = static_cast<uint32_t>(needle->size());
    if (length == 0 || length >= haystack.type.bytes)
        return Value::of(Type::boolean(), Operand{Constant{length == 0 ? 1U : 0U}});
    const Place text = lowering.in_place(haystack, haystack.type);
    const Place found = emit.new_buffer("found", 8);
    emit.store(found, 8, Constant{0});
    const auto body = emit.begin_function("strcontains", {ir::Type::U64});
    const ir::BlockId other = emit.new_block();
    for (uint32_t i = 0; i < length; ++i) {
        const Operand at = emit.compute(Op::Add, body.registers[0],
                                        Constant{constant_of(text.offset).value_or(0) + i});
        const ir::BlockId same = emit.new_block();
        emit.branch(ir::Compare::Equal, emit.load({text.base, at}, 1),
                    Constant{static_cast<uint8_t>((*needle)[i])}, same, other);
        emit.go_on_in(same);
    }
    emit.store(found, 8, Constant{1});
    emit.give_back(Constant{1});
    emit.go_on_in(other);
    emit.give_back(Constant{0});
    emit.end_function();
    emit.emit(ir::Loop{std::nullopt, ir::Type::U64, Constant{haystack.type.bytes - length},
                       body.function});
    return Value::of(Type::boolean(), emit.load(found, 8));
}

}  // namespace

std::vector<FunctionInfo> string_functions() {
    return {
        {"str", "str(pointer[, length])", "the string at an address", 1, 2, false, str},
        {"buf", "buf(pointer[, length])", "bytes at an address", 1, 2, false, buf},
        {"strncmp", "strncmp(a, b, n)", "0 where the first n bytes are the same", 3, 3, false,
         strncmp},
        {"strcontains", "strcontains(string, \"text\")", "whether the text stands in the string", 2,
         2, false, strcontains},
    };
}

}  // namespace knowhy::lang
