#include "symbols/recover/uses.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

namespace knowhy::symbols {
namespace {

using Kind = Instruction::Kind;
using Way = Transfer::Kind;

bool contains(const std::vector<Register>& registers, const Holder& holder) {
    return !holder.slot &&
           std::find(registers.begin(), registers.end(), holder.number) != registers.end();
}

class Search {
  public:
    explicit Search(const Frame& frame)
        : frame_(frame), code_(frame.code()), convention_(*frame.convention()) {}

    Use run(size_t index, const Holder& holder) {
        arrive(index, holder);
        while (!waiting_.empty() && !(use_.read && use_.moves_itself)) {
            const auto [at, held] = waiting_.back();
            waiting_.pop_back();
            pass(at, held);
        }
        return use_;
    }

  private:
    void arrive(size_t index, const Holder& holder) {
        if (seen_.emplace(index, holder).second) waiting_.emplace_back(index, holder);
    }

    void pass(size_t index, const Holder& holder) {
        const Instruction& instruction = code_.instructions[index];
        if (instruction.kind == Kind::Undecoded) return;
        const auto copy = copied_to(index, instruction, holder);
        if (copy) {
            go_on(index, *copy);
        } else if (wants(index, instruction, holder)) {
            use_.read = true;
        }
        const Transfer& t = instruction.transfer;
        if (t.kind == Way::Add && !holder.slot && t.from == holder.number) {
            use_.moves_on = true;
            use_.moves_itself = use_.moves_itself || t.to == t.from;
        }
        if (!ends(index, instruction, holder)) go_on(index, holder);
    }

    void go_on(size_t index, const Holder& holder) {
        const Block& block = code_.blocks[code_.block_of(index)];
        if (index + 1 < block.first + block.count) {
            arrive(index + 1, holder);
            return;
        }
        if (block.leaves && contains(convention_.arguments, holder)) use_.read = true;
        for (const size_t next : block.successors) arrive(code_.blocks[next].first, holder);
    }

    [[nodiscard]] std::optional<Holder> slot_of(size_t index,
                                                const Instruction& instruction) const {
        if (instruction.memory.empty()) return std::nullopt;
        const auto slot = frame_.slot(index, instruction.memory.front());
        if (!slot) return std::nullopt;
        return Holder{true, *slot};
    }

    [[nodiscard]] std::optional<Holder> copied_to(size_t index, const Instruction& instruction,
                                                  const Holder& holder) const {
        const Transfer& t = instruction.transfer;
        if (instruction.kind != Kind::Other) return std::nullopt;
        const bool from = !holder.slot && t.from == holder.number;
        if (t.kind == Way::Store && from) return slot_of(index, instruction);
        const bool copies = (t.kind == Way::Copy || t.kind == Way::Extend) && from;
        const bool loads =
            t.kind == Way::Load && holder.slot && slot_of(index, instruction) == holder;
        if ((copies || loads) && t.to) return Holder{false, *t.to};
        return std::nullopt;
    }

    [[nodiscard]] bool wants(size_t index, const Instruction& instruction,
                             const Holder& holder) const {
        if (holder.slot) {
            return std::any_of(
                instruction.memory.begin(), instruction.memory.end(), [&](const auto& operand) {
                    return operand.read && frame_.slot(index, operand) == holder.number;
                });
        }
        if (instruction.reads.test(static_cast<size_t>(holder.number))) return true;
        if (instruction.kind == Kind::Call) return contains(convention_.arguments, holder);
        return instruction.kind == Kind::Return && contains(convention_.results, holder);
    }

    [[nodiscard]] bool ends(size_t index, const Instruction& instruction,
                            const Holder& holder) const {
        if (holder.slot) {
            const auto top = frame_.stack_pointer(index);
            if (!top || !instruction.stack_change) return true;
            return holder.number < *top + *instruction.stack_change ||
                   frame_.may_write(index, {holder.number, holder.number + 1});
        }
        const auto reg = static_cast<size_t>(holder.number);
        if (instruction.kind == Kind::Call && convention_.clobbered.test(reg)) return true;
        return instruction.writes.test(reg);
    }

    const Frame& frame_;
    const Code& code_;
    const Convention& convention_;
    Use use_;
    std::set<std::pair<size_t, Holder>> seen_;
    std::vector<std::pair<size_t, Holder>> waiting_;
};

}  // namespace

Use use_of(const Frame& frame, size_t index, const Holder& holder) {
    if (frame.convention() == nullptr) return {};
    return Search(frame).run(index, holder);
}

}  // namespace knowhy::symbols
