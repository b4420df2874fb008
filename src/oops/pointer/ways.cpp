#include "oops/pointer/ways.h"

#include <algorithm>
#include <deque>

#include "oops/pointer/arithmetic.h"
#include "oops/pointer/branches.h"

namespace knowhy::oops {
namespace {

using symbols::Arch;
using symbols::Code;
using symbols::Instruction;
using symbols::Register;
using symbols::RegisterSet;

constexpr size_t kMostLooks = 600;   // at ways, of any length
constexpr size_t kMostWays = 24;     // that are given out
constexpr size_t kMostSteps = 2000;  // of one way
constexpr size_t kMostVisits = 2;    // of one block: a loop is gone round once

// Control does not come behind it from before it.
bool ends_flow(const Instruction& instruction) {
    using Kind = Instruction::Kind;
    return instruction.kind == Kind::Jump || instruction.kind == Kind::Return;
}

struct Partial {
    Way way;
    size_t block = 0;  // whose instructions were taken last
    std::vector<size_t> visited;
};

class Search {
  public:
    Search(const Code& code, const Registers& registers, const TextOf& text_of,
           const std::function<bool(const Way&)>& wants_more)
        : code_(code), registers_(registers), text_of_(text_of), wants_more_(wants_more) {}

    Ways run(const Instruction& fault) {
        found_.complete = !code_.incomplete;
        const auto index = static_cast<size_t>(&fault - code_.instructions.data());
        Partial first;
        first.block = code_.block_of(index);
        take(first, index);
        open_.push_back(std::move(first));
        for (size_t looks = 0; !open_.empty(); ++looks) {
            if (looks == kMostLooks || found_.ways.size() == kMostWays) {
                found_.complete = false;
                break;
            }
            Partial partial = std::move(open_.front());
            open_.pop_front();
            look(std::move(partial));
        }
        return std::move(found_);
    }

  private:
    // The block's instructions up to, and with, the one that was executed last.
    void take(Partial& partial, std::optional<size_t> last) const {
        const auto order = code_.executed(code_.blocks[partial.block]);
        auto from = order.size();
        if (last) {
            const auto found = std::ranges::find(order, *last);
            from = static_cast<size_t>(found - order.begin()) + 1;
        }
        while (from > 0) partial.way.steps.push_back(&code_.instructions[order[--from]]);
        partial.visited.push_back(partial.block);
        const bool first = partial.block == code_.entry;
        partial.way.from_entry = first && code_.blocks[partial.block].predecessors.empty();
        const auto& block = code_.blocks[partial.block];
        partial.way.whole = partial.way.from_entry || (block.entered && !first) ||
                            (block.predecessors.empty() && !first) ||
                            partial.way.steps.size() > kMostSteps;
    }

    void look(Partial partial) {
        if (!is_possible(partial.way, registers_, code_.machine.arch, text_of_)) return;
        if (partial.way.whole || !wants_more_(partial.way)) {
            found_.ways.push_back(std::move(partial.way));
            return;
        }
        const auto& block = code_.blocks[partial.block];
        if (partial.block == code_.entry) {  // reached from outside as well as round a loop
            Partial entered = partial;
            entered.way.from_entry = entered.way.whole = true;
            found_.ways.push_back(std::move(entered.way));
        }
        for (const size_t before : block.predecessors) {
            if (std::ranges::count(partial.visited, before) >= static_cast<long>(kMostVisits)) {
                found_.complete = false;
                continue;
            }
            Partial longer = partial;
            longer.block = before;
            take(longer, std::nullopt);
            open_.push_back(std::move(longer));
        }
    }

    const Code& code_;
    const Registers& registers_;
    const TextOf& text_of_;
    const std::function<bool(const Way&)>& wants_more_;
    std::deque<Partial> open_;
    Ways found_;
};

// The value of every register at one step of a way, as far as the printed ones tell.
class Known {
  public:
    Known(const Way& way, const Registers& registers, Arch arch)
        : way_(&way), registers_(&registers), arch_(arch) {}

    [[nodiscard]] std::optional<uint64_t> operator[](Register reg) const {
        return written_.test(reg) ? std::nullopt : (*registers_)[reg];
    }
    // To before steps[step].
    void go_back(size_t step) {
        const Instruction& instruction = *way_->steps[step];
        written_ |= instruction.writes;
        if (instruction.kind != Instruction::Kind::Call) return;
        if (const auto* convention = symbols::kernel_convention(arch_)) {
            written_ |= convention->clobbered;
        }
    }

