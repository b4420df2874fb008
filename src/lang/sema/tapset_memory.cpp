// The tapset's functions that read memory.
#include <algorithm>

#include "lang/sema/tapset.h"
#include "lang/source/codes.h"

namespace knowhy::lang {
namespace {

using ir::Compare;
using ir::Constant;
using ir::Helper;
using ir::Op;
using ir::Operand;
using ir::Place;
using Kind = Type::Kind;

// Of a number that may be larger, no more than `most`.
Operand at_most(Emitter& emit, Operand number, uint64_t most) {
    if (const auto known = constant_of(number)) return Constant{std::min(*known, most)};
    const ir::Reg cut = emit.new_register();
    emit.assign(cut, number);
    const ir::BlockId above = emit.new_block();
    const ir::BlockId after = emit.new_block();
    emit.branch(Compare::Greater, cut, Constant{most}, above, after);
    emit.go_on_in(above);
    emit.assign(cut, Constant{most});
    emit.jump_into(after);
    return cut;
}

// The address that an argument is: also of what lies there, such as a structure or an array.
std::optional<Operand> address_in(Lowering& lowering, const Expr& argument, const Value& given) {
    if (const auto* memory = std::get_if<InMemory>(&given.where)) return memory->address;
    if (given.unresolved || !is_scalar_argument(lowering, given, argument.span))
        return std::nullopt;
    return given.scalar();
}

// Reads into the place, or puts `otherwise` there where that fails.
void read_or(Lowering& lowering, Helper helper, const Place& to, Operand most, Operand address,
             const Value& otherwise) {
    Emitter& emit = lowering.emitter();
    const Operand status = emit.call(helper, {to, most, address});
    const ir::BlockId bad = emit.new_block();
    const ir::BlockId after = emit.new_block();
    emit.branch(Compare::SignedLess, status, Constant{0}, bad, after);
    emit.go_on_in(bad);
    lowering.put(to, stap_string(), otherwise);
    emit.jump_into(after);
}

// kernel_string(address[, otherwise]), kernel_string_n(address, n).
template <bool User, bool Counted>
Value string_at(Lowering& lowering, const Call& call, Span /*span*/) {
    const Expr& where = *call.arguments.front();
    const Value given = lowering.value(where);
    if (given.type.kind == Kind::String) return given;  // an array of characters, read already
    const auto address = address_in(lowering, where, given);
    if (!address) return Value::unknown();
    Emitter& emit = lowering.emitter();
    Operand most = Constant{kStapStringBytes};
    if (Counted)
        most = emit.compute(
            Op::Add, at_most(emit, lowering.number(*call.arguments[1]), kStapStringBytes - 1),
            Constant{1});
    if (Counted || call.arguments.size() == 1)
        return lowering.read_string(*address, most, kStapStringBytes, User);
    const Value otherwise = lowering.value(*call.arguments[1]);
    if (otherwise.unresolved) return Value::unknown();
    const Place to = emit.new_buffer("string", kStapStringBytes);
    emit.fill(to, kStapStringBytes);
    read_or(lowering, User ? Helper::ReadUserString : Helper::ReadKernelString, to, most, *address,
            otherwise);
    return Value::of(stap_string(), to);
}

template <bool User>
Value quoted_string(Lowering& lowering, const Call& call, Span span) {
    const Value read = string_at<User, false>(lowering, call, span);
    return read.unresolved ? read : composed(lowering, "\"%#s\"", {read});
}

Value number_at(Lowering& lowering, Operand address, const Type& type, bool user_space) {
    Emitter& emit = lowering.emitter();
    const Place to = emit.new_buffer("number", 8);
    lowering.read_bytes(to, type.bytes, address, user_space);
    return lowering.loaded(to, type);
}

template <uint32_t Bytes, bool Signed, bool User>
Value number_there(Lowering& lowering, const Call& call, Span /*span*/) {
    const Expr& where = *call.arguments.front();
    const auto address = address_in(lowering, where, lowering.value(where));
    if (!address) return Value::unknown();
    return number_at(lowering, *address, Type::integer(Bytes, Signed), User);
}

// @kderef(bytes, address)
template <bool User>
Value dereferenced(Lowering& lowering, const Call& call, Span span) {
    const auto bytes = lowering.constant(*call.arguments[0]);
    const Expr& where = *call.arguments[1];
    const auto address = address_in(lowering, where, lowering.value(where));
    if (!bytes || !address) return Value::unknown();
    if (*bytes != 1 && *bytes != 2 && *bytes != 4 && *bytes != 8) {
        lowering.error(codes::kWrongArguments, span, "a number has 1, 2, 4 or 8 bytes");
        return Value::unknown();
    }
    return number_at(lowering, *address, Type::integer(static_cast<uint32_t>(*bytes), false), User);
}

}  // namespace

std::vector<FunctionInfo> memory_tapset() {
    constexpr std::string_view kNumber = "the number there";
    return {
        {"kernel_string", "kernel_string(address[, otherwise])", "the string there", 1, 2, false,
         string_at<false, false>},
        {"kernel_string_n", "kernel_string_n(address, n)", "at most n bytes of it", 2, 2, false,
         string_at<false, true>},
        {"kernel_string_quoted", "kernel_string_quoted(address)", "the same in quotes", 1, 1, false,
         quoted_string<false>},
        {"user_string", "user_string(address[, otherwise])", "the string there", 1, 2, false,
         string_at<true, false>},
        {"user_string_n", "user_string_n(address, n)", "at most n bytes of it", 2, 2, false,
         string_at<true, true>},
        {"user_string_quoted", "user_string_quoted(address)", "the same in quotes", 1, 1, false,
         quoted_string<true>},
        {"kernel_char", "kernel_char(address)", kNumber, 1, 1, false, number_there<1, true, false>},
        {"kernel_short", "kernel_short(address)", kNumber, 1, 1, false,
         number_there<2, true, false>},
        {"kernel_int", "kernel_int(address)", kNumber, 1, 1, false, number_there<4, true, false>},
        {"kernel_long", "kernel_long(address)", kNumber, 1, 1, false, number_there<8, true, false>},
        {"kernel_pointer", "kernel_pointer(address)", "the pointer there", 1, 1, false,
         number_there<8, false, false>},
        {"atomic_read", "atomic_read(address)", "the value of an atomic_t", 1, 1, false,
         number_there<4, true, false>},
        {"atomic_long_read", "atomic_long_read(address)", "the value of an atomic_long_t", 1, 1,
         false, number_there<8, true, false>},
        {"user_char", "user_char(address)", kNumber, 1, 1, false, number_there<1, true, true>},
        {"user_short", "user_short(address)", kNumber, 1, 1, false, number_there<2, true, true>},
        {"user_ushort", "user_ushort(address)", kNumber, 1, 1, false, number_there<2, false, true>},
        {"user_int", "user_int(address)", kNumber, 1, 1, false, number_there<4, true, true>},
        {"user_uint", "user_uint(address)", kNumber, 1, 1, false, number_there<4, false, true>},
        {"user_long", "user_long(address)", kNumber, 1, 1, false, number_there<8, true, true>},
        {"user_ulong", "user_ulong(address)", kNumber, 1, 1, false, number_there<8, false, true>},
        {"@kderef", "@kderef(bytes, address)", "the number there, in the kernel's memory", 2, 2,
         false, dereferenced<false>},
        {"@uderef", "@uderef(bytes, address)", "the number there, in the task's memory", 2, 2,
         false, dereferenced<true>},
    };
}

}  // namespace knowhy::lang
