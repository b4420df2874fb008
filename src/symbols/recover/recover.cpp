#include "symbols/recover/recover.h"

#include <dwarf.h>
#include <fmt/format.h>

#include <algorithm>

#include "symbols/recover/flow.h"
#include "symbols/recover/live.h"

namespace knowhy::symbols {
namespace {

using Kind = Location::Kind;

// What a register or a slot must hold for a location to be true.
using Held = std::pair<Holder, int64_t>;

unsigned bits_of(const Types& types, const Variable& variable) {
    const uint64_t bytes = types.bytes_of(variable.type);
    const bool followed = bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
    return followed ? static_cast<unsigned>(bytes * 8) : 0;
}

bool is_integer_class(const Types& types, TypeId type) {
    using Class = Type::Kind;
    const Class kind = types[types.resolved(type)].kind;
    return kind == Class::Integer || kind == Class::Boolean || kind == Class::Character ||
           kind == Class::Enum || kind == Class::Pointer;
}

Facts with_difference(const Facts& facts, int64_t difference, unsigned bits) {
    Facts result;
    for (const auto& [holder, added] : facts) {
        result.emplace(holder, truncated(added - difference, bits));
    }
    return result;
}

}  // namespace

std::string_view text(Grade grade) {
    constexpr std::string_view kTexts[] = {"debug information", "constant",    "proven copy",
                                           "plus a constant",   "entry value", "gone"};
    return kTexts[static_cast<size_t>(grade)];
}

struct Recovery::Impl {
    Impl(const Code& the_code, const std::vector<Variable>& the_variables, const Types& the_types,
         UnknownFrom the_unknown)
        : code(the_code),
          variables(the_variables),
          types(the_types),
          unknown(std::move(the_unknown)),
          frame(the_code) {
        find_objects();
    }

    [[nodiscard]] Recovered at(uint64_t address, DieOffset die);

    [[nodiscard]] bool is_unknown(const Variable& variable, uint64_t address) const {
        const auto from = unknown.find(variable.die);
        return from != unknown.end() && address >= from->second;
    }
    [[nodiscard]] Location located(const Variable& variable, uint64_t address) const;
    [[nodiscard]] std::optional<StackObject> object(size_t index, const Location& location,
                                                    TypeId type) const;
    void find_objects();
    [[nodiscard]] std::optional<Held> held(size_t index, const Location& location) const;
    [[nodiscard]] bool written_before(size_t index, const StackObject& bytes) const;

    const Flow& entry_flow(Register reg, unsigned bits);
    const Flow& variable_flow(const Variable& variable);
    void amend(const Variable& variable, size_t index, Facts& facts) const;
    void review(const Variable& variable, size_t index, const Facts& before, Facts& after) const;
    void meet(size_t block, const Facts& one, const Facts& other, Facts& both);
    [[nodiscard]] std::optional<Register> entry_register(const Variable& variable) const;

    [[nodiscard]] Facts facts_at(size_t index, const Variable& variable, const Location& here);
    [[nodiscard]] std::optional<Location> location_of(size_t index, const Held& fact) const;
    void offer(Recovered& answer, size_t index, const Facts& facts) const;
    void say_gone(Recovered& answer, const Variable& variable, uint64_t address) const;
    [[nodiscard]] std::string place(uint64_t address) const;