  private:
    const Way* way_;
    const Registers* registers_;
    Arch arch_;
    RegisterSet written_;
};

std::optional<uint64_t> evaluate(const Equation& equation, const Known& known) {
    uint64_t sum = equation.constant;
    for (const Equation::Part& part : equation.parts) {
        const auto value = known[part.reg];
        if (!value) return std::nullopt;
        sum += extended(*value, part.bits, part.sign) * part.factor;
    }
    return equation.cut(sum);
}

// Whether the branch, with the values at hand, does not lead to the step behind it.
bool goes_elsewhere(const Way& way, size_t step, const Known& after, Arch arch,
                    const TextOf& text_of) {
    const Instruction& branch = *way.steps[step];
    if (branch.kind != Instruction::Kind::Branch) return false;
    const Instruction& next = *way.steps[step - 1];
    const bool taken = branch.target == next.address;
    const bool fell = branch.end() + (branch.delayed ? 4 : 0) == next.address;
    if (taken == fell) return false;
    const bool has_before = step + 1 < way.steps.size();
    Known known = after;
    // What the delay slot changes is compared as it was before.
    if (branch.delayed && has_before) known.go_back(step + 1);
    const auto would = would_be_taken(branch, has_before ? way.steps[step + 1] : nullptr, arch,
                                      text_of, [&](Register reg) { return known[reg]; });
    return would && *would != taken;
}

// Wherever the code was moved to: `lui` leaves the upper part of 32 bits, with their sign.
bool is_no_upper_part(std::string_view text, uint64_t value) {
    constexpr uint64_t kLower = 0xfff;
    const auto upper = static_cast<int32_t>(value & ~kLower);
    return text.starts_with("lui") && value != static_cast<uint64_t>(int64_t{upper});
}

bool computes_other(const Instruction& instruction, const Known& before, const Known& after,
                    Arch arch, const TextOf& text_of) {
    const auto& to = instruction.transfer.to;
    if (!to || !after[*to]) return false;
    const Equation equation = equation_of(instruction, *to, arch, "");
    if (equation.kind != Equation::Kind::Sum) return false;
    const auto value = evaluate(equation, before);
    const uint64_t printed = *after[*to];
    if (!value || *value == printed) return false;
    const std::string text = text_of(instruction);
    return !may_be_moved(instruction, equation, text) || is_no_upper_part(text, printed);
}

}  // namespace

bool Way::changes(size_t step, Register reg, Arch arch) const {
    const Instruction& instruction = *steps[step];
    if (instruction.writes.test(reg)) return true;
    if (instruction.kind != Instruction::Kind::Call) return false;
    const auto* convention = symbols::kernel_convention(arch);
    return convention == nullptr || convention->clobbered.test(reg);
}

std::optional<size_t> Way::definition(Register reg, size_t at, Arch arch) const {
    for (size_t step = at + 1; step < steps.size(); ++step) {
        if (changes(step, reg, arch)) return step;
    }
    return std::nullopt;
}

Way way_of(const CodeLine& line) {
    Way way;
    const auto& all = line.instructions;
    way.steps.push_back(&all[line.fault]);
    way.whole = true;
    // A target between two of them is another way in.
    const auto is_target = [&](const Instruction& instruction) {
        return std::ranges::any_of(
            all, [&](const Instruction& other) { return other.target == instruction.address; });
    };
    size_t next = line.fault;
    while (next > line.first_sure && !is_target(all[next])) {
        const Instruction& before = all[next - 1];
        const bool slot_of_mine = before.delayed && next == line.fault;
        const bool nullified = before.delay_slot && next >= 2 && all[next - 2].likely;
        if (before.kind == Instruction::Kind::Undecoded || nullified) break;
        // What is executed behind a jump's delay slot stands elsewhere.
        const bool jumped =
            ends_flow(before) || (next >= 2 && before.delay_slot && ends_flow(all[next - 2]));
        if (jumped && !slot_of_mine) break;
        --next;
        if (slot_of_mine) continue;  // the branch takes effect behind its delay slot
        const bool slot = before.delay_slot && next > line.first_sure;
        if (slot) way.steps.push_back(&all[--next]);
        way.steps.push_back(&before);
    }
    way.from_entry = line.from_entry && next == line.first_sure;
    return way;
}

bool is_possible(const Way& way, const Registers& registers, Arch arch, const TextOf& text_of) {
    Known after(way, registers, arch);
    for (size_t step = 1; step < way.steps.size(); ++step) {
        if (goes_elsewhere(way, step, after, arch, text_of)) return false;
        Known before = after;
        before.go_back(step);
        if (computes_other(*way.steps[step], before, after, arch, text_of)) return false;
        after = before;
    }
    return true;
}

Ways ways_to(const Code& code, uint64_t address, const Registers& registers, const TextOf& text_of,
             const std::function<bool(const Way&)>& wants_more) {
    const Instruction* const fault = code.at(address);
    if (fault == nullptr) return {{}, false};
    return Search(code, registers, text_of, wants_more).run(*fault);
}

}  // namespace knowhy::oops
