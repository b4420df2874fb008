#include "bpf/codegen/codegen.h"

#include <array>
#include <optional>

#include "bpf/codegen/allocate.h"
#include "bpf/codegen/assembler.h"
#include "bpf/codegen/filter_abi.h"
#include "bpf/codegen/operations.h"
#include "bpf/codegen/resolve.h"
#include "ir/flow.h"
#include "ir/overloaded.h"

static_assert(knowhy::ir::kNoMatch == KNOWHY_FILTER_NO_MATCH);
static_assert(knowhy::ir::kMatch == KNOWHY_FILTER_MATCH);
static_assert(knowhy::ir::kBeyondCopy == KNOWHY_FILTER_BEYOND_COPY);

namespace knowhy::bpf {
namespace {

using ir::Operand;
using ir::Reg;
using ir::Type;

constexpr uint64_t kSnap = KNOWHY_FILTER_SNAP;
constexpr size_t kSlotBytes = 8;

// What the machine registers are for. A u32 is kept zero-extended, in a register and in a slot.
constexpr Register kData = r1;
constexpr Register kCaplen = r2;
constexpr Register kWirelen = r3;
constexpr Register kResult = r0;   // scratch too: a value on its way to a stack slot
constexpr Register kScratch = r4;  // an operand from a stack slot, a large constant, an address
constexpr std::array kHomes = {r5, r6, r7, r8, r9};

class Generator {
  public:
    explicit Generator(const ir::Function& program)
        : program_(program),
          order_(ir::reverse_postorder(program)),
          homes_(allocate(program, order_)),
          held_(bytes_held(program, order_)),
          position_(program.blocks.size(), 0),
          reached_(program.blocks.size(), false) {
        for (size_t i = 0; i < order_.size(); ++i) position_[order_[i].index] = i;
        for (size_t i = 0; i < program.blocks.size(); ++i) labels_.push_back(out_.add_label());
        exit_ = out_.add_label();
    }

    Result<std::vector<Insn>> run() {
        KW_CHECK_OK(check());
        // The upper halves of u32 arguments are the caller's garbage.
        out_.emit(alu(Alu::Mov, Bits::Bits32, kCaplen, kCaplen));
        out_.emit(alu(Alu::Mov, Bits::Bits32, kWirelen, kWirelen));
        reached_.front() = true;
        for (at_ = 0; at_ < order_.size(); ++at_) {
            const ir::BlockId id = order_[at_];
            // All ways here were seen before. One that a load cannot take after all may have been
            // the only one, and the verifier refuses a program with unreachable instructions.
            if (!reached_[id.index]) continue;
            out_.bind(labels_[id.index]);
            const ir::Block& block = program_.blocks[id.index];
            for (const ir::Instruction& instruction : block.body)
                std::visit([&](const auto& any) { lower(any); }, instruction);
            std::visit([&](const auto& any) { lower(any); }, block.end);
        }
        out_.bind(exit_);
        out_.emit(exit_program());
        return out_.finish();
    }

  private:
    [[nodiscard]] Status check() const {
        if ((ir::effects_of(program_) | ir::Effects::ReadsPacket) != ir::Effects::ReadsPacket)
            return fail(ErrorKind::Internal, "a filter can only read its packet");
        for (const ir::BlockId id : order_)
            for (const ir::BlockId next : ir::successors(program_.blocks[id.index].end))
                if (position_[next.index] <= position_[id.index])
                    return fail(ErrorKind::Unsupported, "a filter cannot have a loop");
        const size_t slots = homes_.used > kHomes.size() ? homes_.used - kHomes.size() : 0;
        if (slots * kSlotBytes > KNOWHY_FILTER_STACK)
            return fail(ErrorKind::Usage, "too complex: {} values at once do not fit {} bytes",
                        homes_.used, KNOWHY_FILTER_STACK);
        return {};
    }

    // --- homes ---

    [[nodiscard]] std::optional<Register> register_of(Reg reg) const {
        const size_t home = homes_.of[reg.index];
        return home < kHomes.size() ? std::optional(kHomes.at(home)) : std::nullopt;
    }

