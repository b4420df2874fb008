// Values that came from memory: which load gave them, and where the pointer that it went through is
// still held. Once no register has the value itself any more, it can be loaded again.
#include <dwarf.h>

#include <algorithm>

#include "symbols/recover/recover_impl.h"

namespace knowhy::symbols {
namespace {

using Kind = Location::Kind;

// `a->b->c`: more steps than that are more occasions to be wrong.
constexpr size_t kMaxSteps = 3;

Facts shifted(const std::optional<Facts>& facts, int64_t by) {
    Facts result;
    for (const auto& [holder, added] : facts.value_or(Facts{})) {
        result.emplace(holder, is_holder(holder) ? added + by : added);
    }
    return result;
}

void end_unwritten(const Instruction& instruction, Facts& after) {
    const bool call = instruction.kind == Instruction::Kind::Call;
    if (call || instruction.may_write_memory()) after.erase(kUnwritten);
}

void add(std::vector<ExpressionOp>& ops, int64_t offset) {
    if (offset > 0) {
        ops.push_back({DW_OP_plus_uconst, static_cast<uint64_t>(offset), 0});
    } else if (offset < 0) {
        ops.push_back({DW_OP_consts, static_cast<uint64_t>(offset), 0});
        ops.push_back({DW_OP_plus, 0, 0});
    }
}

}  // namespace

int64_t Recovery::Impl::displacement(size_t load) const {
    return code.instructions[load].memory.front().displacement;
}

// Through a pointer in a register, not from the frame, and of all that the variable has. Per-CPU
// memory is another CPU's when one looks again.
bool Recovery::Impl::loads_through_pointer(size_t index, unsigned bits) const {
    const Instruction& instruction = code.instructions[index];
    const Transfer& t = instruction.transfer;
    if (instruction.kind != Instruction::Kind::Other || t.kind != Transfer::Kind::Load ||
        instruction.memory.size() != 1 || t.bits < bits || !t.to) {
        return false;
    }
    const MemoryOperand& from = instruction.memory.front();
    const bool plain = from.base && !from.index && !from.pc_relative && from.segment.empty();
    if (!plain || frame.offset(index, *from.base)) return false;
    return !code.machine.big_endian || t.bits == bits;
}

// The load that the holder's value came by, through spills and copies, as far as there is one way
// back only.
std::optional<size_t> Recovery::Impl::load_of(size_t index, Holder holder, unsigned bits) const {
    constexpr unsigned kMaxMoves = 4;
    for (unsigned i = 0; i < kMaxMoves; ++i) {
        const auto definition = definition_of(index, holder, bits);
        if (!definition) return std::nullopt;
        const Instruction& instruction = code.instructions[*definition];
        const Transfer& t = instruction.transfer;
        const bool whole = instruction.kind == Instruction::Kind::Other && t.bits >= bits;
        if (!whole) return std::nullopt;
        if (t.kind == Transfer::Kind::Load && t.to == holder.number && !holder.slot) {
            if (loads_through_pointer(*definition, bits)) return definition;
            const auto slot = frame.slot(*definition, instruction.memory.front());
            if (!slot) return std::nullopt;
            holder = {true, *slot};
        } else if (t.kind == Transfer::Kind::Store && t.from && holder.slot &&
                   frame.slot(*definition, instruction.memory.front()) == holder.number) {
            holder = {false, *t.from};
        } else if (t.kind == Transfer::Kind::Copy && t.to == holder.number && !holder.slot) {
            holder = {false, *t.from};
        } else {
            return std::nullopt;
        }
        index = *definition;
    }
    return std::nullopt;
}

// The same with the loads that gave the pointers that it goes through, outermost first.
LoadPath Recovery::Impl::path_to(size_t load, size_t steps) const {
    LoadPath path{load};
    while (path.size() < steps) {
        const Register base = *code.instructions[path.front()].memory.front().base;
        const auto before = load_of(path.front(), {false, base}, pointer_bits());
        if (!before) return {};
        path.insert(path.begin(), *before);
    }
    return path;
}

// What holds the pointer that the path starts from, as it was when its last load was executed last.
const Flow& Recovery::Impl::root_flow(const LoadPath& path) {
    const auto [place, added] = root_flows.try_emplace(path);
    if (!added) return place->second;
    const size_t last = path.back();
    Facts start;
    if (path.size() == 1) {
        const Register base = *code.instructions[last].memory.front().base;
        start = aliases(last, {{false, base}, 0}, pointer_bits());
        start[kUnwritten] = 0;
    } else {
        start = root_flow(LoadPath(path.begin(), path.end() - 1))[last].value_or(Facts{});
    }
    FlowRules rules;
    rules.bits = pointer_bits();
    rules.amend = [&](size_t index, Facts& facts) {
        if (index == last) facts = start;
    };
    rules.review = [&](size_t index, const Facts&, Facts& after) {
        end_unwritten(code.instructions[index], after);
    };
    Flow flow = follow(code, &frame, rules);
    return root_flows[path] = std::move(flow);
}

// Whether the location has what the load loaded when it was executed last.
bool Recovery::Impl::is_loaded_by(size_t load, size_t index, const Location& location,
                                  unsigned bits) {
    const auto fact = held(index, location);
    if (fact) {
        const Register to = *code.instructions[load].transfer.to;
        const auto& facts = definition_flow(load, {false, to}, bits)[index];
        const auto known = facts ? facts->find(fact->first) : Facts::const_iterator();
        return facts && known != facts->end() && known->second == truncated(fact->second, bits);
    }
    // Debug information itself names the memory.
    if (location.kind != Kind::InMemory) return false;
    const auto& facts = root_flow({load})[index];
    const auto base = facts ? facts->find({false, location.base}) : Facts::const_iterator();
    return facts && base != facts->end() && base->second + location.offset == displacement(load);
}

// The loads that everything that debug information shows of the variable came by; empty where it
// shows anything else: then the variable may be that by now.
const std::vector<size_t>& Recovery::Impl::loads_of(const Variable& variable) {
    const auto [place, added] = variable_loads.try_emplace(variable.die);
    std::vector<size_t>& loads = place->second;
    const unsigned bits = bits_of(types, variable);
    if (!added || bits == 0 || frame.convention() == nullptr || code.incomplete) return loads;
    for (size_t i = 0; i < code.instructions.size(); ++i) {
        const Location here = located(variable, code.instructions[i].address);
        if (here.kind == Kind::None) continue;
        const bool known = std::any_of(loads.begin(), loads.end(), [&](size_t load) {
            return is_loaded_by(load, i, here, bits);
        });
        if (known) continue;
        const auto fact = held(i, here);
        const auto load = fact && fact->second == 0 ? load_of(i, fact->first, bits) : std::nullopt;
        if (!load || !is_loaded_by(*load, i, here, bits)) {
            loads.clear();
            return loads;
        }
        loads.push_back(*load);
    }
    return loads;
}

// Where on every way here the variable was last seen to have what such a load gave it: what holds
// the address, or for more than one step the pointer that the path starts from.
Flow Recovery::Impl::reload_flow(const Variable& variable, const std::vector<LoadPath>& paths) {
    const unsigned bits = bits_of(types, variable);
    FlowRules rules;
    rules.bits = pointer_bits();
    rules.amend = [&](size_t index, Facts& facts) {
        const Location here = located(variable, code.instructions[index].address);
        if (here.kind == Kind::None) return;
        facts.clear();
        for (const LoadPath& path : paths) {
            if (!is_loaded_by(path.back(), index, here, bits)) continue;
            facts = shifted(root_flow(path)[index], -displacement(path.front()));
            return;
        }
    };
    rules.review = [&](size_t index, const Facts&, Facts& after) {
        end_unwritten(code.instructions[index], after);
    };
    return follow(code, &frame, rules);
}

const std::vector<Reload>& Recovery::Impl::reloads_of(const Variable& variable) {
    const auto [place, added] = variable_reloads.try_emplace(variable.die);
    std::vector<Reload>& reloads = place->second;
    const std::vector<size_t> loads = loads_of(variable);
    if (!added || loads.empty()) return reloads;
    // Longer paths have no address that could be followed, so there may only be one of them.
    for (size_t steps = 1; steps <= (loads.size() == 1 ? kMaxSteps : 1); ++steps) {
        std::vector<LoadPath> paths;
        for (const size_t load : loads) paths.push_back(path_to(load, steps));
        if (paths.front().empty()) break;
        reloads.push_back({paths.front(), reload_flow(variable, paths)});
    }
    return reloads;
}

// The memory at the end of the path, its first address being what the fact says.
std::optional<Location> Recovery::Impl::location_through(size_t index, const Held& address,
                                                         const LoadPath& path) const {
    const auto& [holder, added] = address;
    std::vector<ExpressionOp> ops;
    if (holder.slot) {
        const auto top = frame.stack_pointer(index);
        if (!top) return std::nullopt;
        ops.push_back({DW_OP_bregx, frame.convention()->stack_pointer,
                       static_cast<uint64_t>(holder.number - *top)});
        ops.push_back({DW_OP_deref, 0, 0});
        knowhy::symbols::add(ops, -added);
    } else {
        ops.push_back(
            {DW_OP_bregx, static_cast<uint64_t>(holder.number), static_cast<uint64_t>(-added)});
    }
    for (size_t step = 1; step < path.size(); ++step) {
        ops.push_back({DW_OP_deref, 0, 0});
        knowhy::symbols::add(ops, displacement(path[step]));
    }
    return classified(std::move(ops));
}

// "port->sm_vars", by the variable that debug information knows the pointer by; "" for none.
std::string Recovery::Impl::source_text(const LoadPath& path, uint64_t bytes) {
    const size_t first = path.front();
    const uint64_t address = code.instructions[first].address;
    const auto& roots = root_flow({first})[first];
    for (const Variable& variable : variables) {
        const auto fact = held(first, located(variable, address));
        const auto same = roots && fact ? roots->find(fact->first) : Facts::const_iterator();
        if (!roots || !fact || same == roots->end() || variable.artificial) continue;
        std::string text = variable.name;
        TypeId type = variable.type;
        // The pointer that is loaded through is the variable's plus this.
        int64_t apart = fact->second - same->second;
        for (const size_t load : path) {
            const auto pointee = types.pointee(type);
            const int64_t offset = apart + displacement(load);
            const auto member = pointee && offset >= 0
                                    ? types.at_offset(*pointee, static_cast<uint64_t>(offset))
                                    : std::nullopt;
            if (!member || member->offset != 0 || member->path.empty()) {
                text.clear();
                break;
            }
            text += "->" + member->path;
            type = member->type;
            apart = 0;
        }
        if (!text.empty() && types.bytes_of(type) == bytes) return text;
    }
    return {};
}

// Where debug information is missing, silence means nothing: only that no statement began that
// could assign to the variable does.
bool Recovery::Impl::may_reload(const Variable& variable, size_t index) {
    if (!is_unknown(variable, code.instructions[index].address)) return true;
    const auto& facts = variable_flow(variable)[index];
    return facts && facts->contains(kUnassigned);
}

// Registers before slots, short paths before long ones.
void Recovery::Impl::offer_reload(Recovered& answer, size_t index, const Variable& variable) {
    for (const Reload& reload : reloads_of(variable)) {
        const auto& facts = reload.flow[index];
        if (!facts) continue;
        // As the code has it before other ways to say the same address.
        std::vector<Held> order(facts->begin(), facts->end());
        std::erase_if(order, [](const Held& fact) { return !is_holder(fact.first); });
        std::stable_partition(order.begin(), order.end(), [&](const Held& fact) {
            return !fact.first.slot && -fact.second == displacement(reload.path.front());
        });
        for (const Held& fact : order) {
            const auto location = location_through(index, fact, reload.path);
            if (!location) continue;
            if (answer.grade == Grade::MayBeStale) {
                answer.also.push_back(*location);
                continue;
            }
            answer.grade = Grade::MayBeStale;
            answer.location = *location;
            answer.source = source_text(reload.path, types.bytes_of(variable.type));
            answer.loaded_at = code.instructions[reload.path.back()].address;
            answer.how = facts->contains(kUnwritten) ? "nothing was written here since"
                                                     : "memory may have changed since";
        }
        if (answer.grade == Grade::MayBeStale) return;
    }
}

// Where what a location holds was loaded from, by any load that is proven to have been the one.
std::vector<Location> Recovery::Impl::origins(size_t index, const Location& location, unsigned bits,
                                              bool unwritten) {
    std::vector<Location> found;
    if (!held(index, location) || bits == 0 || frame.convention() == nullptr) return found;
    for (size_t load = 0; load < code.instructions.size(); ++load) {
        if (!loads_through_pointer(load, bits) || !is_loaded_by(load, index, location, bits)) {
            continue;
        }
        for (size_t steps = 1; steps <= kMaxSteps; ++steps) {
            const LoadPath path = path_to(load, steps);
            if (path.empty()) break;
            const Facts facts = shifted(root_flow(path)[index], -displacement(path.front()));
            if (unwritten && !facts.contains(kUnwritten)) break;
            for (const auto& address : facts) {
                if (!is_holder(address.first)) continue;
                if (const auto place = location_through(index, address, path)) {
                    found.push_back(*place);
                }
            }
        }
    }
    return found;
}

}  // namespace knowhy::symbols
