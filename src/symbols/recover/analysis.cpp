#include <algorithm>

#include "symbols/recover/recover_impl.h"

namespace knowhy::symbols {
namespace {

using Kind = Location::Kind;

bool is_integer_class(const Types& types, TypeId type) {
    using Class = Type::Kind;
    const Class kind = types[types.resolved(type)].kind;
    return kind == Class::Integer || kind == Class::Boolean || kind == Class::Character ||
           kind == Class::Enum || kind == Class::Pointer;
}

}  // namespace

Facts with_difference(const Facts& facts, int64_t difference, unsigned bits) {
    Facts result;
    for (const auto& [holder, added] : facts) {
        result.emplace(holder, truncated(added - difference, bits));
    }
    return result;
}

// 0: not followed.
unsigned bits_of(const Types& types, const Variable& variable) {
    const uint64_t bytes = types.bytes_of(variable.type);
    const bool followed = bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
    return followed ? static_cast<unsigned>(bytes * 8) : 0;
}

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
            if (first == nullptr || is_unknown(variable, range.from)) continue;
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

const Flow& Recovery::Impl::definition_flow(size_t definition, const Holder& holder,
                                            unsigned bits) {
    const auto [place, added] = definition_flows.try_emplace({definition, holder, bits});
    if (added) {
        FlowRules rules;
        rules.bits = bits;
        rules.review = [&](size_t index, const Facts&, Facts& after) {
            if (index == definition) after = {{holder, 0}};
        };
        place->second = follow(code, &frame, rules);
    }
    return place->second;
}

// The first instruction behind which the holder is what it is at `index`, as far as there is one
// way back only.
std::optional<size_t> Recovery::Impl::definition_of(size_t index, const Holder& holder,
                                                    unsigned bits) const {
    constexpr unsigned kMaxBlocks = 16;
    std::optional<size_t> first;
    size_t block = code.block_of(index);
    for (unsigned i = 0; i < kMaxBlocks; ++i) {
        for (size_t at = index; at > code.blocks[block].first; --at) {
            const Instruction& before = code.instructions[at - 1];
            if (before.delayed || before.delay_slot) return first;
            first = at - 1;
            if (!stays(code, frame, at - 1, holder, bits)) return first;
        }
        const auto& from = code.blocks[block].predecessors;
        if (from.size() != 1 || code.blocks[block].entered || block == code.entry) break;
        block = from.front();
        index = code.blocks[block].first + code.blocks[block].count;
    }
    return first;
}

// What else holds the same value there, by the code alone.
Facts Recovery::Impl::aliases(size_t index, const Held& of, unsigned bits) {
    Facts found{{of.first, of.second}};
    const auto add = [&](const std::optional<Facts>& flow) {
        const auto same = flow ? flow->find(of.first) : Facts::const_iterator();
        if (!flow || same == flow->end()) return;
        found.merge(with_difference(*flow, same->second - of.second, bits));
    };
    for (const Register reg : frame.convention()->arguments) add(entry_flow(reg, bits)[index]);
    if (const auto definition = definition_of(index, of.first, bits)) {
        add(definition_flow(*definition, of.first, bits)[index]);
    }
    return found;
}

// Debug information is right: where it places the variable in what is not known to hold its old
// value, the old value is no longer the variable's.
void Recovery::Impl::amend(const Variable& variable, size_t index, Facts& facts) {
    const uint64_t address = code.instructions[index].address;
    begin_statements(variable, index, facts);
    if (is_unknown(variable, address)) return;
    const bool elsewhere = facts.contains(kElsewhere);
    const auto fact = held(index, located(variable, address));
    if (!fact) {
        facts.clear();
    } else {
        const unsigned bits = bits_of(types, variable);
        const auto known = facts.find(fact->first);
        const int64_t added = truncated(fact->second, bits);
        if (known == facts.end() || known->second != added)
            facts = aliases(index, {fact->first, added}, bits);
        if (is_partly_unknown(variable) && !statements.empty()) facts[kUnassigned] = 0;
    }
    if (elsewhere) facts[kElsewhere] = 0;
}

// By the convention; nullopt where it does not hold, seen by the parameters that are known. Behind
// the registers arguments lie on the stack, a word each.
std::optional<Holder> Recovery::Impl::at_entry(const Variable& variable) const {
    const Convention* const convention = frame.convention();
    if (convention == nullptr || !variable.parameter || code.instructions.empty()) return {};
    const uint64_t entry = code.instructions[code.blocks[code.entry].first].address;
    size_t number = 0;
    for (const Variable& other : variables) {
        if (!other.parameter || other.scope != variable.scope) continue;
        if (!is_integer_class(types, other.type)) break;
        const Location known = located(other, entry);
        if (number >= convention->arguments.size()) {
            // On x86 the return address lies below them.
            if (code.machine.arch != Arch::X86_64) break;
            const auto above = static_cast<int64_t>(number - convention->arguments.size() + 1);
            if (other.die == variable.die) return Holder{true, 8 * above};
        } else {
            const Register reg = convention->arguments[number];
            if (known.kind == Kind::InRegister && known.base != reg) break;
            if (other.die == variable.die) return Holder{false, reg};
        }
        ++number;
    }
    return std::nullopt;
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
            if (const auto holder = at_entry(variable)) rules.at_entry = {{*holder, 0}};
        }
        rules.review = [&](size_t index, const Facts& before, Facts& after) {
            review(variable, index, before, after);
        };
        rules.meet = [&](size_t block, const Facts& one, const Facts& other, Facts& both) {
            meet(variable, block, one, other, both);
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
    auto facts = variable_flow(variable)[index].value_or(Facts{});
    const auto from = unknown.find(variable.die);
    if (is_unknown(variable, code.instructions[index].address) && from->second != 0 &&
        may_be_replaced(variable, index, facts)) {
        return {};
    }
    std::erase_if(facts, [](const Held& fact) { return !is_holder(fact.first); });
    return facts;
}

}  // namespace knowhy::symbols