    [[nodiscard]] int16_t slot_of(Reg reg) const {
        const size_t slot = homes_.of[reg.index] - kHomes.size();
        return static_cast<int16_t>(-static_cast<int64_t>((slot + 1) * kSlotBytes));
    }

    // Where a new value of `reg` is to be made; settle() afterwards brings it home.
    [[nodiscard]] Register target(Reg reg) const { return register_of(reg).value_or(kResult); }

    void settle(Reg reg) {
        if (!register_of(reg)) out_.emit(store(Size::U64, r10, slot_of(reg), kResult));
    }

    // The register that holds the operand: its home, or `scratch` after loading it there.
    Register fetch(const Operand& operand, Register scratch) {
        if (const Reg* reg = std::get_if<Reg>(&operand))
            if (const auto home = register_of(*reg)) return *home;
        copy_to(scratch, operand);
        return scratch;
    }

    void copy_to(Register to, const Operand& operand) {
        std::visit(
            ir::Overloaded{[&](Reg reg) { copy_register(to, reg); },
                           [&](ir::Constant constant) { copy_constant(to, constant.value); }},
            operand);
    }

    void copy_register(Register to, Reg from) {
        const auto home = register_of(from);
        if (!home)
            out_.emit(load(Size::U64, to, r10, slot_of(from)));
        else if (*home != to)
            out_.emit(alu(Alu::Mov, Bits::Bits64, to, *home));
    }

