#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "symbols/disasm/disasm.h"
#include "symbols/disasm/testing.h"

namespace knowhy::symbols {
namespace {

using ::testing::ElementsAre;
using testing::from_hex;
using ::testing::IsEmpty;

constexpr Machine kX86{Arch::X86_64, false, 0};
constexpr Machine kMips{Arch::Mips64, true, 0};
constexpr Machine kRiscv{Arch::Riscv64, false, 0};

class CodeTest : public ::testing::Test {
  protected:
    Code build(const Machine& machine, std::string_view hex, const CodeNotes& notes = {}) {
        bytes_ = from_hex(hex);
        const CodeRange range{0x1000, bytes_};
        return build_code(Decoder::open(machine).value(), {&range, 1}, notes);
    }
    static uint64_t start(const Code& code, size_t block) {
        return code.instructions[code.blocks[block].first].address;
    }

    std::vector<uint8_t> bytes_;
};

TEST_F(CodeTest, ABranchHasTwoWays) {
    // test %edi,%edi; je +2; inc %eax; ret
    const Code code = build(kX86, "85ff 7402 ffc0 c3");
    ASSERT_EQ(code.blocks.size(), 3U);
    EXPECT_THAT(code.blocks[0].successors, ElementsAre(2, 1));
    EXPECT_THAT(code.blocks[1].successors, ElementsAre(2));
    EXPECT_THAT(code.blocks[2].predecessors, ElementsAre(0, 1));
    EXPECT_THAT(code.blocks[2].successors, IsEmpty());
    EXPECT_FALSE(code.incomplete);
    EXPECT_EQ(code.at(0x1004)->length, 2U);
    EXPECT_EQ(code.at(0x1005), nullptr);
    EXPECT_EQ(code.block_of(1), 0U);
    EXPECT_EQ(code.block_of(3), 2U);
}

TEST_F(CodeTest, AColdPartIsReachedWhereverItLies) {
    const std::vector<uint8_t> hot = from_hex("0f84fa0f0000 c3");  // je 0x2000
    const std::vector<uint8_t> cold = from_hex("90 e900f0ffff");   // jmp 0x1006
    const CodeRange ranges[] = {{0x1000, hot}, {0x2000, cold}};
    const Code code = build_code(Decoder::open(kX86).value(), ranges, {});
    ASSERT_EQ(code.blocks.size(), 3U);
    EXPECT_THAT(code.blocks[0].successors, ElementsAre(2, 1));
    EXPECT_THAT(code.blocks[2].successors, ElementsAre(1));
    EXPECT_FALSE(code.blocks[2].leaves);
    const CodeRange swapped[] = {ranges[1], ranges[0]};
    EXPECT_EQ(build_code(Decoder::open(kX86).value(), swapped, {}).entry, 2U);
}

TEST_F(CodeTest, TailCallsLeaveAndJumpTablesAreNotFollowed) {
    EXPECT_TRUE(build(kX86, "e9fb0f0000").blocks[0].leaves);  // jmp elsewhere
    EXPECT_FALSE(build(kX86, "e9fb0f0000").incomplete);
    EXPECT_FALSE(build(kX86, "ff6010").incomplete);         // jmp *0x10(%rax)
    EXPECT_FALSE(build(kX86, "488b4708 ffe0").incomplete);  // mov 8(%rdi),%rax; jmp *%rax
    EXPECT_TRUE(build(kX86, "ff24c500000080").incomplete);  // jmp *table(,%rax,8)
    EXPECT_TRUE(build(kX86, "488b04c7 ffe0").incomplete);   // mov (%rdi,%rax,8),%rax
    EXPECT_TRUE(build(kX86, "4801c8 ffe0").incomplete);     // add %rcx,%rax; jmp *%rax
    EXPECT_TRUE(build(kX86, "ffe7").incomplete);            // jmp *%rdi
}

TEST_F(CodeTest, ATrapComesBackUnlessItIsKnownNotTo) {
    EXPECT_THAT(build(kX86, "0f0b c3").blocks[0].successors, ElementsAre(1));
    CodeNotes notes;
    notes.final_traps = {0x1000};
    EXPECT_THAT(build(kX86, "0f0b c3", notes).blocks[0].successors, IsEmpty());
    EXPECT_THAT(build(kX86, "cc c3").blocks[0].successors, IsEmpty());
}

TEST_F(CodeTest, AJumpLabelMayGoEitherWay) {
    CodeNotes notes;
    notes.jumps = {{0x1000, 0x1006}};
    const Code code = build(kX86, "0f1f440000 90 c3", notes);  // a five-byte nop
    ASSERT_EQ(code.blocks.size(), 3U);
    EXPECT_THAT(code.blocks[0].successors, ElementsAre(1, 2));
}

TEST_F(CodeTest, AnExceptionFixupIsEnteredFromElsewhere) {
    CodeNotes notes;
    notes.entered = {0x1001};
    const Code code = build(kX86, "90 c3", notes);
    ASSERT_EQ(code.blocks.size(), 2U);
    EXPECT_TRUE(code.blocks[1].entered);
    EXPECT_FALSE(code.blocks[0].entered);
}

TEST_F(CodeTest, WhatIsPatchedMayDoAnything) {
    CodeNotes notes;
    notes.patched = {{0x1001, 0x1004}};
    const Code code = build(kX86, "90 0f1f00 90", notes);
    EXPECT_FALSE(code.instructions[0].writes.any());
    EXPECT_TRUE(code.instructions[1].writes.all());
    EXPECT_TRUE(code.instructions[1].may_write_memory());
    EXPECT_FALSE(code.instructions[2].writes.any());
}

TEST_F(CodeTest, AnFtraceSiteIsANop) {
    CodeNotes notes;
    notes.ftrace_sites = {0x1004};
    const Code code = build(kX86, "f30f1efa e800000000 c3", notes);
    EXPECT_EQ(code.instructions[1].kind, Instruction::Kind::Nop);
    EXPECT_FALSE(code.instructions[1].writes.any());
    EXPECT_FALSE(code.instructions[1].may_write_memory());
    EXPECT_EQ(code.instructions[2].kind, Instruction::Kind::Return);
}

TEST_F(CodeTest, AFieldThatIsNotRelocatedYetSaysNothing) {
    CodeNotes notes;
    // call; mov $0,%rdi; mov 0(%rip),%rax
    notes.relocated = {{0x1001, 0x4ffc}, {0x1008, std::nullopt}, {0x100f, 0x7ffc}};
    const Code code = build(kX86, "e800000000 48c7c700000000 488b0500000000 c3", notes);
    EXPECT_EQ(code.instructions[0].target, 0x5000U);
    EXPECT_EQ(code.instructions[1].transfer.kind, Transfer::Kind::None);
    EXPECT_EQ(code.instructions[2].memory[0].displacement, 0x8000);
    EXPECT_EQ(code.instructions[2].transfer.kind, Transfer::Kind::Load);
}

TEST_F(CodeTest, WhatIsNotUnderstoodMakesTheRestUnsure) {
    EXPECT_TRUE(build(kX86, "06 c3").incomplete);
    EXPECT_TRUE(build(kX86, "eb01 b8c3c3c3c3 c3").incomplete);  // into the middle of a mov
    EXPECT_TRUE(build(kX86, "").incomplete);
    EXPECT_TRUE(build(kX86, "").blocks.empty());
}

TEST_F(CodeTest, ADelaySlotIsExecutedBeforeItsJump) {
    // beq a0,zero,+12; move a1,s0; jal; move a0,s1; jr ra; nop
    const Code code =
        build(kMips, "10800004 02002825 0c000000 02202025 00000000 03e00008 00000000");
    ASSERT_EQ(code.blocks.size(), 3U);
    EXPECT_EQ(code.blocks[0].count, 2U);
    EXPECT_THAT(code.executed(code.blocks[0]), ElementsAre(1, 0));
    EXPECT_THAT(code.executed(code.blocks[1]), ElementsAre(3, 2, 4));
    EXPECT_THAT(code.blocks[0].successors, ElementsAre(2, 1));
    EXPECT_TRUE(code.instructions[1].delay_slot);
    EXPECT_THAT(code.blocks[2].successors, IsEmpty());
    EXPECT_FALSE(code.incomplete);
}

TEST_F(CodeTest, TheSlotOfALikelyBranchProvesNothing) {
    const Code code = build(kMips, "50800001 02002825 03e00008 00000000");
    EXPECT_EQ(code.instructions[1].transfer.kind, Transfer::Kind::None);
    EXPECT_TRUE(code.instructions[1].writes.test(5));
}

TEST_F(CodeTest, AFarCallInTwoInstructionsHasItsTarget) {
    // auipc ra,0x1; jalr ra,16(ra); ret
    const Code code = build(kRiscv, "97100000 e7800001 82800000");
    ASSERT_GE(code.instructions.size(), 2U);
    EXPECT_EQ(code.instructions[1].target, 0x2010U);
    EXPECT_FALSE(code.instructions[1].indirect);
}

}  // namespace
}  // namespace knowhy::symbols
