#include "ir/ir.h"

#include <gmock/gmock.h>

#include "ir/flow.h"
#include "ir/interp.h"
#include "ir/print.h"
#include "ir/simplify.h"
#include "ir/verify.h"

namespace knowhy::ir {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr Reg kA{0};  // u32
constexpr Reg kB{1};  // u32
constexpr Reg kC{2};  // u64

Function with_registers() {
    Function program;
    program.registers = {Type::U32, Type::U32, Type::U64};
    return program;
}

// One block that leaves with kA.
Function straight(std::vector<Instruction> body) {
    Function program = with_registers();
    program.add_block({std::move(body), Return{kA}});
    return program;
}

// a = b op right, with b as given.
uint64_t computed(Op op, uint64_t left, uint64_t right) {
    const Function program =
        straight({Move{kB, Constant{left}}, Compute{op, kA, kB, Constant{right}}});
    return run(program, {}).value();
}

Function loads(uint8_t width, const Operand& base, uint32_t displacement) {
    Function program = with_registers();
    program.add_block({{}, LoadPacket{kA, width, base, displacement, {1}, {2}, {3}}});
    program.add_block({{}, Return{kA}});
    program.add_block({{}, Return{Constant{1000}}});
    program.add_block({{}, Return{Constant{2000}}});
    return program;
}

std::string problem(const Function& program) {
    const auto status = verify(program);
    return status ? "" : status.error().message;
}

TEST(Interp, OperationsAreTotal) {
    EXPECT_EQ(computed(Op::Add, UINT32_MAX, 2), 1U);
    EXPECT_EQ(computed(Op::Sub, 1, 2), UINT32_MAX);
    EXPECT_EQ(computed(Op::Mul, 0x10001, 0x10001), 0x20001U);
    EXPECT_EQ(computed(Op::Div, 7, 0), 0U);
    EXPECT_EQ(computed(Op::Mod, 7, 0), 7U);
    EXPECT_EQ(computed(Op::Mod, 7, 4), 3U);
    EXPECT_EQ(computed(Op::ShiftLeft, 1, 33), 2U);
    EXPECT_EQ(computed(Op::ShiftRight, 0x80000000, 31), 1U);
    EXPECT_EQ(computed(Op::Xor, 6, 3), 5U);
}

TEST(Interp, MovesConvert) {
    const Function program = straight({Move{kC, Constant{0x1234567890}}, Move{kA, kC}});
    EXPECT_EQ(problem(program), "");
    EXPECT_EQ(run(program, {}).value(), 0x34567890U);
}

TEST(Interp, LoadsHaveThreeOutcomes) {
    const std::vector<uint8_t> bytes = {1, 2, 3, 4, 5};
    const Packet packet{bytes, 7};
    EXPECT_EQ(run(loads(1, Constant{0}, 4), packet).value(), 5U);
    EXPECT_EQ(run(loads(2, Constant{1}, 2), packet).value(), 0x0405U);
    EXPECT_EQ(run(loads(4, Constant{0}, 0), packet).value(), 0x01020304U);
    EXPECT_EQ(run(loads(2, Constant{0}, 4), packet).value(), 2000U);
    EXPECT_EQ(run(loads(2, Constant{0}, 5), packet).value(), 2000U);
    EXPECT_EQ(run(loads(2, Constant{0}, 6), packet).value(), 1000U);
    EXPECT_EQ(run(loads(1, Constant{UINT32_MAX}, 1), packet).value(), 1000U) << "no wrapping";
}

TEST(Interp, ALoopWithoutEndIsAnError) {
    Function program = with_registers();
    program.add_block({{}, Jump{{0}}});
    EXPECT_THAT(run(program, {}, 10).error().message, HasSubstr("it does not end"));
}

TEST(Verify, RefusesWhatIsNoProgram) {
    EXPECT_EQ(problem(loads(4, Constant{0}, 0)), "");
    EXPECT_THAT(problem(Function{}), HasSubstr("no blocks"));
    EXPECT_THAT(problem(loads(3, Constant{0}, 0)), HasSubstr("a load of 3 bytes"));
    EXPECT_THAT(problem(loads(1, kC, 0)), HasSubstr("%2 is u64, not u32"));
    EXPECT_THAT(problem(loads(1, kB, 0)), HasSubstr("%1 is read before it is assigned"));
    EXPECT_THAT(problem(straight({Move{{9}, Constant{0}}})), HasSubstr("no register %9"));
    EXPECT_THAT(problem(straight({Move{kA, Constant{1ULL << 32U}}})), HasSubstr("does not fit"));
    EXPECT_THAT(problem(straight({Move{kC, Constant{0}}, Compute{Op::Add, kA, kC, kC}})),
                HasSubstr("b0: %2 is u64"));
    Function astray = with_registers();
    astray.add_block({{}, Jump{{1}}});
    EXPECT_THAT(problem(astray), HasSubstr("no block b1"));
}

TEST(Verify, ALoadAssignsOnlyWhereItSucceeds) {
    Function program = loads(1, Constant{0}, 0);
    program.blocks[2].end = Return{kA};
    EXPECT_THAT(problem(program), HasSubstr("%0 is read before it is assigned"));
}

TEST(Flow, EveryBlockComesAfterItsPredecessors) {
    Function program = with_registers();
    program.add_block({{Move{kA, Constant{0}}}, Branch{Compare::Less, kA, Constant{1}, {3}, {1}}});
    program.add_block({{}, Return{kA}});
    program.add_block({{}, Return{kA}});  // unreached
    program.add_block({{}, Jump{{1}}});
    EXPECT_THAT(reverse_postorder(program), ElementsAre(BlockId{0}, BlockId{3}, BlockId{1}));
    EXPECT_TRUE(live_at_entry(program)[3][kA.index]);
    EXPECT_FALSE(live_at_entry(program)[0][kA.index]);
}

TEST(Simplify, RemovesWhatNobodyReadsAndJoinsWhatFollows) {
    Function program = with_registers();
    program.add_block({{Move{kA, Constant{5}}, Move{kB, kA}}, Jump{{1}}});
    program.add_block({{}, Jump{{2}}});
    program.add_block({{Compute{Op::Add, kB, kB, kB}, PacketLength{kB}}, Jump{{3}}});
    program.add_block({{}, Return{kA}});
    simplify(program);
    EXPECT_EQ(to_text(program), "returns u32\nb0:\n    %0:u32 = 0x5\n    return %0\n");
}

TEST(Simplify, KeepsLoops) {
    Function program = with_registers();
    program.add_block({{Move{kA, Constant{9}}}, Jump{{1}}});
    program.add_block({{Compute{Op::Sub, kA, kA, Constant{1}}},
                       Branch{Compare::NotEqual, kA, Constant{0}, {2}, {3}}});
    program.add_block({{}, Jump{{1}}});
    program.add_block({{}, Return{kA}});
    simplify(program);
    EXPECT_EQ(program.blocks.size(), 3U);
    EXPECT_EQ(run(program, {}).value(), 0U);
}

TEST(Effects, AreWhatAProgramTouches) {
    EXPECT_EQ(effects_of(straight({Move{kA, Constant{1}}})), Effects::None);
    EXPECT_EQ(effects_of(straight({PacketLength{kA}})), Effects::ReadsPacket);
    EXPECT_EQ(effects_of(loads(1, Constant{0}, 0)), Effects::ReadsPacket);
}

}  // namespace
}  // namespace knowhy::ir
