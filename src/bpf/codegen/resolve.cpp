#include "bpf/codegen/resolve.h"

#include "ir/simplify.h"

namespace knowhy::bpf {

ir::Program resolve_loads(ir::Program program, uint32_t snap) {
    for (ir::Block& block : program.blocks) {
        const auto* load = std::get_if<ir::LoadPacket>(&block.end);
        const auto* base = load != nullptr ? std::get_if<ir::Constant>(&load->base) : nullptr;
        if (base == nullptr) continue;
        const uint64_t end = base->value + load->displacement + load->width;
        if (end <= snap) continue;
        if (end > UINT32_MAX) {
            block.end = ir::Jump{load->past_end};  // no packet is that long
            continue;
        }
        const ir::Reg length = program.add_register(ir::Type::U32);
        block.body.emplace_back(ir::PacketLength{length});
        block.end = ir::Branch{ir::Compare::Less, length, ir::Constant{end}, load->past_end,
                               load->past_copy};
    }
    ir::remove_dead(program);
    return program;
}

}  // namespace knowhy::bpf
