#include "ir/simplify.h"

#include <algorithm>
#include <iterator>

#include "ir/flow.h"

namespace knowhy::ir {
namespace {

// Past blocks that do nothing but jump. `limit` ends the walk in a loop of such blocks.
BlockId final_target(const Program& program, BlockId id) {
    for (size_t limit = program.blocks.size(); limit > 0; --limit) {
        const Block& block = program.blocks[id.index];
        const auto* jump = std::get_if<Jump>(&block.end);
        if (jump == nullptr || !block.body.empty()) break;
        id = jump->to;
    }
    return id;
}

void thread_jumps(Program& program) {
    for (Block& block : program.blocks)
        redirect(block.end, [&](BlockId id) { return final_target(program, id); });
}

std::vector<size_t> count_predecessors(const Program& program) {
    std::vector<size_t> count(program.blocks.size(), 0);
    count.front() = 1;  // the caller
    for (const BlockId id : reverse_postorder(program))
        for (const BlockId next : successors(program.blocks[id.index].end)) ++count[next.index];
    return count;
}

// Takes in the block that follows, as long as nothing else leads there.
void join_followers(Program& program) {
    const std::vector<size_t> predecessors = count_predecessors(program);
    std::vector<bool> joined(program.blocks.size(), false);
    for (const BlockId id : reverse_postorder(program)) {
        if (joined[id.index]) continue;
        Block& block = program.blocks[id.index];
        for (const auto* jump = std::get_if<Jump>(&block.end);
             jump != nullptr && jump->to != id && predecessors[jump->to.index] == 1;
             jump = std::get_if<Jump>(&block.end)) {
            Block& next = program.blocks[jump->to.index];
            joined[jump->to.index] = true;
            std::ranges::copy(next.body, std::back_inserter(block.body));
            block.end = Terminator(next.end);
        }
    }
}

void remove_unreached_blocks(Program& program) {
    std::vector<BlockId> kept = reverse_postorder(program);
    std::ranges::sort(kept, {}, &BlockId::index);
    std::vector<uint32_t> new_index(program.blocks.size(), 0);
    for (size_t i = 0; i < kept.size(); ++i) new_index[kept[i].index] = static_cast<uint32_t>(i);
    std::vector<Block> blocks;
    blocks.reserve(kept.size());
    for (const BlockId id : kept) {
        redirect(program.blocks[id.index].end,
                 [&](BlockId old) { return BlockId{new_index[old.index]}; });
        blocks.push_back(std::move(program.blocks[id.index]));
    }
    program.blocks = std::move(blocks);
}

// True when something was removed.
bool remove_unread(Program& program) {
    const std::vector<RegSet> live = live_at_entry(program);
    bool removed = false;
    for (uint32_t index = 0; index < program.blocks.size(); ++index) {
        std::vector<Instruction>& body = program.blocks[index].body;
        RegSet now = live_before_end(program, live, {index});
        std::vector<Instruction> kept;
        for (size_t i = body.size(); i-- > 0;) {
            const Instruction& last = body[i];
            // Reading the packet changes nothing, so an unread value of it may go.
            if (!now[assigned(last).index]) continue;
            step_back(now, last);
            kept.push_back(last);
        }
        removed = removed || kept.size() != body.size();
        body.assign(kept.rbegin(), kept.rend());
    }
    return removed;
}

}  // namespace

void remove_dead(Program& program) {
    remove_unreached_blocks(program);
    // An instruction that goes may have been the only reader of another, in another block.
    while (remove_unread(program)) {
    }
}

void simplify(Program& program) {
    thread_jumps(program);
    join_followers(program);
    remove_dead(program);
}

}  // namespace knowhy::ir
