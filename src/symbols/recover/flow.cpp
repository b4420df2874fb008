#include "symbols/recover/flow.h"

#include <algorithm>
#include <deque>

namespace knowhy::symbols {
namespace {

using Kind = Instruction::Kind;

// Below the stack pointer interrupts write.
bool slot_stays(const Frame& frame, size_t index, const Instruction& instruction, int64_t slot,
                unsigned bits) {
    const auto top = frame.stack_pointer(index);
    if (!top || !instruction.stack_change) return false;
    if (slot < *top + *instruction.stack_change) return false;
    return !frame.may_write(index, {slot, slot + bits / 8});
}

// `frame` is asked about slots only.
bool stays_after(const Code& code, const Frame* frame, size_t index, const Holder& holder,
                 unsigned bits) {
    const Instruction& instruction = code.instructions[index];
    if (instruction.kind == Kind::Undecoded) return false;
    if (holder.slot) return slot_stays(*frame, index, instruction, holder.number, bits);
    const auto reg = static_cast<size_t>(holder.number);
    const Convention* const convention = kernel_convention(code.machine.arch);
    if (instruction.kind == Kind::Call && convention->clobbered.test(reg)) return false;
    return !instruction.writes.test(reg);
}

class Solver {
  public:
    Solver(const Code& code, const Frame* frame, const FlowRules& rules)
        : code_(code),
          frame_(frame),
          rules_(rules),
          convention_(kernel_convention(code.machine.arch)),
          before_(code.instructions.size()),
          at_start_(code.blocks.size()) {}

    Flow run() {
        if (code_.blocks.empty() || convention_ == nullptr) return std::move(before_);
        arrive(code_.entry, rules_.at_entry);
        for (size_t i = 0; i < code_.blocks.size(); ++i) {
            if (code_.blocks[i].entered || (code_.incomplete && i != code_.entry)) arrive(i, {});
        }
        while (!waiting_.empty()) {
            const size_t block = waiting_.front();
            waiting_.pop_front();
            const Facts end = execute(block);
            for (const size_t next : code_.blocks[block].successors) arrive(next, end);
        }
        return std::move(before_);
    }

  private:
    // Facts at a block's start only ever become fewer, so this ends.
    void arrive(size_t block, const Facts& facts) {
        std::optional<Facts>& known = at_start_[block];
        if (!known) {
            known = facts;
        } else {
            Facts both;
            for (const auto& [holder, added] : *known) {
                const auto same = facts.find(holder);
                if (same != facts.end() && same->second == added) both.emplace(holder, added);
            }
            if (rules_.meet) rules_.meet(block, *known, facts, both);
            if (both == *known) return;
            known = std::move(both);
        }
        if (std::find(waiting_.begin(), waiting_.end(), block) == waiting_.end()) {
            waiting_.push_back(block);
        }
    }

    Facts execute(size_t block) {
        Facts facts = *at_start_[block];
        for (const size_t index : code_.executed(code_.blocks[block])) {
            if (code_.incomplete && index != code_.blocks[code_.entry].first) facts.clear();
            if (rules_.amend) rules_.amend(index, facts);
            before_[index] = facts;
            Facts after = step(index, facts);
            if (rules_.review) rules_.review(index, facts, after);
            facts = std::move(after);
        }
        return facts;
    }

    Facts step(size_t index, const Facts& facts) const {
        const Instruction& instruction = code_.instructions[index];
        Facts after;
        for (const auto& [holder, added] : facts) {
            if (stays_after(code_, frame_, index, holder, rules_.bits))
                after.emplace(holder, added);
        }
        move_stack_pointer(instruction, facts, after);
        transfer(index, instruction, facts, after);
        return after;
    }

    // A stack pointer that is followed goes along with pushes and pops, which are no Add.
    void move_stack_pointer(const Instruction& instruction, const Facts& facts,
                            Facts& after) const {
        const Holder pointer{false, convention_->stack_pointer};
        const auto old = facts.find(pointer);
        if (old == facts.end() || !instruction.stack_change ||
            instruction.kind == Kind::Undecoded) {
            return;
        }
        after[pointer] = old->second + *instruction.stack_change;
    }

    std::optional<Holder> source(size_t index, const Instruction& instruction) const {
        const Transfer& t = instruction.transfer;
        switch (t.kind) {
            case Transfer::Kind::Copy:
            case Transfer::Kind::Extend:
            case Transfer::Kind::Add:
            case Transfer::Kind::Store:
                if (!t.from) return std::nullopt;
                return Holder{false, *t.from};
            case Transfer::Kind::Load:
                return slot_holder(index, instruction);
            default:
                return std::nullopt;
        }
    }

    std::optional<Holder> slot_holder(size_t index, const Instruction& instruction) const {
        if (frame_ == nullptr || instruction.memory.empty()) return std::nullopt;
        // The low bytes of a wider slot are elsewhere in it.
        if (code_.machine.big_endian && instruction.transfer.bits != rules_.bits) return {};
        const auto slot = frame_->slot(index, instruction.memory.front());
        if (!slot) return std::nullopt;
        return Holder{true, *slot};
    }

    void transfer(size_t index, const Instruction& instruction, const Facts& facts,
                  Facts& after) const {
        const Transfer& t = instruction.transfer;
        if (instruction.kind == Kind::Call || t.bits < rules_.bits) return;
        const auto from = source(index, instruction);
        const auto held = from ? facts.find(*from) : facts.end();
        if (held == facts.end()) return;
        if (t.kind == Transfer::Kind::Store) {
            if (const auto slot = slot_holder(index, instruction)) after[*slot] = held->second;
            return;
        }
        const int64_t change = t.kind == Transfer::Kind::Add ? t.value : 0;
        const auto sum = static_cast<uint64_t>(held->second) + static_cast<uint64_t>(change);
        after[{false, *t.to}] = truncated(static_cast<int64_t>(sum), rules_.bits);
    }

    const Code& code_;
    const Frame* frame_;
    const FlowRules& rules_;
    const Convention* convention_;
    Flow before_;
    std::vector<std::optional<Facts>> at_start_;
    std::deque<size_t> waiting_;
};

}  // namespace

bool is_in_loop(const Code& code, size_t block) {
    std::vector<bool> seen(code.blocks.size());
    std::vector<size_t> waiting{block};
    while (!waiting.empty()) {
        const size_t from = waiting.back();
        waiting.pop_back();
        for (const size_t next : code.blocks[from].successors) {
            if (next == block) return true;
            if (!seen[next]) waiting.push_back(next);
            seen[next] = true;
        }
    }
    return false;
}

int64_t truncated(int64_t number, unsigned bits) {
    if (bits >= 64) return number;
    const unsigned unused = 64 - bits;
    return static_cast<int64_t>(static_cast<uint64_t>(number) << unused) >> unused;
}

bool stays(const Code& code, const Frame& frame, size_t index, const Holder& holder,
           unsigned bits) {
    return kernel_convention(code.machine.arch) != nullptr &&
           stays_after(code, &frame, index, holder, bits);
}

Flow follow(const Code& code, const Frame* frame, const FlowRules& rules) {
    return Solver(code, frame, rules).run();
}

}  // namespace knowhy::symbols
