#include "ir/ir.h"

#include "ir/overloaded.h"

namespace knowhy::ir {

Reg Function::add_register(Type type) {
    registers.push_back(type);
    return {static_cast<uint32_t>(registers.size() - 1)};
}

BlockId Function::add_block(Block block) {
    blocks.push_back(std::move(block));
    return {static_cast<uint32_t>(blocks.size() - 1)};
}

namespace {

// Besides what the helper does on its own: where it reads and writes for its caller.
Effects effects_of_arguments(const CallHelper& call) {
    Effects all = Effects::None;
    for (size_t i = 0; i < call.arguments.size(); ++i) {
        const auto* place = std::get_if<Place>(&call.arguments[i]);
        if (place == nullptr || std::holds_alternative<BufferId>(place->base)) continue;
        const bool writes = info_of(call.helper).arguments[i] == ArgumentKind::WritesBytes;
        all = all | (writes ? Effects::WritesMaps : Effects::ReadsMaps);
    }
    return all;
}

}  // namespace

Effects effects_of(const Instruction& instruction) {
    const auto if_address = [](const Place& place, Effects effect) {
        return std::holds_alternative<Reg>(place.base) ? effect : Effects::None;
    };
    return std::visit(
        Overloaded{[](const PacketLength&) { return Effects::ReadsPacket; },
                   [](const LoadContext&) { return Effects::ReadsContext; },
                   [](const ContextAddress&) { return Effects::ReadsContext; },
                   [&](const Load& load) { return if_address(load.from, Effects::ReadsMaps); },
                   [&](const Store& store) { return if_address(store.to, Effects::WritesMaps); },
                   [&](const Fill& fill) { return if_address(fill.to, Effects::WritesMaps); },
                   [&](const Copy& copy) {
                       return if_address(copy.from, Effects::ReadsMaps) |
                              if_address(copy.to, Effects::WritesMaps);
                   },
                   [](const AtomicAdd&) { return Effects::ReadsMaps | Effects::WritesMaps; },
                   [](const CallHelper& call) {
                       return info_of(call.helper).effects | effects_of_arguments(call);
                   },
                   [](const ForEach& each) {
                       return each.order ? Effects::ReadsMaps | Effects::KeepsOrder
                                         : Effects::ReadsMaps;
                   },
                   [](const auto&) { return Effects::None; }},
        instruction);
}

Effects effects_of(const Terminator& terminator) {
    return std::visit(Overloaded{[](const LoadPacket&) { return Effects::ReadsPacket; },
                                 [](const Lookup&) { return Effects::ReadsMaps; },
                                 [](const auto&) { return Effects::None; }},
                      terminator);
}

Effects effects_of(const Function& function) {
    Effects all = Effects::None;
    for (const Block& block : function.blocks) {
        for (const Instruction& instruction : block.body) all = all | effects_of(instruction);
        all = all | effects_of(block.end);
    }
    return all;
}

Effects effects_of(const Program& program) {
    Effects all = Effects::None;
    for (const Function& function : program.functions) all = all | effects_of(function);
    return all;
}

}  // namespace knowhy::ir
