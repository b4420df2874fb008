#include "bpf/codegen/assembler.h"

namespace knowhy::bpf {

Assembler::Label Assembler::add_label() {
    bound_.push_back(SIZE_MAX);
    return {bound_.size() - 1};
}

void Assembler::bind(Label label) {
    bound_[label.index] = insns_.size();
}

void Assembler::emit_jump(Insn jump, Label to) {
    fixups_.push_back({insns_.size(), to});
    insns_.push_back(jump);
}

Result<std::vector<Insn>> Assembler::finish() {
    for (const Fixup& fixup : fixups_) {
        const auto target = static_cast<int64_t>(bound_[fixup.to.index]);
        const int64_t distance = target - static_cast<int64_t>(fixup.at) - 1;
        if (distance < INT16_MIN || distance > INT16_MAX)
            return fail(ErrorKind::Usage, "too large: a jump over {} BPF instructions", distance);
        insns_[fixup.at].off = static_cast<int16_t>(distance);
    }
    return std::move(insns_);
}

}  // namespace knowhy::bpf
