// A variable whose debug information is missing from an address on: what may assign to it there.
#include <algorithm>

#include "symbols/recover/assignment.h"
#include "symbols/recover/live.h"
#include "symbols/recover/recover_impl.h"
#include "symbols/recover/uses.h"

namespace knowhy::symbols {
namespace {

using Kind = Location::Kind;

bool points_to_numbers(const Types& types, TypeId type) {
    using Class = Type::Kind;
    const auto pointee = types.pointee(type);
    if (!pointee) return false;
    const Class kind = types[types.resolved(*pointee)].kind;
    return kind == Class::Integer || kind == Class::Character;
}

// An access beyond what the holder points to, or a sum with it.
bool goes_beyond(const Instruction& instruction, Register reg) {
    if (!instruction.reads.test(reg)) return false;
    const bool beyond =
        std::any_of(instruction.memory.begin(), instruction.memory.end(), [&](const auto& operand) {
            const bool uses = operand.base == reg || operand.index == reg;
            return uses && (operand.displacement != 0 || operand.index);
        });
    const Transfer::Kind kind = instruction.transfer.kind;
    const bool moves = kind == Transfer::Kind::Copy || kind == Transfer::Kind::Store;
    return beyond ||
           (instruction.memory.empty() && !moves && instruction.writes.any() &&
            !instruction.writes.test(kFlags)) ||
           kind == Transfer::Kind::Add || kind == Transfer::Kind::Combine;
}

// Only the variable's own function assigns to it, and not before it is declared.
bool assigns(const SourceLine& statement, const Variable& variable) {
    return statement.file == variable.declared.file && statement.line >= variable.declared.line;
}

void begin(const SourceLine& statement, const Variable& variable, Facts& facts) {
    if (assigns(statement, variable)) {
        facts.erase(kUnassigned);
        facts.erase(kElsewhere);
    } else {
        facts[kElsewhere] = 0;
    }
}

}  // namespace

// A pointer into an array moves on without an instruction that shows it: `[p]`, then `[p+4]`. But
// then something is done beyond what it pointed to at first.
bool Recovery::Impl::may_walk(const Variable& variable) {
    if (!points_to_numbers(types, variable.type)) return false;
    const auto holder = unknown.at(variable.die) == 0 ? at_entry(variable) : std::nullopt;
    if (!holder) return true;
    const auto [known, added] = walking.try_emplace(variable.die, false);
    if (!added) return known->second;
    FlowRules rules;
    rules.at_entry = {{*holder, 0}};
    const Flow flow = follow(code, &frame, rules);
    for (size_t i = 0; i < flow.size() && !known->second; ++i) {
        if (!flow[i]) continue;
        known->second = std::any_of(flow[i]->begin(), flow[i]->end(), [&](const Held& fact) {
            return !fact.first.slot &&
                   goes_beyond(code.instructions[i], static_cast<Register>(fact.first.number));
        });
    }
    return known->second;
}

bool Recovery::Impl::statement_may_assign(const Variable& variable, size_t index) const {
    const auto here = statements.find(code.instructions[index].address);
    return here != statements.end() &&
           std::any_of(here->second.begin(), here->second.end(),
                       [&](const SourceLine& line) { return assigns(line, variable); });
}

// At one address several statements may begin: all but the last of them left no instruction.
void Recovery::Impl::begin_statements(const Variable& variable, size_t index, Facts& facts) {
    if (!is_partly_unknown(variable)) return;
    const auto here = statements.find(code.instructions[index].address);
    if (here != statements.end()) {
        std::for_each(here->second.begin(), std::prev(here->second.end()),
                      [&](const SourceLine& line) { begin(line, variable, facts); });
    }
    if (is_unknown(variable, code.instructions[index].address) && !facts.contains(kUnassigned) &&
        may_walk(variable)) {
        facts.clear();
    }
}

// Then whoever has its address may assign to it.
bool Recovery::Impl::lives_in_memory(const Variable& variable) const {
    return std::any_of(variable.ranges.begin(), variable.ranges.end(), [&](const auto& range) {
        return range.location.kind == Kind::InMemory && !is_unknown(variable, range.from);
    });
}

// Where nothing tells whether the variable is assigned, what looks like an assignment is one.
void Recovery::Impl::review(const Variable& variable, size_t index, const Facts& before,
                            Facts& after) const {
    const Instruction& instruction = code.instructions[index];
    for (const Holder& known : {kUnassigned, kElsewhere}) {
        if (before.contains(known)) after[known] = 0;
    }
    const auto here = statements.find(instruction.address);
    if (here != statements.end()) begin(here->second.back(), variable, after);
    if (!is_unknown(variable, instruction.end())) return;
    if (lives_in_memory(variable) && instruction.may_write_memory()) {
        const auto bytes = static_cast<int64_t>(types.bytes_of(variable.type));
        for (const auto& [holder, added] : before) {
            const StackObject slot{holder.number, holder.number + bytes};
            if (holder.slot && added == 0 && frame.may_write(index, slot)) after.clear();
        }
    }
    if (after.contains(kUnassigned) && before.contains(kElsewhere)) return;
    const bool number = !types.pointee(variable.type).has_value();
    bool assigned = false;
    bool replaced = true;
    for (const auto& [holder, added] : before) {
        if (!is_holder(holder) || added != 0 || !may_assign(frame, index, holder, number)) continue;
        assigned = true;
        replaced = replaced && replaces(frame, index, holder);
    }
    const bool whole = unknown.at(variable.die) == 0;
    if (assigned && !(whole && replaced && is_wanted_behind(index, after))) after.clear();
}

// Whether something further on depends on what the holders have: then it was not replaced by
// another value.
bool Recovery::Impl::is_wanted(size_t index, const Facts& facts) const {
    return std::any_of(facts.begin(), facts.end(), [&](const Held& fact) {
        return is_holder(fact.first) && fact.second == 0 && use_of(frame, index, fact.first).read;
    });
}

bool Recovery::Impl::is_wanted_behind(size_t index, const Facts& facts) const {
    const Block& block = code.blocks[code.block_of(index)];
    if (index + 1 < block.first + block.count) return is_wanted(index + 1, facts);
    return std::any_of(block.successors.begin(), block.successors.end(),
                       [&](size_t next) { return is_wanted(code.blocks[next].first, facts); });
}

// A register that holds the value on one way here and another on the other way, and is read
// afterwards, may be the variable after an assignment on one of them. An argument whose own value
// is wanted all the same was not assigned to.
void Recovery::Impl::meet(const Variable& variable, size_t block, const Facts& one,
                          const Facts& other, Facts& both) {
    if (both.contains(kUnassigned)) return;
    const size_t first = code.blocks[block].first;
    if (unknown.at(variable.die) == 0 && is_wanted(first, both)) return;
    if (!live) live = live_registers(code);
    for (const Facts* facts : {&one, &other}) {
        for (const auto& [holder, added] : *facts) {
            if (added != 0 || both.contains(holder) || !is_holder(holder)) continue;
            if (holder.slot || (*live)[block].test(static_cast<size_t>(holder.number))) {
                both.clear();
                return;
            }
        }
    }
}

// Whether debug information says that it is another variable: one of its function or of the
// function around that, as what is inlined gets its arguments from it.
bool Recovery::Impl::is_of_another(const Variable& variable, size_t index,
                                   const Holder& holder) const {
    const uint64_t address = code.instructions[index].address;
    return std::any_of(variables.begin(), variables.end(), [&](const Variable& other) {
        if (other.die == variable.die) return false;
        if (other.parameter && other.scope != variable.scope) return false;
        const auto fact = held(index, located(other, address));
        return fact && fact->first == holder;
    });
}

// Whether another value may have taken this one's place unseen: one that moves on by a constant, or
// that nothing wants any more, or that another variable has now. In a loop a statement's order says
// less: the next turn may have begun.
bool Recovery::Impl::may_be_replaced(const Variable& variable, size_t index,
                                     const Facts& facts) const {
    const bool number = !types.pointee(variable.type).has_value();
    const bool loops = !variable.parameter && is_in_loop(code, code.block_of(index));
    const bool unassigned = facts.contains(kUnassigned);
    bool wanted = false;
    for (const auto& [holder, added] : facts) {
        if (!is_holder(holder)) continue;
        if (added != 0 && number) return true;
        const Use use = use_of(frame, index, holder);
        if (number ? use.moves_on : use.moves_itself) return true;
        if (unassigned && !loops) continue;
        if (!unassigned && !variable.parameter && is_of_another(variable, index, holder)) {
            return true;
        }
        // Where the stack is does not tell which of its addresses is wanted.
        const bool on_stack =
            !holder.slot && frame.offset(index, static_cast<Register>(holder.number));
        // That a sum is wanted says that another variable is; only no statement says more.
        const bool plain = added == 0 || (variable.parameter ? !loops : unassigned && !loops);
        wanted = wanted || (use.read && plain && !on_stack && location_of(index, {holder, added}));
    }
    return !wanted && (loops || !unassigned);
}

}  // namespace knowhy::symbols
