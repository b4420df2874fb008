// Of ProgramCode: what reads and writes memory, and the helpers that do.
#include <algorithm>

#include "bpf/codegen/helpers.h"
#include "bpf/codegen/operations.h"
#include "bpf/codegen/program_code.h"
#include "ir/overloaded.h"

namespace knowhy::bpf {
namespace {

constexpr Register kSecond = r2;  // a second address

Size size_of(uint32_t width) {
    switch (width) {
        case 1:
            return Size::U8;
        case 2:
            return Size::U16;
        case 4:
            return Size::U32;
        default:
            return Size::U64;
    }
}

// Calls `chunk` with offset and width of the accesses that `bytes` are made of.
template <typename Chunk>
void for_each_chunk(uint32_t bytes, const Chunk& chunk) {
    uint32_t at = 0;
    for (const uint32_t width : {8U, 4U, 2U, 1U})
        for (; bytes - at >= width; at += width) chunk(static_cast<int16_t>(at), width);
}

int16_t sum(int16_t offset, int16_t more) {
    return static_cast<int16_t>(offset + more);
}

}  // namespace

// --- places ---

uint64_t ProgramCode::room_of(const ir::Place& place) const {
    return std::visit(
        ir::Overloaded{
            [&](ir::Reg reg) -> uint64_t { return rooms_[reg.index].bytes; },
            [&](ir::BufferId id) -> uint64_t { return all_.program.buffers[id.index].bytes; }},
        place.base);
}

// At a constant offset.
ProgramCode::Where ProgramCode::fixed(const ir::Place& place, uint64_t offset, Register scratch) {
    if (const auto* reg = std::get_if<ir::Reg>(&place.base))
        return {fetch(*reg, scratch), static_cast<int16_t>(offset)};
    const BufferPlace& buffer = all_.layout.buffers[std::get<ir::BufferId>(place.base).index];
    const int64_t base = buffer.on_stack ? buffers_offset() : 0;
    return {buffer.on_stack ? r10 : kScratchPointer,
            static_cast<int16_t>(base + buffer.offset + static_cast<int64_t>(offset))};
}

// to = the address of `bytes` there, or control goes to `beyond`. False when it always does:
// then there is no code.
bool ProgramCode::address_into(Register to, const ir::Place& place, uint64_t bytes,
                               Assembler::Label beyond) {
    const auto add = [&](int64_t amount) {
        if (amount != 0) out_.emit(alu(Alu::Add, Bits::Bits64, to, static_cast<int32_t>(amount)));
    };
    if (const auto* constant = std::get_if<ir::Constant>(&place.offset)) {
        const Where start = fixed(place, 0, to);
        move(to, start.base);
        add(start.offset + static_cast<int64_t>(constant->value));
        return true;
    }
    const uint64_t room = room_of(place);
    if (bytes > room) return false;
    copy_to(to, place.offset);
    out_.emit_jump(jump_if(Cond::Gt, Bits::Bits64, to, static_cast<int32_t>(room - bytes), 0),
                   beyond);
    out_.emit(alu(Alu::Add, Bits::Bits64, to, kScratchPointer));
    add(fixed(place, 0, to).offset);
    return true;
}

std::optional<ProgramCode::Where> ProgramCode::reach(const ir::Place& place, uint64_t bytes,
                                                     Register scratch, Assembler::Label beyond) {
    const auto* constant = std::get_if<ir::Constant>(&place.offset);
    // An instruction's offset reaches as far as all of the scratch, but a map's value may be
    // larger.
    if (constant != nullptr && constant->value + bytes <= INT16_MAX)
        return fixed(place, constant->value, scratch);
    if (!address_into(scratch, place, bytes, beyond)) return std::nullopt;
    return Where{scratch, 0};
}

// --- instructions ---

void ProgramCode::lower(const ir::Compute& compute) {
    if (compute.op == ir::Op::SignedDiv || compute.op == ir::Op::SignedMod)
        lower_signed(compute);
    else
        FunctionCode::lower(compute);
}

// Of the magnitudes, and then with the sign: kernels as old as 6.1 have no signed division.
void ProgramCode::lower_signed(const ir::Compute& compute) {
    constexpr Register kSign = r2;
    const Bits bits = bits_of(function_.type_of(compute.to));
    const auto unless_negative = [&](Register sign, Register negated) {
        out_.emit(jump_if(Cond::SGe, bits, sign, 0, 1));
        out_.emit(negate(bits, negated));
    };
    copy_to(r0, compute.left);
    copy_to(r1, compute.right);
    move(kSign, r0);
    const bool divides = compute.op == ir::Op::SignedDiv;
    if (divides) out_.emit(alu(Alu::Xor, Bits::Bits64, kSign, r1));
    unless_negative(r0, r0);
    unless_negative(r1, r1);
    out_.emit(alu(divides ? Alu::Div : Alu::Mod, bits, r0, r1));
    unless_negative(kSign, r0);
    assign(compute.to, r0);
}

void ProgramCode::lower(const ir::LoadContext& it) {
    load_into(it.to, it.width, {kContextPointer, static_cast<int16_t>(it.offset)});
}

// Stored to a map's value and loaded again, a pointer is a number to the verifier.
void ProgramCode::launder(Register pointer) {
    const auto at = static_cast<int16_t>(all_.layout.launder.value_or(0));
    out_.emit(store(Size::U64, kScratchPointer, at, pointer));
    out_.emit(load(Size::U64, pointer, kScratchPointer, at));
}

void ProgramCode::lower(const ir::ContextAddress& it) {
    const Register to = target(it.to);
    move(to, kContextPointer);
    launder(to);
    settle(it.to);
}

void ProgramCode::load_into(ir::Reg reg, uint8_t width, Where from) {
    const Register to = target(reg);
    out_.emit(load(size_of(width), to, from.base, from.offset));
    if (from.base == kContextPointer && all_.kind == ProgramKind::Typed && width == 8) launder(to);
    if (width == 8 && function_.type_of(reg) == ir::Type::U32)
        out_.emit(alu(Alu::Mov, Bits::Bits32, to, to));
    settle(reg);
}

void ProgramCode::lower(const ir::Load& it) {
    const Assembler::Label beyond = out_.add_label();
    const Assembler::Label done = out_.add_label();
    const bool varies = std::holds_alternative<ir::Reg>(it.from.offset);
    const auto from = reach(it.from, it.width, machine_.spare, beyond);
    if (from) load_into(it.to, it.width, *from);
    if (!varies) return;
    if (from) out_.emit_jump(jump(0), done);
    out_.bind(beyond);
    copy_constant(target(it.to), 0);
    settle(it.to);
    out_.bind(done);
}

void ProgramCode::lower(const ir::Store& it) {
    const Assembler::Label done = out_.add_label();
    const auto to = reach(it.to, it.width, machine_.spare, done);
    if (to) store_at(*to, it.width, it.value);
    out_.bind(done);
}

void ProgramCode::store_at(Where to, uint8_t width, const ir::Operand& value) {
    const auto* constant = std::get_if<ir::Constant>(&value);
    const Bits bits = width == 8 ? Bits::Bits64 : Bits::Bits32;
    const auto imm = constant != nullptr ? immediate(constant->value, bits) : std::nullopt;
    if (imm)
        out_.emit(store(size_of(width), to.base, to.offset, *imm));
    else
        out_.emit(store(size_of(width), to.base, to.offset, fetch(value, kResult)));
}

void ProgramCode::lower(const ir::Copy& copy) {
    const Assembler::Label done = out_.add_label();
    if (calls(copy)) {
        if (!address_into(r1, copy.to, copy.bytes, done)) return;
        if (address_into(r3, copy.from, copy.bytes, done)) {
            copy_constant(r2, copy.bytes);
            out_.emit(call_helper(BPF_FUNC_probe_read_kernel));
        }
    } else {
        const auto to = reach(copy.to, copy.bytes, machine_.spare, done);
        if (!to) return;
        if (const auto from = reach(copy.from, copy.bytes, kSecond, done))
            copy_inline(*to, *from, copy.bytes);
    }
    out_.bind(done);
}

void ProgramCode::copy_inline(Where to, Where from, uint32_t bytes) {
    for_each_chunk(bytes, [&](int16_t at, uint32_t width) {
        out_.emit(load(size_of(width), kResult, from.base, sum(from.offset, at)));
        out_.emit(store(size_of(width), to.base, sum(to.offset, at), kResult));
    });
}

void ProgramCode::lower(const ir::Fill& fill) {
    const Assembler::Label done = out_.add_label();
    if (calls(fill)) {
        // There is nothing to read at 0, and what cannot be read is zeros.
        if (!address_into(r1, fill.to, fill.bytes, done)) return;
        copy_constant(r2, fill.bytes);
        copy_constant(r3, 0);
        out_.emit(call_helper(BPF_FUNC_probe_read_kernel));
    } else if (const auto to = reach(fill.to, fill.bytes, machine_.spare, done)) {
        fill_inline(*to, fill.bytes, fill.with);
    }
    out_.bind(done);
}

void ProgramCode::fill_inline(Where to, uint32_t bytes, uint8_t with) {
    const uint64_t pattern = with * 0x0101010101010101U;
    const bool fits = immediate(pattern, Bits::Bits64).has_value();
    if (!fits) copy_constant(kResult, pattern);
    for_each_chunk(bytes, [&](int16_t at, uint32_t width) {
        const int16_t offset = sum(to.offset, at);
        out_.emit(fits ? store(size_of(width), to.base, offset, static_cast<int32_t>(pattern))
                       : store(size_of(width), to.base, offset, kResult));
    });
}

void ProgramCode::lower(const ir::AtomicAdd& add) {
    const Where to = fixed(add.to, std::get<ir::Constant>(add.to.offset).value, machine_.spare);
    const Register amount = fetch(add.amount, kResult);
    out_.emit(atomic_add(size_of(add.width), to.base, to.offset, amount));
}

// --- helpers ---

void ProgramCode::lower(const ir::CallHelper& call) {
    const Assembler::Label beyond = out_.add_label();
    const Assembler::Label done = out_.add_label();
    const bool called = pass_all(call, beyond);
    const bool may_be_beyond =
        std::ranges::any_of(call.arguments, [](const ir::Argument& argument) {
            const auto* place = std::get_if<ir::Place>(&argument);
            return place != nullptr && std::holds_alternative<ir::Reg>(place->offset);
        });
    if (called) out_.emit(call_helper(number_of(call.helper)));
    if (called && call.to) mend_result(call);
    if (may_be_beyond) {
        if (called) out_.emit_jump(jump(0), done);
        out_.bind(beyond);
        copy_constant(r0, static_cast<uint64_t>(ir::kBeyondBuffer));
        out_.bind(done);
    }
    if (call.to) assign(*call.to, r0);
}

// What kernels give that are older, or else than helpers.h says.
void ProgramCode::mend_result(const ir::CallHelper& call) {
    switch (call.helper) {
        // The kernel calls the map's own function in place of the helper, and before 6.4 that
        // returns an int: the upper half of r0 is then no sign.
        case ir::Helper::MapUpdate:
        case ir::Helper::MapDelete:
            out_.emit(alu(Alu::Lsh, Bits::Bits64, r0, 32));
            out_.emit(alu(Alu::Arsh, Bits::Bits64, r0, 32));
            break;
        // 0 without room; and 6.1 gives it for an empty string of a process too.
        case ir::Helper::ReadKernelString:
        case ir::Helper::ReadUserString:
            out_.emit(jump_if(Cond::Ne, Bits::Bits64, r0, 0, 1));
            out_.emit(alu(Alu::Mov, Bits::Bits64, r0, 1));
            break;
        default:
            break;
    }
}

// False when some place never has the bytes: then the call is not made.
bool ProgramCode::pass_all(const ir::CallHelper& call, Assembler::Label beyond) {
    for (size_t i = 0; i < call.arguments.size(); ++i)
        if (!pass(call, i, beyond)) return false;
    return true;
}

bool ProgramCode::pass(const ir::CallHelper& call, size_t index, Assembler::Label beyond) {
    const Register to{static_cast<uint8_t>(index + 1)};
    return std::visit(
        ir::Overloaded{[&](const ir::Operand& operand) {
                           copy_to(to, operand);
                           if (ir::info_of(call.helper).arguments[index] == ir::ArgumentKind::Size)
                               cut_size(call, index, to);
                           return true;
                       },
                       [&](const ir::Place& place) {
                           return address_into(to, place, bytes_passed(call, index), beyond);
                       },
                       [&](ir::MapId map) {
                           load_map(to, map);
                           return true;
                       },
                       [&](ir::ContextArgument) {
                           move(to, kContextPointer);
                           return true;
                       },
                       [&](ir::ContextField field) {
                           out_.emit(bpf::load(Size::U64, to, kContextPointer,
                                               static_cast<int16_t>(field.offset)));
                           return true;
                       }},
        call.arguments[index]);
}

// A size in a register must not pass the room of the place before it.
void ProgramCode::cut_size(const ir::CallHelper& call, size_t index, Register size) {
    if (std::holds_alternative<ir::Constant>(std::get<ir::Operand>(call.arguments[index]))) return;
    const auto& place = std::get<ir::Place>(call.arguments[index - 1]);
    const auto room =
        static_cast<int32_t>(room_of(place) - std::get<ir::Constant>(place.offset).value);
    out_.emit(jump_if(Cond::Le, Bits::Bits64, size, room, 1));
    out_.emit(alu(Alu::Mov, Bits::Bits64, size, room));
}

// How many bytes the helper takes at the place; 0 where a register says so.
uint64_t ProgramCode::bytes_passed(const ir::CallHelper& call, size_t index) const {
    switch (ir::info_of(call.helper).arguments[index]) {
        case ir::ArgumentKind::Key:
            return map_of(call).key_bytes;
        case ir::ArgumentKind::MapValue:
            return map_of(call).value_bytes;
        default:
            break;
    }
    const auto& size = std::get<ir::Operand>(call.arguments[index + 1]);
    const auto* constant = std::get_if<ir::Constant>(&size);
    return constant != nullptr ? constant->value : 0;
}

const ir::Map& ProgramCode::map_of(const ir::CallHelper& call) const {
    return all_.program.maps[std::get<ir::MapId>(call.arguments.front()).index];
}

}  // namespace knowhy::bpf
