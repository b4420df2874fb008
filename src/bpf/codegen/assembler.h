// A program under construction: instructions in order, jumps to labels that may come later.
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
    // A jump made by jump() or jump_if(), whatever its offset: it goes to the label.
    void emit_jump(Insn jump, Label to);

    // The program. An error when a jump is longer than its 16-bit offset can say.
    Result<std::vector<Insn>> finish();

  private:
    struct Fixup {
        size_t at = 0;
        Label to;
    };
    std::vector<Insn> insns_;
    std::vector<size_t> bound_;  // by label
    std::vector<Fixup> fixups_;
};

}  // namespace knowhy::bpf
