#include "symbols/recover/recover.h"

#include <dwarf.h>
#include <fmt/format.h>

#include <algorithm>

#include "symbols/recover/recover_impl.h"

namespace knowhy::symbols {
namespace {

using Kind = Location::Kind;

}  // namespace

std::string_view text(Grade grade) {
    constexpr std::string_view kTexts[] = {"debug information", "constant",  "proven copy",
                                           "plus a constant",   "passed in", "may be stale",
                                           "entry value",       "gone"};
    return kTexts[static_cast<size_t>(grade)];
}

std::optional<Location> Recovery::Impl::location_of(size_t index, const Held& fact) const {
    const auto& [holder, added] = fact;
    const auto number = static_cast<uint64_t>(holder.number);
    if (holder.slot) {
        const auto top = frame.stack_pointer(index);
        if (!top || added != 0) return std::nullopt;
        const auto above = static_cast<uint64_t>(holder.number - *top);
        return classified({{DW_OP_bregx, frame.convention()->stack_pointer, above}});
    }
    if (added == 0) return classified({{DW_OP_regx, number, 0}});
    const auto back = static_cast<uint64_t>(-added);
    return classified({{DW_OP_bregx, number, back}, {DW_OP_stack_value, 0, 0}});
}

// The value itself before what must be computed, registers before slots.
void Recovery::Impl::offer(Recovered& answer, size_t index, const Facts& facts) const {
    std::vector<Held> order(facts.begin(), facts.end());
    std::stable_partition(order.begin(), order.end(), [](const Held& h) { return h.second == 0; });
    for (const Held& fact : order) {
        const auto location = location_of(index, fact);
        if (!location || *location == answer.location) continue;
        if (answer.grade != Grade::Gone && answer.grade != Grade::EntryValue) {
            answer.also.push_back(*location);
            continue;
        }
        answer.grade = fact.second == 0 ? Grade::ProvenCopy : Grade::Container;
        answer.location = *location;
        answer.how = fmt::format("{} holds it on every way here",
                                 symbols::text(*location, code.machine.arch));
    }
}

void Recovery::Impl::say_gone(Recovered& answer, const Variable& variable, uint64_t address) const {
    for (const LocatedRange& range : variable.ranges) {
        if (is_unknown(variable, range.from) || range.location.kind == Kind::Entry) continue;
        const bool before = range.to <= address;
        if (before && (!answer.last || range.to > answer.last->to)) answer.last = range;
        const bool after = range.from > address;
        if (after && (!answer.next || range.from < answer.next->from)) answer.next = range;
    }
    if (answer.how.empty()) answer.how = "gone here";
}

Recovered Recovery::Impl::at(uint64_t address, DieOffset die) {
    Recovered answer;
    const auto variable = std::find_if(variables.begin(), variables.end(),
                                       [&](const Variable& v) { return v.die == die; });
    const Instruction* const instruction = code.at(address);
    if (variable == variables.end() || instruction == nullptr) {
        answer.how = instruction == nullptr ? "no instruction starts here" : "no such variable";
        return answer;
    }
    const auto index = static_cast<size_t>(instruction - code.instructions.data());
    const Location here = located(*variable, address);
    const auto slot = object(index, here, variable->type);
    if (slot && !written_before(index, *slot)) {
        answer.how = "its stack slot is not written yet";
        say_gone(answer, *variable, address);
        return answer;
    }
    if (here.kind != Kind::None) {
        answer.grade = here.kind == Kind::Constant ? Grade::Constant
                       : here.kind == Kind::Entry  ? Grade::EntryValue
                                                   : Grade::DebugInfo;
        answer.location = here;
        answer.how = "by debug information";
    }
    offer(answer, index, facts_at(index, *variable, here));
    if (answer.grade == Grade::Gone && !is_partly_unknown(*variable)) {
        offer(answer, index, passed_in(index, *variable));
        if (answer.grade != Grade::Gone) answer.grade = Grade::PassedIn;
    }
    if (answer.grade == Grade::Gone && may_reload(*variable, index)) {
        offer_reload(answer, index, *variable);
    }
    if (answer.grade == Grade::Gone) say_gone(answer, *variable, address);
    return answer;
}

Recovery::Recovery(const Code& code, const std::vector<Variable>& variables, const Types& types,
                   UnknownFrom unknown, const std::vector<LineRow>& rows)
    : impl_(std::make_unique<Impl>(code, variables, types, std::move(unknown), rows)) {}
Recovery::Recovery(Recovery&&) noexcept = default;
Recovery& Recovery::operator=(Recovery&&) noexcept = default;
Recovery::~Recovery() = default;

Recovered Recovery::at(uint64_t address, DieOffset variable) const {
    return impl_->at(address, variable);
}

std::vector<Location> Recovery::loaded_from(uint64_t address, DieOffset die,
                                            const Location& location, bool unwritten) const {
    const auto variable = std::find_if(impl_->variables.begin(), impl_->variables.end(),
                                       [&](const Variable& v) { return v.die == die; });
    const Instruction* const instruction = impl_->code.at(address);
    if (variable == impl_->variables.end() || instruction == nullptr) return {};
    const auto index = static_cast<size_t>(instruction - impl_->code.instructions.data());
    return impl_->origins(index, location, bits_of(impl_->types, *variable), unwritten);
}

bool Recovery::same_place(uint64_t address, const Location& one, const Location& other) const {
    if (one == other) return true;
    const Instruction* const instruction = impl_->code.at(address);
    if (instruction == nullptr) return false;
    const auto index = static_cast<size_t>(instruction - impl_->code.instructions.data());
    const auto place = impl_->held(index, one);
    if (place && place == impl_->held(index, other)) return true;
    // One address of the stack.
    const auto address_in = [&](const Location& location) -> std::optional<int64_t> {
        if (location.kind != Kind::InRegister && location.kind != Kind::Value) return {};
        const auto base = impl_->frame.offset(index, location.base);
        if (!base || (location.kind == Kind::Value && !location.simple)) return {};
        return *base + location.offset;
    };
    const auto on_stack = address_in(one);
    return on_stack && on_stack == address_in(other);
}

bool Recovery::may_be_set(uint64_t address, DieOffset die) const {
    const auto variable = std::ranges::find(impl_->variables, die, &Variable::die);
    const Instruction* const instruction = impl_->code.at(address);
    if (variable == impl_->variables.end() || instruction == nullptr) return true;
    const auto index = static_cast<size_t>(instruction - impl_->code.instructions.data());
    const auto slot = impl_->object(index, impl_->located(*variable, address), variable->type);
    return !slot || impl_->written_before(index, *slot);
}

}  // namespace knowhy::symbols
