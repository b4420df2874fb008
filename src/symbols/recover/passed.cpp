// A parameter of what was inlined, where its code has begun (it is mixed with what is around it)
// but debug information does not place the parameter yet. The value was passed in before: what it
// is placed with later is looked for here.
#include <algorithm>

#include "symbols/recover/recover_impl.h"

namespace knowhy::symbols {
namespace {

using Kind = Location::Kind;
using Neighbours = std::vector<size_t>;

// Instructions reached from one; it goes on over none that `stop` stops at: those are `ends`.
struct Reached {
    std::vector<bool> over;
    std::vector<size_t> ends;
};

Neighbours behind(const Code& code, size_t index) {
    const Block& block = code.blocks[code.block_of(index)];
    if (index + 1 < block.first + block.count) return {index + 1};
    Neighbours found;
    for (const size_t next : block.successors) found.push_back(code.blocks[next].first);
    return found;
}

Neighbours before(const Code& code, size_t index) {
    const Block& block = code.blocks[code.block_of(index)];
    if (index > block.first) return {index - 1};
    Neighbours found;
    for (const size_t from : block.predecessors) {
        found.push_back(code.blocks[from].first + code.blocks[from].count - 1);
    }
    return found;
}

template <typename Next, typename Stop>
Reached reached(const Code& code, size_t index, Next next, Stop stop) {
    Reached found{std::vector<bool>(code.instructions.size()), {}};
    std::vector<size_t> waiting{index};
    while (!waiting.empty()) {
        const size_t from = waiting.back();
        waiting.pop_back();
        for (const size_t to : next(code, from)) {
            if (found.over[to]) continue;
            found.over[to] = true;
            if (stop(to)) {
                found.ends.push_back(to);
            } else {
                waiting.push_back(to);
            }
        }
    }
    return found;
}

}  // namespace

// What holds at `index` the value that `known` is at `known_at`, unless it is made in `between`.
Facts Recovery::Impl::value_at(size_t index, size_t known_at, const Held& known, unsigned bits,
                               const std::vector<bool>& between) {
    const auto through = [&](const Flow& flow) -> Facts {
        const auto& there = flow[known_at];
        const auto same = there ? there->find(known.first) : Facts::const_iterator();
        if (!there || same == there->end() || !flow[index]) return {};
        return with_difference(*flow[index], same->second - known.second, bits);
    };
    for (const Register reg : frame.convention()->arguments) {
        Facts facts = through(entry_flow(reg, bits));
        if (!facts.empty()) return facts;
    }
    const auto definition = definition_of(known_at, known.first, bits);
    if (!definition || between[*definition] || *definition == index) return {};
    return through(definition_flow(*definition, known.first, bits));
}

// Whether something may assign to the variable from `index` on, before the ends.
bool Recovery::Impl::may_be_assigned(const Variable& variable, size_t index,
                                     const std::vector<bool>& over,
                                     const std::vector<size_t>& ends) const {
    if (statements.empty() || statement_may_assign(variable, index)) return true;
    for (size_t i = 0; i < over.size(); ++i) {
        const bool end = std::find(ends.begin(), ends.end(), i) != ends.end();
        if (over[i] && !end && statement_may_assign(variable, i)) return true;
    }
    return false;
}

// Whether debug information says that a variable of another function, of the same type, has it.
bool Recovery::Impl::is_of_caller(const Variable& variable, size_t index,
                                  const Facts& facts) const {
    const uint64_t address = code.instructions[index].address;
    return std::any_of(variables.begin(), variables.end(), [&](const Variable& other) {
        const auto fact = held(index, located(other, address));
        const auto same = fact ? facts.find(fact->first) : facts.end();
        return same != facts.end() && same->second == fact->second &&
               other.scope != variable.scope && types.text(other.type) == types.text(variable.type);
    });
}

// Nothing placed it on any way here, no statement began that may assign to it, wherever it is
// placed next it is the same value, and a variable of a function around it has that now.
Facts Recovery::Impl::passed_in(size_t index, const Variable& variable) {
    const unsigned bits = bits_of(types, variable);
    if (!variable.parameter || bits == 0 || frame.convention() == nullptr || code.incomplete) {
        return {};
    }
    const auto placed = [&](size_t at) {
        return located(variable, code.instructions[at].address).kind != Kind::None;
    };
    if (!reached(code, index, before, placed).ends.empty()) return {};
    const Reached next = reached(code, index, behind, placed);
    if (may_be_assigned(variable, index, next.over, next.ends)) return {};
    std::optional<Facts> agreed;
    for (const size_t end : next.ends) {
        const auto known = held(end, located(variable, code.instructions[end].address));
        if (!known) return {};
        const Facts facts = value_at(index, end, *known, bits, next.over);
        if (!agreed) agreed = facts;
        std::erase_if(*agreed, [&](const Held& fact) {
            const auto same = facts.find(fact.first);
            return same == facts.end() || same->second != fact.second;
        });
    }
    if (!agreed || !is_of_caller(variable, index, *agreed)) return {};
    return *agreed;
}

}  // namespace knowhy::symbols
