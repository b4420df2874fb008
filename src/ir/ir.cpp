#include "ir/ir.h"

#include <type_traits>

namespace knowhy::ir {

Reg Program::add_register(Type type) {
    registers.push_back(type);
    return {static_cast<uint32_t>(registers.size() - 1)};
}

BlockId Program::add_block(Block block) {
    blocks.push_back(std::move(block));
    return {static_cast<uint32_t>(blocks.size() - 1)};
}

Effects effects_of(const Instruction& instruction) {
    return std::holds_alternative<PacketLength>(instruction) ? Effects::ReadsPacket : Effects::None;
}

Effects effects_of(const Terminator& terminator) {
    return std::holds_alternative<LoadPacket>(terminator) ? Effects::ReadsPacket : Effects::None;
}

Effects effects_of(const Program& program) {
    Effects all = Effects::None;
    for (const Block& block : program.blocks) {
        for (const Instruction& instruction : block.body) all = all | effects_of(instruction);
        all = all | effects_of(block.end);
    }
    return all;
}

}  // namespace knowhy::ir
