#include "collect/script/gate.h"

#include <gtest/gtest.h>

#include "collect/script/map_store.h"
#include "collect/script/user_probe.h"
#include "ir/verify.h"

namespace knowhy::collect {
namespace {

// Sends a record for each of three turns; its loop goes back to the entry.
ir::Program looping() {
    ir::Program program;
    program.maps = {{ir::Map::Kind::RingBuffer, "records", 0, 0, 4096},
                    {ir::Map::Kind::Hash, "turns", 8, 8, 4}};
    program.buffers = {{"record", 8}};
    ir::Function main;
    const ir::Place record{ir::BufferId{0}};
    const ir::Reg turns = main.add_register(ir::Type::U64);
    main.blocks.resize(2);
    main.blocks[0].body = {
        ir::Load{turns, record, 8}, ir::Compute{ir::Op::Add, turns, turns, ir::Constant{1}},
        ir::Store{record, 8, turns},
        ir::CallHelper{
            {},
            ir::Helper::RingOutput,
            {ir::MapId{0}, record, ir::Operand{ir::Constant{8}}, ir::Operand{ir::Constant{0}}}}};
    main.blocks[0].end = ir::Branch{ir::Compare::Less, turns, ir::Constant{3}, {0}, {1}};
    main.blocks[1].end = ir::Return{ir::Constant{0}};
    program.functions = {main};
    return program;
}

TEST(Gate, NothingIsDoneWhileItIsClosed) {
    const ir::Program program = with_gate(looping());
    const auto sound = ir::verify(program);
    ASSERT_TRUE(sound) << sound.error().message;
    ASSERT_EQ(program.maps.size(), 3U);
    const auto maps = maps_in_memory(program.maps);
    unsigned records = 0;
    UserProbe probe(
        program, *maps, [&](std::span<const uint8_t>) { ++records; }, nullptr, 0);
    ASSERT_TRUE(probe.run());
    EXPECT_EQ(records, 0U);
    const MapBytes key(4);
    MapBytes open(8);
    open[0] = 1;
    ASSERT_EQ(maps->put(2, key, open, 0), 0);
    ASSERT_TRUE(probe.run());
    EXPECT_EQ(records, 3U);
}

}  // namespace
}  // namespace knowhy::collect
