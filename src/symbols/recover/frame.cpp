#include "symbols/recover/frame.h"

#include <algorithm>

#include "symbols/recover/flow.h"

namespace knowhy::symbols {
namespace {

using Kind = Instruction::Kind;

Register frame_pointer(Arch arch) {
    switch (arch) {
        case Arch::Arm64:
            return 29;
        case Arch::Mips:
        case Arch::Mips64:
            return 30;
        case Arch::Riscv64:
            return 8;
        default:
            return 6;
    }
}

bool overlap(const StackObject& a, const StackObject& b) {
    return a.from < b.to && b.from < a.to;
}

bool is_realigned(int64_t slot) {
    return slot < kRealigned / 2;
}

}  // namespace

Frame::Frame(const Code& code)
    : code_(&code),
      convention_(kernel_convention(code.machine.arch)),
      pointers_(code.instructions.size()) {
    if (convention_ == nullptr) return;
    find_pointers();
    for (size_t i = 0; i < code.instructions.size(); ++i) {
        const auto top = stack_pointer(i);
        if (code.instructions[i].kind != Kind::Call || !top) continue;
        if (!call_level_ || *top > *call_level_) call_level_ = top;
    }
    set_objects({});
}

void Frame::find_pointers() {
    FlowRules rules;
    const Holder pointer{false, convention_->stack_pointer};
    rules.at_entry = {{pointer, 0}};
    rules.review = [&](size_t index, const Facts& before, Facts& after) {
        const Transfer& t = code_->instructions[index].transfer;
        const auto old = before.find(pointer);
        const bool aligns = t.kind == Transfer::Kind::Align && t.to == pointer.number;
        // More than once, the second frame would be somewhere else.
        if (!aligns || old == before.end() || is_realigned(old->second) ||
            is_in_loop(*code_, code_->block_of(index))) {
            return;
        }
        after[pointer] = kRealigned;
        aligned_from_ = std::max(aligned_from_, old->second);
    };
    const Flow flow = follow(*code_, nullptr, rules);
    for (size_t i = 0; i < flow.size(); ++i) {
        if (flow[i]) pointers_[i] = *flow[i];
    }
}

void Frame::set_objects(const std::vector<StackObject>& objects) {
    all_escaped_ = arguments_escaped_ = false;
    escaped_.clear();
    for (size_t i = 0; i < code_->instructions.size(); ++i) {
        const auto taken = address_taken(i);
        if (!taken) continue;
        bool found = false;
        for (const StackObject& object : objects) {
            if (*taken < object.from || *taken >= object.to) continue;
            escaped_.push_back(object);
            found = true;
        }
        if (!found) (*taken < 0 ? all_escaped_ : arguments_escaped_) = true;
    }
}

std::optional<int64_t> Frame::offset(size_t index, Register reg) const {
    const auto found = pointers_[index].find({false, reg});
    if (found == pointers_[index].end()) return std::nullopt;
    return found->second;
}

std::optional<int64_t> Frame::stack_pointer(size_t index) const {
    return convention_ == nullptr ? std::nullopt : offset(index, convention_->stack_pointer);
}

std::optional<int64_t> Frame::slot(size_t index, const MemoryOperand& operand) const {
    if (!operand.base || operand.index || !operand.segment.empty()) return std::nullopt;
    const auto base = offset(index, *operand.base);
    if (!base) return std::nullopt;
    const int64_t at = *base + operand.displacement;
    // Above where the stack was aligned to, the bytes may have another name.
    if (is_realigned(*base) && at >= kRealigned) return std::nullopt;
    return at;
}

std::optional<int64_t> Frame::address_taken(size_t index) const {
    const Transfer& t = code_->instructions[index].transfer;
    if (!t.from || t.kind == Transfer::Kind::None) {
        // lea with base, index and displacement.
        if (t.kind != Transfer::Kind::Address || code_->instructions[index].memory.empty())
            return {};
        const MemoryOperand& operand = code_->instructions[index].memory.front();
        const auto base = operand.base ? offset(index, *operand.base) : std::nullopt;
        if (!base) return std::nullopt;
        return *base + operand.displacement;
    }
    const auto from = offset(index, *t.from);
    const auto from2 = t.from2 ? offset(index, *t.from2) : std::nullopt;
    if (!from && !from2) return std::nullopt;
    if (t.to &&
        (*t.to == convention_->stack_pointer || *t.to == frame_pointer(code_->machine.arch))) {
        return std::nullopt;
    }
    if (t.kind == Transfer::Kind::Align) return kRealigned;  // in no variable
    return (from ? *from : *from2) + (t.kind == Transfer::Kind::Add ? t.value : 0);
}

bool Frame::takes_address(size_t index, const StackObject& bytes) const {
    const auto taken = address_taken(index);
    return taken && *taken >= bytes.from && *taken < bytes.to;
}

bool Frame::escaped(const StackObject& bytes) const {
    // The return address lies between the frame and the arguments: no variable reaches across.
    if (bytes.from >= 0 ? arguments_escaped_ : all_escaped_) return true;
    return std::any_of(escaped_.begin(), escaped_.end(),
                       [&](const auto& object) { return overlap(object, bytes); });
}

bool Frame::operand_may_write(size_t index, const MemoryOperand& operand,
                              const StackObject& bytes) const {
    if (!operand.written) return false;
    // From within the frame nothing reaches across the return address, whatever index or length.
    const auto base = operand.base ? offset(index, *operand.base) : std::nullopt;
    if (base && *base + operand.displacement < 0 && bytes.from >= 0) return false;
    if (const auto at = slot(index, operand)) {
        if (is_realigned(*at) != is_realigned(bytes.from)) {
            return std::max(*at, bytes.from) < aligned_from_;
        }
        // Of unknown length, upwards: rep stos. A bit string reaches both ways.
        if (operand.bytes == 0) {
            return code_->instructions[index].clobbers_memory || bytes.to > *at;
        }
        return overlap({*at, *at + operand.bytes}, bytes);
    }
    // An index into the frame may reach anything in it.
    return base || escaped(bytes);
}

bool Frame::callee_may_write(size_t index, const StackObject& bytes) const {
    const auto top = stack_pointer(index);
    return !top || !call_level_ || bytes.from < *call_level_ || escaped(bytes);
}

bool Frame::may_write(size_t index, const StackObject& bytes) const {
    const Instruction& instruction = code_->instructions[index];
    for (const MemoryOperand& operand : instruction.memory) {
        if (operand_may_write(index, operand, bytes)) return true;
    }
    if (instruction.kind == Kind::Call) return callee_may_write(index, bytes);
    return instruction.clobbers_memory && escaped(bytes);
}

}  // namespace knowhy::symbols
