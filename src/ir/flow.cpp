#include "ir/flow.h"

#include <algorithm>

#include "ir/overloaded.h"

namespace knowhy::ir {
namespace {

void see_operand(const Operand& operand, const std::function<void(Reg)>& see) {
    if (const Reg* reg = std::get_if<Reg>(&operand)) see(*reg);
}

void add_all(RegSet& to, const RegSet& from) {
    for (size_t i = 0; i < from.size(); ++i)
        if (from[i]) to[i] = true;
}

}  // namespace

void for_each_use(const Instruction& instruction, const std::function<void(Reg)>& see) {
    std::visit(Overloaded{[&](const Move& move) { see_operand(move.from, see); },
                          [&](const Compute& compute) {
                              see_operand(compute.left, see);
                              see_operand(compute.right, see);
                          },
                          [](const PacketLength&) {}},
               instruction);
}

void for_each_use(const Terminator& terminator, const std::function<void(Reg)>& see) {
    std::visit(Overloaded{[](const Jump&) {},
                          [&](const Branch& branch) {
                              see(branch.left);
                              see_operand(branch.right, see);
                          },
                          [&](const LoadPacket& load) { see_operand(load.base, see); },
                          [&](const Return& leave) { see_operand(leave.value, see); }},
               terminator);
}

Reg assigned(const Instruction& instruction) {
    return std::visit([](const auto& any) { return any.to; }, instruction);
}

std::optional<Reg> assigned(const Terminator& terminator) {
    const auto* load = std::get_if<LoadPacket>(&terminator);
    return load != nullptr ? std::optional(load->to) : std::nullopt;
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
                          [](Return&) {}},
               terminator);
}

std::vector<BlockId> reverse_postorder(const Program& program) {
    struct Visit {
        BlockId block;
        std::vector<BlockId> next;
    };
    std::vector<BlockId> order;
    std::vector<bool> seen(program.blocks.size(), false);
    std::vector<Visit> stack;  // explicit: a hostile program may be thousands of blocks deep
    const auto enter = [&](BlockId id) {
        if (seen[id.index]) return;
        seen[id.index] = true;
        stack.push_back({id, successors(program.blocks[id.index].end)});
    };
    if (!program.blocks.empty()) enter({0});
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
    live[assigned(instruction).index] = false;
    for_each_use(instruction, [&](Reg reg) { live[reg.index] = true; });
}

RegSet live_before_end(const Program& program, const std::vector<RegSet>& live, BlockId block) {
    const Terminator& end = program.blocks[block.index].end;
    RegSet now(program.registers.size(), false);
    const std::vector<BlockId> next = successors(end);
    if (!next.empty()) add_all(now, live[next.front().index]);
    if (const auto reg = assigned(end)) now[reg->index] = false;  // on the first edge alone
    for (size_t i = 1; i < next.size(); ++i) add_all(now, live[next[i].index]);
    for_each_use(end, [&](Reg reg) { now[reg.index] = true; });
    return now;
}

std::vector<RegSet> live_at_entry(const Program& program) {
    std::vector<RegSet> live(program.blocks.size(), RegSet(program.registers.size(), false));
    std::vector<BlockId> order = reverse_postorder(program);
    std::ranges::reverse(order);
    for (bool changed = true; changed;) {
        changed = false;
        for (const BlockId id : order) {
            RegSet now = live_before_end(program, live, id);
            const std::vector<Instruction>& body = program.blocks[id.index].body;
            for (size_t i = body.size(); i-- > 0;) step_back(now, body[i]);
            if (now == live[id.index]) continue;
            live[id.index] = std::move(now);
            changed = true;
        }
    }
    return live;
}

}  // namespace knowhy::ir
