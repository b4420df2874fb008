#include "collect/script/gate.h"

#include "ir/flow.h"

namespace knowhy::collect {

ir::Map gate_map() {
    return {ir::Map::Kind::Array, "gate", 4, 8, 1};
}

ir::Program with_gate(ir::Program program) {
    const auto key = ir::Place{ir::BufferId{static_cast<uint32_t>(program.buffers.size())}};
    const auto gate = ir::MapId{static_cast<uint32_t>(program.maps.size())};
    program.buffers.push_back({"gate key", 8});
    program.maps.push_back(gate_map());

    ir::Function& main = program.functions.front();
    const ir::Reg value = main.add_register(ir::Type::Address);
    const ir::Reg open = main.add_register(ir::Type::U64);
    // The entry is the first block: what was it moves to the end.
    const ir::BlockId begin = main.add_block(main.blocks.front());
    const ir::BlockId found = main.add_block();
    const ir::BlockId closed = main.add_block();
    for (ir::Block& block : main.blocks)
        ir::redirect(block.end, [&](ir::BlockId to) { return to == ir::BlockId{0} ? begin : to; });
    main.blocks[0].body = {ir::Store{key, 8, ir::Constant{0}}};
    main.blocks[0].end = ir::Lookup{value, gate, key, found, closed};
    main.blocks[found.index].body = {ir::Load{open, {value}, 8}};
    main.blocks[found.index].end =
        ir::Branch{ir::Compare::NotEqual, open, ir::Constant{0}, begin, closed};
    main.blocks[closed.index].end = ir::Return{ir::Constant{0}};
    return program;
}

}  // namespace knowhy::collect
