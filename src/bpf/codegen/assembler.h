// A program under construction: instructions in order, jumps and calls to labels that may come
// later.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/result.h"
#include "bpf/insn/insn.h"

namespace knowhy::bpf {

class Assembler {
  public:
    struct Label {
        size_t index = 0;
    };

    Label add_label();
    void bind(Label label);  // here, once

    void emit(const Insn& insn) { insns_.push_back(insn); }
    // r = value, in two slots.
    void emit_wide(Register dst, uint64_t value, uint8_t pseudo = 0);
    // A jump made by jump() or jump_if(), whatever its offset: it goes to the label.
    void emit_jump(Insn jump, Label to);
    // To a function that begins at the label: a call, or its address for a helper that calls back.
    void emit_call(Label function);
    void emit_function_address(Register dst, Label function);

    // The slot that the next instruction takes.
    [[nodiscard]] size_t position() const { return insns_.size(); }

    // The program. An error when a jump is longer than its 16-bit offset can say.
    Result<std::vector<Insn>> finish();

  private:
    struct Fixup {
        size_t at = 0;
        Label to;
    };
    [[nodiscard]] int64_t distance(const Fixup& fixup) const;

    std::vector<Insn> insns_;
    std::vector<size_t> bound_;  // by label
    std::vector<Fixup> jumps_;
    std::vector<Fixup> functions_;
};

}  // namespace knowhy::bpf
