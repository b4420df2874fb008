#include "bpf/codegen/function_code.h"

#include "bpf/codegen/operations.h"
#include "ir/flow.h"
#include "ir/overloaded.h"

namespace knowhy::bpf {

using ir::Operand;
using ir::Reg;
using ir::Type;

FunctionCode::FunctionCode(const ir::Function& function, Machine machine, Assembler& out)
    : function_(function),
      machine_(std::move(machine)),
      order_(ir::reverse_postorder(function)),
      homes_(allocate(function, order_, machine_.overwritten)),
      out_(out),
      reached_(function.blocks.size(), false) {
    for (size_t i = 0; i < function.blocks.size(); ++i) labels_.push_back(out_.add_label());
}

// --- homes ---

size_t FunctionCode::slots_used() const {
    return homes_.used > machine_.homes.size() ? homes_.used - machine_.homes.size() : 0;
}

std::optional<Register> FunctionCode::register_of(Reg reg) const {
    const size_t home = homes_.of[reg.index];
    return home < machine_.homes.size() ? std::optional(machine_.homes[home]) : std::nullopt;
}

size_t FunctionCode::slot_of(Reg reg) const {
    return homes_.of[reg.index] - machine_.homes.size();
}

namespace {

int16_t offset_of_slot(size_t slot, size_t slot_bytes) {
    return static_cast<int16_t>(-static_cast<int64_t>((slot + 1) * slot_bytes));
}

}  // namespace

void FunctionCode::load_slot(Register to, size_t slot) {
    out_.emit(load(Size::U64, to, r10, offset_of_slot(slot, kSlotBytes)));
}

void FunctionCode::store_slot(size_t slot, Register from) {
    out_.emit(store(Size::U64, r10, offset_of_slot(slot, kSlotBytes), from));
}

Register FunctionCode::target(Reg reg) const {
    return register_of(reg).value_or(kResult);
}

void FunctionCode::settle(Reg reg) {
    if (!register_of(reg)) store_slot(slot_of(reg), kResult);
}

void FunctionCode::assign(Reg reg, Register from) {
    if (const auto home = register_of(reg))
        move(*home, from);
    else
        store_slot(slot_of(reg), from);
}

Register FunctionCode::fetch(const Operand& operand, Register scratch) {
    if (const Reg* reg = std::get_if<Reg>(&operand))
        if (const auto home = register_of(*reg)) return *home;
    copy_to(scratch, operand);
    return scratch;
}

void FunctionCode::copy_to(Register to, const Operand& operand) {
    std::visit(ir::Overloaded{[&](Reg reg) { copy_register(to, reg); },
                              [&](ir::Constant constant) { copy_constant(to, constant.value); }},
               operand);
}

void FunctionCode::copy_register(Register to, Reg from) {
    if (const auto home = register_of(from))
        move(to, *home);
    else
        load_slot(to, slot_of(from));
}

void FunctionCode::move(Register to, Register from) {
    if (to != from) out_.emit(alu(Alu::Mov, Bits::Bits64, to, from));
}

// Where large constants come in pieces: a 16-byte instruction cannot stand where a stub was, whose
// line information may point to its second half.
void FunctionCode::copy_constant(Register to, uint64_t value) {
    if (const auto imm = immediate(value, Bits::Bits64)) {
        out_.emit(alu(Alu::Mov, Bits::Bits64, to, *imm));
        return;
    }
    if (value <= UINT32_MAX) {
        out_.emit(alu(Alu::Mov, Bits::Bits32, to, static_cast<int32_t>(value)));
        return;
    }
    if (machine_.wide_constants) {
        out_.emit_wide(to, value);
        return;
    }
    out_.emit(alu(Alu::Mov, Bits::Bits32, to, static_cast<int32_t>(value >> 32U)));
    for (const unsigned shift : {16U, 0U}) {
        const auto piece = static_cast<int32_t>((value >> shift) & UINT16_MAX);
        out_.emit(alu(Alu::Lsh, Bits::Bits64, to, 16));
        out_.emit(alu(Alu::Or, Bits::Bits64, to, piece));
    }
}

// --- instructions ---

void FunctionCode::lower(const ir::Move& it) {
    const Register to = target(it.to);
    const Reg* from = std::get_if<Reg>(&it.from);
    copy_to(to, it.from);
    const bool narrows = from != nullptr && function_.type_of(*from) == Type::U64 &&
                         function_.type_of(it.to) == Type::U32;
    if (narrows) out_.emit(alu(Alu::Mov, Bits::Bits32, to, to));
    settle(it.to);
}

void FunctionCode::lower(const ir::Compute& compute) {
    const Bits bits = bits_of(function_.type_of(compute.to));
    if (const auto* constant = std::get_if<ir::Constant>(&compute.right)) {
        lower_with_constant(compute, bits, constant->value);
        return;
    }
    const Register right = fetch(compute.right, machine_.spare);
    // The target's home may be the right operand's, which must not be overwritten too early.
    const Register to = target(compute.to) == right ? kResult : target(compute.to);
    copy_to(to, compute.left);
    out_.emit(alu(alu_of(compute.op), bits, to, right));
    move(target(compute.to), to);
    settle(compute.to);
}

// The verifier refuses division by a constant zero and shifts by the width or more, so what the
// IR says about them is done here.
void FunctionCode::lower_with_constant(const ir::Compute& compute, Bits bits, uint64_t right) {
    const Register to = target(compute.to);
    const bool shifts = compute.op == ir::Op::ShiftLeft || compute.op == ir::Op::ShiftRight ||
                        compute.op == ir::Op::ShiftRightSigned;
    if (shifts) right %= bits == Bits::Bits32 ? 32 : 64;
    if (compute.op == ir::Op::Div && right == 0) {
        copy_constant(to, 0);
    } else if (compute.op == ir::Op::Mod && right == 0) {
        copy_to(to, compute.left);
    } else if (const auto imm = immediate(right, bits)) {
        copy_to(to, compute.left);
        out_.emit(alu(alu_of(compute.op), bits, to, *imm));
    } else {
        copy_to(to, compute.left);
        copy_constant(machine_.spare, right);
        out_.emit(alu(alu_of(compute.op), bits, to, machine_.spare));
    }
    settle(compute.to);
}

void FunctionCode::lower(const ir::SignExtend& extend) {
    const Register to = target(extend.to);
    const Bits bits = bits_of(function_.type_of(extend.to));
    copy_to(to, extend.from);
    const int32_t above = (bits == Bits::Bits32 ? 32 : 64) - extend.bits;
    if (above > 0) {
        out_.emit(alu(Alu::Lsh, bits, to, above));
        out_.emit(alu(Alu::Arsh, bits, to, above));
    }
    settle(extend.to);
}

void FunctionCode::lower(const ir::SwapBytes& swap) {
    const Register to = target(swap.to);
    copy_to(to, swap.from);
    out_.emit(swap_bytes(to, swap.bits));
    settle(swap.to);
}

// --- blocks ---

bool FunctionCode::is_next(ir::BlockId id) const {
    return at_ + 1 < order_.size() && order_[at_ + 1] == id;
}

void FunctionCode::jump_to(ir::BlockId id) {
    reached_[id.index] = true;
    if (!is_next(id)) out_.emit_jump(jump(0), labels_[id.index]);
}

void FunctionCode::jump_on(const Insn& condition, ir::BlockId id) {
    out_.emit_jump(condition, label_of(id));
}

Assembler::Label FunctionCode::label_of(ir::BlockId id) {
    reached_[id.index] = true;
    return labels_[id.index];
}

void FunctionCode::lower(const ir::Jump& jump) {
    jump_to(jump.to);
}

void FunctionCode::lower(const ir::Branch& branch) {
    const Bits bits = bits_of(function_.type_of(branch.left));
    const Register left = fetch(branch.left, kResult);
    const Cond cond = cond_of(branch.compare);
    const auto* constant = std::get_if<ir::Constant>(&branch.right);
    const auto imm = constant != nullptr ? immediate(constant->value, bits) : std::nullopt;
    const Register right = imm ? machine_.spare : fetch(branch.right, machine_.spare);
    const auto test = [&](Cond wanted, ir::BlockId to) {
        const Insn insn =
            imm ? jump_if(wanted, bits, left, *imm, 0) : jump_if(wanted, bits, left, right, 0);
        jump_on(insn, to);
    };
    if (const auto inverse = opposite(cond); inverse && is_next(branch.yes)) {
        test(*inverse, branch.no);
        jump_to(branch.yes);
    } else {
        test(cond, branch.yes);
        jump_to(branch.no);
    }
}

}  // namespace knowhy::bpf
