#include "ir/simplify.h"

#include <algorithm>
#include <iterator>

#include "ir/flow.h"

namespace knowhy::ir {
namespace {

// Past blocks that do nothing but jump. `limit` ends the walk in a loop of such blocks.
BlockId final_target(const Function& function, BlockId id) {
    for (size_t limit = function.blocks.size(); limit > 0; --limit) {
        const Block& block = function.blocks[id.index];
        const auto* jump = std::get_if<Jump>(&block.end);
        if (jump == nullptr || !block.body.empty()) break;
        id = jump->to;
    }
    return id;
}

void thread_jumps(Function& function) {
    for (Block& block : function.blocks)
        redirect(block.end, [&](BlockId id) { return final_target(function, id); });
}

std::vector<size_t> count_predecessors(const Function& function) {
    std::vector<size_t> count(function.blocks.size(), 0);
    count.front() = 1;  // the caller
    for (const BlockId id : reverse_postorder(function))
        for (const BlockId next : successors(function.blocks[id.index].end)) ++count[next.index];
    return count;
}

// Takes in the block that follows, as long as nothing else leads there.
void join_followers(Function& function) {
    const std::vector<size_t> predecessors = count_predecessors(function);
    std::vector<bool> joined(function.blocks.size(), false);
    for (const BlockId id : reverse_postorder(function)) {
        if (joined[id.index]) continue;
        Block& block = function.blocks[id.index];
        for (const auto* jump = std::get_if<Jump>(&block.end);
             jump != nullptr && jump->to != id && predecessors[jump->to.index] == 1;
             jump = std::get_if<Jump>(&block.end)) {
            Block& next = function.blocks[jump->to.index];
            joined[jump->to.index] = true;
            std::ranges::copy(next.body, std::back_inserter(block.body));
            block.end = Terminator(next.end);
        }
    }
}

void remove_unreached_blocks(Function& function) {
    std::vector<BlockId> kept = reverse_postorder(function);
    std::ranges::sort(kept, {}, &BlockId::index);
    std::vector<uint32_t> new_index(function.blocks.size(), 0);
    for (size_t i = 0; i < kept.size(); ++i) new_index[kept[i].index] = static_cast<uint32_t>(i);
    std::vector<Block> blocks;
    blocks.reserve(kept.size());
    for (const BlockId id : kept) {
        redirect(function.blocks[id.index].end,
                 [&](BlockId old) { return BlockId{new_index[old.index]}; });
        blocks.push_back(std::move(function.blocks[id.index]));
    }
    function.blocks = std::move(blocks);
}

// True when something was removed.
bool remove_unread(Function& function) {
    const std::vector<RegSet> live = live_at_entry(function);
    bool removed = false;
    for (uint32_t index = 0; index < function.blocks.size(); ++index) {
        std::vector<Instruction>& body = function.blocks[index].body;
        RegSet now = live_before_end(function, live, {index});
        std::vector<Instruction> kept;
        for (size_t i = body.size(); i-- > 0;) {
            const Instruction& last = body[i];
            if (only_assigns(last) && !now[assigned(last)->index]) continue;
            step_back(now, last);
            kept.push_back(last);
        }
        removed = removed || kept.size() != body.size();
        body.assign(kept.rbegin(), kept.rend());
    }
    return removed;
}

}  // namespace

void remove_dead(Function& function) {
    remove_unreached_blocks(function);
    // An instruction that goes may have been the only reader of another, in another block.
    while (remove_unread(function)) {
    }
}

void simplify(Function& function) {
    thread_jumps(function);
    join_followers(function);
    remove_dead(function);
}

}  // namespace knowhy::ir
