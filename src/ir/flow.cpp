#include "ir/flow.h"

#include <algorithm>

#include "ir/overloaded.h"

namespace knowhy::ir {
namespace {

void see_operand(const Operand& operand, const std::function<void(Reg)>& see) {
    if (const Reg* reg = std::get_if<Reg>(&operand)) see(*reg);
}

void see_place(const Place& place, const std::function<void(Reg)>& see) {
    if (const Reg* reg = std::get_if<Reg>(&place.base)) see(*reg);
    see_operand(place.offset, see);
}

void see_arguments(const CallHelper& call, const std::function<void(Reg)>& see) {
    for (const Argument& argument : call.arguments)
        std::visit(
            Overloaded{[&](const Operand& operand) { see_operand(operand, see); },
                       [&](const Place& place) { see_place(place, see); }, [](const auto&) {}},
            argument);
}

void add_all(RegSet& to, const RegSet& from) {
    for (size_t i = 0; i < from.size(); ++i)
        if (from[i]) to[i] = true;
}

}  // namespace

void for_each_use(const Instruction& instruction, const std::function<void(Reg)>& see) {
    std::visit(
        Overloaded{[&](const Move& move) { see_operand(move.from, see); },
                   [&](const Compute& compute) {
                       see_operand(compute.left, see);
                       see_operand(compute.right, see);
                   },
                   [&](const SignExtend& it) { see_operand(it.from, see); },
                   [&](const SwapBytes& it) { see_operand(it.from, see); },
                   [&](const Load& load) { see_place(load.from, see); },
                   [&](const Store& store) {
                       see_place(store.to, see);
                       see_operand(store.value, see);
                   },
                   [&](const Copy& copy) {
                       see_place(copy.to, see);
                       see_place(copy.from, see);
                   },
                   [&](const Fill& fill) { see_place(fill.to, see); },
                   [&](const AtomicAdd& add) {
                       see_place(add.to, see);
                       see_operand(add.amount, see);
                   },
                   [&](const CallHelper& call) { see_arguments(call, see); },
                   [&](const CallFunction& call) {
                       for (const Operand& operand : call.arguments) see_operand(operand, see);
                   },
                   [&](const Loop& loop) { see_operand(loop.times, see); }, [](const auto&) {}},
        instruction);
}

void for_each_use(const Terminator& terminator, const std::function<void(Reg)>& see) {
    std::visit(Overloaded{[](const Jump&) {},
                          [&](const Branch& branch) {
                              see(branch.left);
                              see_operand(branch.right, see);
                          },
                          [&](const LoadPacket& load) { see_operand(load.base, see); },
                          [&](const Lookup& lookup) {
                              see_place(lookup.key, see);
                              if (lookup.cpu) see_operand(*lookup.cpu, see);
                          },
                          [&](const Return& leave) { see_operand(leave.value, see); }},
               terminator);
}

std::optional<Reg> assigned(const Instruction& instruction) {
    using Assigned = std::optional<Reg>;
    return std::visit(
        Overloaded{[](const Store&) { return Assigned(); }, [](const Copy&) { return Assigned(); },
                   [](const Fill&) { return Assigned(); },
                   [](const AtomicAdd&) { return Assigned(); },
                   [](const ForEach&) { return Assigned(); }, [](const At&) { return Assigned(); },
                   [](const Loop& loop) { return loop.done; },
                   [](const auto& any) { return Assigned(any.to); }},
        instruction);
}

std::optional<Reg> assigned(const Terminator& terminator) {
    if (const auto* load = std::get_if<LoadPacket>(&terminator)) return load->to;
    if (const auto* lookup = std::get_if<Lookup>(&terminator)) return lookup->value;
    return std::nullopt;
}

bool only_assigns(const Instruction& instruction) {
    return std::visit(
        Overloaded{[](const Store&) { return false; }, [](const Copy&) { return false; },
                   [](const Fill&) { return false; }, [](const AtomicAdd&) { return false; },
                   [](const CallHelper&) { return false; },
                   [](const CallFunction&) { return false; }, [](const Loop&) { return false; },
                   [](const ForEach&) { return false; }, [](const At&) { return false; },
                   [](const auto&) { return true; }},
        instruction);
}

std::vector<FunctionId> callees(const Function& function) {
    std::vector<FunctionId> all;
    for (const Block& block : function.blocks)
        for (const Instruction& instruction : block.body)
            std::visit(Overloaded{[&](const CallFunction& call) { all.push_back(call.function); },
                                  [&](const Loop& loop) { all.push_back(loop.body); },
                                  [&](const ForEach& each) { all.push_back(each.body); },
                                  [](const auto&) {}},
                       instruction);
    return all;
}

std::vector<BlockId> successors(const Terminator& terminator) {
    using Blocks = std::vector<BlockId>;
    return std::visit(Overloaded{[](const Jump& jump) { return Blocks{jump.to}; },
                                 [](const Branch& branch) {
                                     return Blocks{branch.yes, branch.no};
                                 },
                                 [](const LoadPacket& load) {
                                     return Blocks{load.loaded, load.past_end, load.past_copy};
                                 },
                                 [](const Lookup& lookup) {
                                     return Blocks{lookup.found, lookup.missing};
                                 },
                                 [](const Return&) { return Blocks{}; }},
                      terminator);
}

void redirect(Terminator& terminator, const std::function<BlockId(BlockId)>& to) {
    std::visit(Overloaded{[&](Jump& jump) { jump.to = to(jump.to); },
                          [&](Branch& branch) {
                              branch.yes = to(branch.yes);
                              branch.no = to(branch.no);
                          },
                          [&](LoadPacket& load) {
                              load.loaded = to(load.loaded);
                              load.past_end = to(load.past_end);
                              load.past_copy = to(load.past_copy);
                          },
                          [&](Lookup& lookup) {
                              lookup.found = to(lookup.found);
                              lookup.missing = to(lookup.missing);
                          },
                          [](Return&) {}},
               terminator);
}

std::vector<BlockId> reverse_postorder(const Function& function) {
    struct Visit {
        BlockId block;
        std::vector<BlockId> next;
    };
    std::vector<BlockId> order;
    std::vector<bool> seen(function.blocks.size(), false);
    std::vector<Visit> stack;  // explicit: a hostile program may be thousands of blocks deep
    const auto enter = [&](BlockId id) {
        if (seen[id.index]) return;
        seen[id.index] = true;
        stack.push_back({id, successors(function.blocks[id.index].end)});
    };
    if (!function.blocks.empty()) enter({0});
    while (!stack.empty()) {
        if (stack.back().next.empty()) {
            order.push_back(stack.back().block);
            stack.pop_back();
            continue;
        }
        const BlockId next = stack.back().next.back();
        stack.back().next.pop_back();
        enter(next);
    }
    std::ranges::reverse(order);
    return order;
}

void step_back(RegSet& live, const Instruction& instruction) {
    if (const auto reg = assigned(instruction)) live[reg->index] = false;
    for_each_use(instruction, [&](Reg reg) { live[reg.index] = true; });
}

RegSet live_before_end(const Function& function, const std::vector<RegSet>& live, BlockId block) {
    const Terminator& end = function.blocks[block.index].end;
    RegSet now(function.registers.size(), false);
    const std::vector<BlockId> next = successors(end);
    if (!next.empty()) add_all(now, live[next.front().index]);
    if (const auto reg = assigned(end)) now[reg->index] = false;  // on the first edge alone
    for (size_t i = 1; i < next.size(); ++i) add_all(now, live[next[i].index]);
    for_each_use(end, [&](Reg reg) { now[reg.index] = true; });
    return now;
}

std::vector<RegSet> live_at_entry(const Function& function) {
    std::vector<RegSet> live(function.blocks.size(), RegSet(function.registers.size(), false));
    std::vector<BlockId> order = reverse_postorder(function);
    std::ranges::reverse(order);
    for (bool changed = true; changed;) {
        changed = false;
        for (const BlockId id : order) {
            RegSet now = live_before_end(function, live, id);
            const std::vector<Instruction>& body = function.blocks[id.index].body;
            for (size_t i = body.size(); i-- > 0;) step_back(now, body[i]);
            if (now == live[id.index]) continue;
            live[id.index] = std::move(now);
            changed = true;
        }
    }
    return live;
}

}  // namespace knowhy::ir
