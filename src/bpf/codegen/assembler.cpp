#include "bpf/codegen/assembler.h"

namespace knowhy::bpf {

Assembler::Label Assembler::add_label() {
    bound_.push_back(SIZE_MAX);
    return {bound_.size() - 1};
}

void Assembler::bind(Label label) {
    bound_[label.index] = insns_.size();
}

void Assembler::emit_wide(Register dst, uint64_t value, uint8_t pseudo) {
    for (const Insn& slot : wide(dst, value, pseudo)) emit(slot);
}

void Assembler::emit_jump(Insn jump, Label to) {
    jumps_.push_back({insns_.size(), to});
    insns_.push_back(jump);
}

void Assembler::emit_call(Label function) {
    functions_.push_back({insns_.size(), function});
    insns_.push_back(call_subprogram(0));
}

void Assembler::emit_function_address(Register dst, Label function) {
    functions_.push_back({insns_.size(), function});
    emit_wide(dst, 0, BPF_PSEUDO_FUNC);
}

int64_t Assembler::distance(const Fixup& fixup) const {
    const auto target = static_cast<int64_t>(bound_[fixup.to.index]);
    return target - static_cast<int64_t>(fixup.at) - 1;
}

Result<std::vector<Insn>> Assembler::finish() {
    for (const Fixup& jump : jumps_) {
        const int64_t off = distance(jump);
        if (off < INT16_MIN || off > INT16_MAX)
            return fail(ErrorKind::Usage, "too large: a jump over {} BPF instructions", off);
        insns_[jump.at].off = static_cast<int16_t>(off);
    }
    for (const Fixup& function : functions_)
        insns_[function.at].imm = static_cast<int32_t>(distance(function));
    return std::move(insns_);
}

}  // namespace knowhy::bpf
