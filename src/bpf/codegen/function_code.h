// What the code of filters and of programs has in common: values in their homes, arithmetic, and
// jumps between blocks.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "bpf/codegen/allocate.h"
#include "bpf/codegen/assembler.h"
#include "bpf/insn/insn.h"
#include "ir/ir.h"

namespace knowhy::bpf {

class FunctionCode {
  public:
    // What the machine registers are for. A u32 is kept zero-extended, in a register and in a slot.
    struct Machine {
        std::vector<Register> homes;
        size_t overwritten = 0;      // how many of them, from the first on, calls overwrite
        Register spare = r1;         // an operand from a slot, a large constant, an address
        bool wide_constants = true;  // may stand in two slots
    };

    FunctionCode(const FunctionCode&) = delete;
    FunctionCode& operator=(const FunctionCode&) = delete;

  protected:
    // `function` and `out` outlive this.
    FunctionCode(const ir::Function& function, Machine machine, Assembler& out);
    virtual ~FunctionCode() = default;

    static constexpr size_t kSlotBytes = 8;
    static constexpr Register kResult = r0;  // scratch too: a value on its way to a slot

    // --- homes ---

    [[nodiscard]] size_t slots_used() const;
    [[nodiscard]] std::optional<Register> register_of(ir::Reg reg) const;
    [[nodiscard]] size_t slot_of(ir::Reg reg) const;
    // Slots lie below the frame pointer, the first one highest.
    virtual void load_slot(Register to, size_t slot);
    virtual void store_slot(size_t slot, Register from);

    // Where a new value of `reg` is to be made; settle() afterwards brings it home.
    [[nodiscard]] Register target(ir::Reg reg) const;
    void settle(ir::Reg reg);
    // Brings a value home that was made in `from`.
    void assign(ir::Reg reg, Register from);

    // The register that holds the operand: its home, or `scratch` after loading it there.
    Register fetch(const ir::Operand& operand, Register scratch);
    void copy_to(Register to, const ir::Operand& operand);
    void copy_register(Register to, ir::Reg from);
    void copy_constant(Register to, uint64_t value);
    void move(Register to, Register from);

    // --- instructions ---

    void lower(const ir::Move& move);
    void lower(const ir::Compute& compute);
    void lower(const ir::SignExtend& extend);
    void lower(const ir::SwapBytes& swap);

    // --- blocks ---

    // In the order in which the blocks are laid out, after all that leads there.
    [[nodiscard]] bool is_next(ir::BlockId id) const;
    [[nodiscard]] bool is_last() const { return at_ + 1 == order_.size(); }
    [[nodiscard]] ir::BlockId current() const { return order_[at_]; }
    void jump_to(ir::BlockId id);
    void jump_on(const Insn& condition, ir::BlockId id);
    // For jumps of the caller's own; one of them at least is emitted.
    Assembler::Label label_of(ir::BlockId id);
    void lower(const ir::Jump& jump);
    void lower(const ir::Branch& branch);

    // Calls `block` for each block that something leads to, in order, after binding its label. One
    // that an access cannot take after all may be the only way to a block, and the verifier refuses
    // a program with unreachable instructions.
    template <typename Lower>
    void for_each_block(const Lower& block) {
        reached_.front() = true;
        for (at_ = 0; at_ < order_.size(); ++at_) {
            if (!reached_[order_[at_].index]) continue;
            out_.bind(labels_[order_[at_].index]);
            block(function_.blocks[order_[at_].index]);
        }
    }

    const ir::Function& function_;
    Machine machine_;
    std::vector<ir::BlockId> order_;
    Homes homes_;
    Assembler& out_;

  private:
    void lower_with_constant(const ir::Compute& compute, Bits bits, uint64_t right);

    std::vector<bool> reached_;             // by block: something emitted leads there
    std::vector<Assembler::Label> labels_;  // by block
    size_t at_ = 0;                         // the block being lowered, in order_
};

}  // namespace knowhy::bpf