    // Large constants come in pieces: a 16-byte instruction cannot stand where a stub was, whose
    // line information may point to its second half.
    void copy_constant(Register to, uint64_t value) {
        if (const auto imm = immediate(value, Bits::Bits64)) {
            out_.emit(alu(Alu::Mov, Bits::Bits64, to, *imm));
            return;
        }
        if (value <= UINT32_MAX) {
            out_.emit(alu(Alu::Mov, Bits::Bits32, to, static_cast<int32_t>(value)));
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

    void lower(const ir::Move& move) {
        const Register to = target(move.to);
        const Reg* from = std::get_if<Reg>(&move.from);
        copy_to(to, move.from);
        const bool narrows = from != nullptr && program_.type_of(*from) == Type::U64 &&
                             program_.type_of(move.to) == Type::U32;
        if (narrows) out_.emit(alu(Alu::Mov, Bits::Bits32, to, to));
        settle(move.to);
    }

    void lower(const ir::Compute& compute) {
        const Bits bits = bits_of(program_.type_of(compute.to));
        if (const auto* constant = std::get_if<ir::Constant>(&compute.right)) {
            lower_with_constant(compute, bits, constant->value);
            return;
        }
        const Register right = fetch(compute.right, kScratch);
        // The target's home may be the right operand's, which must not be overwritten too early.
        const Register to = target(compute.to) == right ? kResult : target(compute.to);
        copy_to(to, compute.left);
        out_.emit(alu(alu_of(compute.op), bits, to, right));
        if (to != target(compute.to))
            out_.emit(alu(Alu::Mov, Bits::Bits64, target(compute.to), to));
        settle(compute.to);
    }

    // The verifier refuses division by a constant zero and shifts by the width or more, so what the
    // IR says about them is done here.
    void lower_with_constant(const ir::Compute& compute, Bits bits, uint64_t right) {
        const Register to = target(compute.to);
        const bool shifts = compute.op == ir::Op::ShiftLeft || compute.op == ir::Op::ShiftRight;
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
            copy_constant(kScratch, right);
            out_.emit(alu(alu_of(compute.op), bits, to, kScratch));
        }
        settle(compute.to);
    }

    // What only whole programs have; check() refused it.
    template <typename Other>
    void lower(const Other&) {}

    void lower(const ir::PacketLength& length) {
        out_.emit(alu(Alu::Mov, Bits::Bits64, target(length.to), kWirelen));
        settle(length.to);
    }

    // --- terminators ---

    [[nodiscard]] bool is_next(ir::BlockId id) const {
        return at_ + 1 < order_.size() && order_[at_ + 1] == id;
    }

    void jump_to(ir::BlockId id) {
        reached_[id.index] = true;
        if (!is_next(id)) out_.emit_jump(jump(0), labels_[id.index]);
    }

    void jump_on(const Insn& condition, ir::BlockId id) {
        reached_[id.index] = true;
        out_.emit_jump(condition, labels_[id.index]);
    }

    void lower(const ir::Jump& jump) { jump_to(jump.to); }

    void lower(const ir::Branch& branch) {
        const Bits bits = bits_of(program_.type_of(branch.left));
        const Register left = fetch(branch.left, kResult);
        const Cond cond = cond_of(branch.compare);
        const auto* constant = std::get_if<ir::Constant>(&branch.right);
        const auto imm = constant != nullptr ? immediate(constant->value, bits) : std::nullopt;
        const Register right = imm ? kScratch : fetch(branch.right, kScratch);
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

    void lower(const ir::Return& leave) {
        copy_to(kResult, leave.value);
        if (at_ + 1 < order_.size()) out_.emit_jump(jump(0), exit_);
    }

    void lower(const ir::LoadPacket& load) {
        if (const auto* constant = std::get_if<ir::Constant>(&load.base))
            lower_load_at(load, constant->value + load.displacement);
        else
            lower_load_from(load, std::get<Reg>(load.base));
    }

    // At an offset known now; resolve_loads() left only those that the copy can hold.
    void lower_load_at(const ir::LoadPacket& load, uint64_t offset) {
        if (const uint64_t end = offset + load.width; end > held_[order_[at_].index]) {
            const auto imm = static_cast<int32_t>(end);
            jump_on(jump_if(Cond::Lt, Bits::Bits32, kWirelen, imm, 0), load.past_end);
            jump_on(jump_if(Cond::Lt, Bits::Bits32, kCaplen, imm, 0), load.past_copy);
        }
        finish_load(load, kData, static_cast<int16_t>(offset));
    }

    // At a computed offset: in 64 bits, where it cannot wrap. The comparison with a constant is the
    // one that shows the verifier that the access stays inside the copy.
    void lower_load_from(const ir::LoadPacket& load, Reg base) {
        copy_register(kScratch, base);
        add_constant(kScratch, load.displacement);
        out_.emit(alu(Alu::Mov, Bits::Bits64, kResult, kScratch));
        out_.emit(alu(Alu::Add, Bits::Bits64, kResult, load.width));
        jump_on(jump_if(Cond::Gt, Bits::Bits64, kResult, kWirelen, 0), load.past_end);
        jump_on(jump_if(Cond::Gt, Bits::Bits64, kResult, kCaplen, 0), load.past_copy);
        const auto last = static_cast<int32_t>(kSnap - load.width);
        jump_on(jump_if(Cond::Gt, Bits::Bits64, kScratch, last, 0), load.past_copy);
        out_.emit(alu(Alu::Add, Bits::Bits64, kScratch, kData));
        finish_load(load, kScratch, 0);
    }

    void add_constant(Register to, uint32_t value) {
        if (const auto imm = immediate(value, Bits::Bits64)) {
            if (value != 0) out_.emit(alu(Alu::Add, Bits::Bits64, to, *imm));
            return;
        }
        copy_constant(kResult, value);
        out_.emit(alu(Alu::Add, Bits::Bits64, to, kResult));
    }

    void finish_load(const ir::LoadPacket& it, Register base, int16_t offset) {
        const Register to = target(it.to);
        const Size size = it.width == 1 ? Size::U8 : it.width == 2 ? Size::U16 : Size::U32;
        out_.emit(load(size, to, base, offset));
        if (it.width > 1) out_.emit(from_big_endian(to, it.width * 8));
        settle(it.to);
        jump_to(it.loaded);
    }

    const ir::Function& program_;
    std::vector<ir::BlockId> order_;
    Homes homes_;
    std::vector<uint64_t> held_;    // by block: bytes_held()
    std::vector<size_t> position_;  // by block: in order_
    std::vector<bool> reached_;     // by block: something emitted leads there
    Assembler out_;
    std::vector<Assembler::Label> labels_;  // by block
    Assembler::Label exit_;
    size_t at_ = 0;  // the block being lowered, in order_
};

}  // namespace

Result<std::vector<Insn>> generate_filter(const ir::Function& program) {
    const ir::Function resolved = resolve_loads(program, KNOWHY_FILTER_SNAP);
    return Generator(resolved).run();
}

}  // namespace knowhy::bpf
