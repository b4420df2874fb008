#include "bpf/codegen/resolve.h"

#include <algorithm>

#include "ir/flow.h"
#include "ir/simplify.h"

namespace knowhy::bpf {
namespace {

// Where a load at a constant offset ends; 0 for others.
uint64_t constant_end(const ir::Terminator& terminator) {
    const auto* load = std::get_if<ir::LoadPacket>(&terminator);
    const auto* base = load != nullptr ? std::get_if<ir::Constant>(&load->base) : nullptr;
    return base != nullptr ? base->value + load->displacement + load->width : 0;
}

}  // namespace

ir::Function resolve_loads(ir::Function program, uint32_t snap) {
    for (ir::Block& block : program.blocks) {
        const uint64_t end = constant_end(block.end);
        if (end <= snap) continue;
        const auto load = std::get<ir::LoadPacket>(block.end);
        if (end > UINT32_MAX) {
            block.end = ir::Jump{load.past_end};  // no packet is that long
            continue;
        }
        const ir::Reg length = program.add_register(ir::Type::U32);
        block.body.emplace_back(ir::PacketLength{length});
        block.end =
            ir::Branch{ir::Compare::Less, length, ir::Constant{end}, load.past_end, load.past_copy};
    }
    ir::remove_dead(program);
    return program;
}

std::vector<uint64_t> bytes_held(const ir::Function& program,
                                 const std::vector<ir::BlockId>& order) {
    std::vector<uint64_t> held(program.blocks.size(), UINT64_MAX);
    held.front() = 0;
    for (const ir::BlockId id : order) {
        const ir::Terminator& end = program.blocks[id.index].end;
        const auto at_least = [&](ir::BlockId next, uint64_t bytes) {
            held[next.index] = std::min(held[next.index], bytes);
        };
        for (const ir::BlockId next : ir::successors(end)) {
            const auto* load = std::get_if<ir::LoadPacket>(&end);
            const bool loaded = load != nullptr && next == load->loaded && next != load->past_end &&
                                next != load->past_copy;
            at_least(next, loaded ? std::max(held[id.index], constant_end(end)) : held[id.index]);
        }
    }
    return held;
}

}  // namespace knowhy::bpf