    const Code& code;
    const std::vector<Variable>& variables;
    const Types& types;
    UnknownFrom unknown;
    Frame frame;
    std::map<std::pair<Register, unsigned>, Flow> entry_flows;
    std::map<DieOffset, Flow> variable_flows;
    std::optional<std::vector<RegisterSet>> live;
};

Location Recovery::Impl::located(const Variable& variable, uint64_t address) const {
    if (is_unknown(variable, address)) return {};
    for (const LocatedRange& range : variable.ranges) {
        if (address >= range.from && address < range.to) return range.location;
    }
    return {};
}

std::optional<StackObject> Recovery::Impl::object(size_t index, const Location& location,
                                                  TypeId type) const {
    if (location.kind != Kind::InMemory) return std::nullopt;
    const auto base = frame.offset(index, location.base);
    const auto bytes = static_cast<int64_t>(types.bytes_of(type));
    if (!base || bytes <= 0) return std::nullopt;
    return StackObject{*base + location.offset, *base + location.offset + bytes};
}

void Recovery::Impl::find_objects() {
    std::vector<StackObject> objects;
    for (const Variable& variable : variables) {
        for (const LocatedRange& range : variable.ranges) {
            const Instruction* const first = code.at(range.from);
            if (first == nullptr) continue;
            const auto index = static_cast<size_t>(first - code.instructions.data());
            if (const auto found = object(index, range.location, variable.type)) {
                objects.push_back(*found);
            }
        }
    }
    frame.set_objects(objects);
}

std::optional<Held> Recovery::Impl::held(size_t index, const Location& location) const {
    switch (location.kind) {
        case Kind::InRegister:
            return Held{{false, location.base}, 0};
        case Kind::Value:
            if (!location.simple) return std::nullopt;
            return Held{{false, location.base}, -location.offset};
        case Kind::InMemory: {
            const auto base = frame.offset(index, location.base);
            if (!base) return std::nullopt;
            return Held{{true, *base + location.offset}, 0};
        }
        default:
            return std::nullopt;
    }
}

// Whether every path to here may have written to the bytes: without that a slot holds what was
// there before.
bool Recovery::Impl::written_before(size_t index, const StackObject& bytes) const {
    constexpr Holder kWritten{false, kRegisters - 2};
    if (bytes.from >= 0 || code.incomplete || !frame.stack_pointer(index)) return true;
    FlowRules rules;
    rules.review = [&](size_t i, const Facts& before, Facts& after) {
        const auto& operands = code.instructions[i].memory;
        const bool writes = std::any_of(operands.begin(), operands.end(), [&](const auto& operand) {
            if (!operand.written || !operand.base) return false;
            const auto base = frame.offset(i, *operand.base);
            const auto at = frame.slot(i, operand);
            const int64_t size = operand.bytes == 0 ? bytes.to - bytes.from : operand.bytes;
            return base && (!at || (*at<bytes.to&& * at + size> bytes.from));
        });
        if (writes || before.contains(kWritten) || frame.takes_address(i, bytes)) {
            after[kWritten] = 0;
        }
    };
    const Flow flow = follow(code, &frame, rules);
    return !flow[index] || flow[index]->contains(kWritten);
}

const Flow& Recovery::Impl::entry_flow(Register reg, unsigned bits) {
    const auto [place, added] = entry_flows.try_emplace({reg, bits});
    if (added) {
        FlowRules rules;
        rules.bits = bits;
        rules.at_entry = {{{false, reg}, 0}};
        place->second = follow(code, &frame, rules);
    }
    return place->second;
}

// Debug information is right: where it places the variable in what is not known to hold its old
// value, the old value is no longer the variable's.
void Recovery::Impl::amend(const Variable& variable, size_t index, Facts& facts) const {
    const uint64_t address = code.instructions[index].address;
    if (is_unknown(variable, address)) return;
    const auto fact = held(index, located(variable, address));
    if (!fact) {
        facts.clear();
        return;
    }
    const auto known = facts.find(fact->first);
    const int64_t added = truncated(fact->second, bits_of(types, variable));
    if (known == facts.end() || known->second != added) facts = {{fact->first, added}};
}

// Where nothing tells whether the variable is assigned: a holder that is computed anew from itself
// may be the variable's new value.
void Recovery::Impl::review(const Variable& variable, size_t index, const Facts& before,
                            Facts& after) const {
    const Instruction& instruction = code.instructions[index];
    if (!is_unknown(variable, instruction.address)) return;
    using Way = Transfer::Kind;
    const Way way = instruction.transfer.kind;
    if (instruction.kind != Instruction::Kind::Other || way == Way::Load) return;
    for (const auto& [holder, added] : before) {
        if (added != 0) continue;
        bool changed = false;
        if (holder.slot) {
            changed = std::any_of(instruction.memory.begin(), instruction.memory.end(),
                                  [&](const MemoryOperand& operand) {
                                      return operand.read && operand.written &&
                                             frame.slot(index, operand) == holder.number;
                                  });
        } else {
            const auto reg = static_cast<size_t>(holder.number);
            changed = instruction.reads.test(reg) && instruction.writes.test(reg);
        }
        if (changed) {
            after.clear();
            return;
        }
    }
}

// A register that holds the value on one way here and another on the other way, and is read
// afterwards, may be the variable after an assignment on one of them.
void Recovery::Impl::meet(size_t block, const Facts& one, const Facts& other, Facts& both) {
    if (!live) live = live_registers(code);
    for (const Facts* facts : {&one, &other}) {
        for (const auto& [holder, added] : *facts) {
            if (added != 0 || both.contains(holder)) continue;
            if (holder.slot || (*live)[block].test(static_cast<size_t>(holder.number))) {
                both.clear();
                return;
            }
        }
    }
}

// By the convention; nullopt where the parameters seen elsewhere do not keep to it, as in clones.
std::optional<Register> Recovery::Impl::entry_register(const Variable& variable) const {
    const Convention* const convention = frame.convention();
    if (convention == nullptr || !variable.parameter || code.instructions.empty()) return {};
    const uint64_t entry = code.instructions[code.blocks[code.entry].first].address;
    std::optional<Register> found;
    size_t number = 0;
    for (const Variable& other : variables) {
        if (!other.parameter || other.scope != variable.scope) continue;
        if (number >= convention->arguments.size()) break;
        if (!is_integer_class(types, other.type)) return std::nullopt;
        const Register reg = convention->arguments[number++];
        const Location at_entry = located(other, entry);
        const bool as_expected = at_entry.kind == Kind::InRegister && at_entry.base == reg;
        if (!is_unknown(other, entry) && !as_expected) return std::nullopt;
        if (other.die == variable.die) found = reg;
    }
    return found;
}

const Flow& Recovery::Impl::variable_flow(const Variable& variable) {
    const auto [place, added] = variable_flows.try_emplace(variable.die);
    if (!added) return place->second;
    FlowRules rules;
    rules.bits = bits_of(types, variable);
    rules.amend = [&](size_t index, Facts& facts) { amend(variable, index, facts); };
    const auto from = unknown.find(variable.die);
    if (from != unknown.end()) {
        if (from->second == 0) {
            if (const auto reg = entry_register(variable)) rules.at_entry = {{{false, *reg}, 0}};
        }
        rules.review = [&](size_t index, const Facts& before, Facts& after) {
            review(variable, index, before, after);
        };
        rules.meet = [&](size_t block, const Facts& one, const Facts& other, Facts& both) {
            meet(block, one, other, both);
        };
    }
    place->second = follow(code, &frame, rules);
    return place->second;
}

Facts Recovery::Impl::facts_at(size_t index, const Variable& variable, const Location& here) {
    const unsigned bits = bits_of(types, variable);
    if (bits == 0) return {};
    if (here.kind == Kind::Entry) {
        if (!here.simple) return {};
        const auto& facts = entry_flow(here.base, bits)[index];
        return facts ? with_difference(*facts, here.offset, bits) : Facts{};
    }
    const auto& facts = variable_flow(variable)[index];
    return facts ? *facts : Facts{};
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

std::string Recovery::Impl::place(uint64_t address) const {
    const uint64_t entry = code.instructions[code.blocks[code.entry].first].address;
    return address >= entry ? fmt::format("+{:#x}", address - entry)
                            : fmt::format("{:#x}", address);
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
    if (answer.last) {
        answer.how += fmt::format("; last in {} until {}",
                                  symbols::text(answer.last->location, code.machine.arch),
                                  place(answer.last->to));
    }
    if (answer.next) answer.how += fmt::format("; next at {}", place(answer.next->from));
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
    if (answer.grade == Grade::Gone) say_gone(answer, *variable, address);
    return answer;
}

Recovery::Recovery(const Code& code, const std::vector<Variable>& variables, const Types& types,
                   UnknownFrom unknown)
    : impl_(std::make_unique<Impl>(code, variables, types, std::move(unknown))) {}
Recovery::Recovery(Recovery&&) noexcept = default;
Recovery& Recovery::operator=(Recovery&&) noexcept = default;
Recovery::~Recovery() = default;

Recovered Recovery::at(uint64_t address, DieOffset variable) const {
    return impl_->at(address, variable);
}

}  // namespace knowhy::symbols
