#include "bpf/codegen/codegen.h"

#include <gmock/gmock.h>

#include "bpf/codegen/allocate.h"
#include "bpf/codegen/assembler.h"
#include "bpf/codegen/filter_abi.h"
#include "bpf/insn/print.h"
#include "ir/flow.h"
#include "pcap/filter.h"

namespace knowhy::bpf {
namespace {

using ::testing::HasSubstr;

std::vector<Insn> generated(const std::string& expression) {
    return generate_filter(pcap::compile(expression, pcap::Link::Ethernet).value()).value();
}

TEST(Codegen, AFilterReadsAsItsQuestion) {
    EXPECT_EQ(to_text(generated("ether proto 0x8809 and ether[14] = 1")), R"(0: w2 = w2
1: w3 = w3
2: if w3 < 14 goto +10
3: if w2 < 14 goto +11
4: r5 = *(u16 *)(r1 + 12)
5: r5 = be16 r5
6: if w5 != 34825 goto +6
7: if w3 < 15 goto +5
8: if w2 < 15 goto +6
9: r5 = *(u8 *)(r1 + 14)
10: if w5 != 1 goto +2
11: r0 = 1
12: goto +3
13: r0 = 0
14: goto +1
15: r0 = 2
16: exit
)");
}

TEST(Codegen, WhatIsKnownToBeThereIsNotCheckedAgain) {
    // Who found byte 20 need not ask for byte 14.
    const std::string text = to_text(generated("ether[20] = 1 and ether[14] = 1"));
    EXPECT_THAT(text, HasSubstr("< 21 goto"));
    EXPECT_THAT(text, ::testing::Not(HasSubstr("< 15 goto")));
}

TEST(Codegen, BeyondTheCopyIsNoAccess) {
    const std::string text = to_text(generated("ether[1000] = 1"));
    EXPECT_THAT(text, ::testing::Not(HasSubstr("r1 +")));
    EXPECT_THAT(text, HasSubstr("r0 = 2"));
}

TEST(Codegen, LoopsAreRefused) {
    ir::Function loop;
    loop.add_block({{}, ir::Jump{{0}}});
    const auto filter = generate_filter(loop);
    ASSERT_FALSE(filter.has_value());
    EXPECT_EQ(filter.error().kind, ErrorKind::Unsupported);
}

// `count` values that are all live at once.
ir::Function crowded(uint32_t count) {
    ir::Function program;
    ir::Block block;
    for (uint32_t i = 0; i < count; ++i)
        block.body.emplace_back(ir::Move{program.add_register(ir::Type::U32), ir::Constant{i}});
    for (uint32_t i = 1; i < count; ++i)
        block.body.emplace_back(ir::Compute{ir::Op::Add, {0}, ir::Reg{0}, ir::Reg{i}});
    block.end = ir::Return{ir::Reg{0}};
    program.add_block(block);
    return program;
}

TEST(Codegen, MoreValuesThanTheStackHoldsAreRefused) {
    constexpr uint32_t kMost = 5 + KNOWHY_FILTER_STACK / 8;
    EXPECT_TRUE(generate_filter(crowded(kMost)).has_value());
    EXPECT_THAT(generate_filter(crowded(kMost + 1)).error().message,
                HasSubstr("22 values at once do not fit 128 bytes"));
}

TEST(Allocate, RegistersWhoseLivesDoNotMeetShareAHome) {
    // Each value's last use makes the next one.
    ir::Function chain;
    ir::Block block;
    for (uint32_t i = 0; i < 40; ++i) {
        const ir::Reg reg = chain.add_register(ir::Type::U32);
        const ir::Operand from = i == 0 ? ir::Operand(ir::Constant{1}) : ir::Reg{i - 1};
        block.body.emplace_back(ir::Move{reg, from});
    }
    block.end = ir::Return{ir::Reg{39}};
    chain.add_block(block);
    EXPECT_LE(allocate(chain, ir::reverse_postorder(chain)).used, 2U);
}

TEST(Allocate, TheBusiestComeFirst) {
    ir::Function program = crowded(9);
    const auto homes = allocate(program, ir::reverse_postorder(program));
    EXPECT_EQ(homes.of[0], 0U);
    EXPECT_EQ(homes.used, 9U);
}

TEST(Assembler, AJumpTooLongForItsOffsetIsAnError) {
    Assembler assembler;
    const auto end = assembler.add_label();
    assembler.emit_jump(jump(0), end);
    for (int i = 0; i <= INT16_MAX; ++i) assembler.emit(exit_program());
    assembler.bind(end);
    assembler.emit(exit_program());
    EXPECT_THAT(assembler.finish().error().message, HasSubstr("a jump over 32768"));
}

}  // namespace
}  // namespace knowhy::bpf
