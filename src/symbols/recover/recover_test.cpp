// Small functions by hand, their bytes read off the manual, and one that the compiler made.
#include "symbols/debugfile/debugfile.h"
#include "symbols/recover/by_hand.h"

namespace knowhy::symbols {
namespace {

using testing::ByHand;
using testing::entry_value;
using ::testing::HasSubstr;
using testing::in_register;
using ::testing::IsEmpty;
using testing::kKept;
using testing::kRax;
using testing::kRbx;
using testing::kRdi;
using testing::kRsi;
using testing::kRsp;
using testing::kStart;
using Kind = Location::Kind;

TEST_F(ByHand, ACopySurvivesACallInACalleeSavedRegister) {
    code(kKept);
    located(0, 9, in_register(kRdi));
    located(9, 11, entry_value(kRdi));
    const Recovered kept = at(9);
    EXPECT_EQ(kept.grade, Grade::ProvenCopy);
    EXPECT_EQ(kept.location, in_register(kRbx));
    EXPECT_THAT(kept.also, IsEmpty());
}

TEST_F(ByHand, WhereTheCopyIsPoppedOnlyTheEntryValueIsLeft) {
    code(kKept);
    located(0, 9, in_register(kRdi));
    located(9, 11, entry_value(kRdi));
    EXPECT_EQ(at(10).grade, Grade::EntryValue);
    EXPECT_EQ(at(10).location, entry_value(kRdi));
}

TEST_F(ByHand, DebugInformationComesFirstAndCopiesBesides) {
    code(kKept);
    located(0, 9, in_register(kRdi));
    const Recovered here = at(4);
    EXPECT_EQ(here.grade, Grade::DebugInfo);
    EXPECT_EQ(here.location, in_register(kRdi));
    EXPECT_THAT(here.also, ::testing::ElementsAre(in_register(kRbx)));
}

TEST_F(ByHand, WhereDebugInformationEndsWithoutReasonNothingIsOffered) {
    code(kKept);
    located(0, 9, in_register(kRdi));
    const Recovered gone = at(9);
    EXPECT_EQ(gone.grade, Grade::Gone);
    ASSERT_TRUE(gone.last.has_value());
    EXPECT_EQ(gone.last->location, in_register(kRdi));
    EXPECT_EQ(gone.last->to, kStart + 9);
}

TEST_F(ByHand, ASpilledValueIsFoundInItsSlot) {
    // sub $24,%rsp; mov %rdi,8(%rsp); call +0; add $24,%rsp; ret
    code("4883ec18 48897c2408 e800000000 4883c418 c3");
    located(0, 14, in_register(kRdi));
    located(14, 19, entry_value(kRdi));
    const Recovered spilled = at(14);
    EXPECT_EQ(spilled.grade, Grade::ProvenCopy);
    EXPECT_EQ(spilled.location, classified({{DW_OP_bregx, kRsp, 8}}));
    // Once the stack pointer is above it, an interrupt may write there.
    EXPECT_EQ(at(18).grade, Grade::EntryValue);
}

TEST_F(ByHand, ASlotWhoseAddressIsTakenDoesNotSurviveACall) {
    // sub $24,%rsp; mov %rdi,8(%rsp); lea 8(%rsp),%rdi; call +0; ret
    code("4883ec18 48897c2408 488d7c2408 e800000000 c3");
    located(0, 14, in_register(kRdi));
    located(14, 20, entry_value(kRdi));
    EXPECT_EQ(at(14).grade, Grade::ProvenCopy);
    EXPECT_EQ(at(19).grade, Grade::EntryValue);
}

TEST_F(ByHand, WhatOnlyOneWayHoldsIsNotOffered) {
    // mov %rdi,%rax; test %esi,%esi; je +3; mov %rsi,%rax; mov %rsi,%rdi; ret
    code("4889f8 85f6 7403 4889f0 4889f7 c3");
    located(0, 13, in_register(kRdi));
    located(13, 14, entry_value(kRdi));
    EXPECT_THAT(at(7).also, ::testing::ElementsAre(in_register(kRax)));
    EXPECT_THAT(at(10).also, IsEmpty());
    EXPECT_EQ(at(13).grade, Grade::EntryValue);
}

TEST_F(ByHand, AConstantApartIsComputedBack) {
    // lea 16(%rdi),%rax; xor %edi,%edi; ret
    code("488d4710 31ff c3");
    located(0, 6, in_register(kRdi));
    located(6, 7, entry_value(kRdi));
    const Recovered apart = at(6);
    EXPECT_EQ(apart.grade, Grade::Container);
    EXPECT_EQ(apart.location, classified({{DW_OP_bregx, kRax, static_cast<uint64_t>(-16)},
                                          {DW_OP_stack_value, 0, 0}}));
}

TEST_F(ByHand, ACopyOfAPartIsNoCopyUnlessTheVariableIsThatNarrow) {
    // mov %edi,%eax; xor %edi,%edi; ret
    code("89f8 31ff c3");
    located(0, 4, in_register(kRdi));
    located(4, 5, entry_value(kRdi));
    EXPECT_EQ(at(4).grade, Grade::EntryValue);
    width(4);
    EXPECT_EQ(at(4).grade, Grade::ProvenCopy);
    EXPECT_EQ(at(4).location, in_register(kRax));
}

TEST_F(ByHand, AnAssignmentEndsWhatCopiesHold) {
    // mov %rdi,%rax; mov %rsi,%rdi; ret; `watched = other` at +3
    code("4889f8 4889f7 c3");
    located(0, 7, in_register(kRdi));
    EXPECT_THAT(at(3).also, ::testing::ElementsAre(in_register(kRax)));
    EXPECT_THAT(at(6).also, ::testing::ElementsAre(in_register(kRsi)));
}

TEST_F(ByHand, WhatIsNotDecodedEndsEverything) {
    // mov %rdi,%rax; (not an instruction); ret
    code("4889f8 06 c3");
    located(0, 5, entry_value(kRdi));
    EXPECT_EQ(at(4).grade, Grade::EntryValue);
}

TEST_F(ByHand, ASlotNotYetWrittenIsNoValue) {
    // sub $24,%rsp; mov %rdi,8(%rsp); ret
    code("4883ec18 48897c2408 c3");
    located(0, 4, classified({{DW_OP_bregx, kRsp, static_cast<uint64_t>(-16)}}));
    located(4, 10, classified({{DW_OP_bregx, kRsp, 8}}));
    EXPECT_EQ(at(4).grade, Grade::Gone);
    EXPECT_THAT(at(4).how, HasSubstr("not written yet"));
    EXPECT_EQ(at(9).grade, Grade::DebugInfo);
    const Recovery recovery(code_, variables_, types_);
    const DieOffset variable = variables_.front().die;
    EXPECT_FALSE(recovery.may_be_set(kStart + 4, variable));
    EXPECT_TRUE(recovery.may_be_set(kStart + 9, variable));
    // Of what is not there nothing is known.
    EXPECT_TRUE(recovery.may_be_set(kStart + 5, variable));
    EXPECT_TRUE(recovery.may_be_set(kStart + 4, variable + 1));
}

TEST_F(ByHand, ASlotOfAnAlignedFrameIsFollowed) {
    // push %rbp; mov %rsp,%rbp; and $-16,%rsp; sub $32,%rsp; mov %rdi,8(%rsp); call +0; leave; ret
    code("55 4889e5 4883e4f0 4883ec20 48897c2408 e800000000 c9 c3");
    located(0, 17, in_register(kRdi));
    located(17, 24, entry_value(kRdi));
    EXPECT_EQ(at(22).grade, Grade::ProvenCopy);
    EXPECT_EQ(at(22).location, classified({{DW_OP_bregx, kRsp, 8}}));
    // mov %rsi,-16(%rbp) in place of the call: that may be the same slot.
    code("55 4889e5 4883e4f0 4883ec20 48897c2408 488975f0 90 c9 c3");
    EXPECT_EQ(at(21).location, in_register(kRdi));
    EXPECT_THAT(at(21).also, IsEmpty());
}

TEST_F(ByHand, AFrameThatIsAlignedInALoopIsNotFollowed) {
    // and $-16,%rsp; mov %rdi,-8(%rsp); test %esi,%esi; jne -13; nop; ret
    code("4883e4f0 4883ec20 48897c2408 85f6 75ef 90 c3");
    located(0, 4, in_register(kRdi));
    located(4, 20, entry_value(kRdi));
    EXPECT_THAT(at(17).also, IsEmpty());
    EXPECT_EQ(at(17).location, in_register(kRdi));
}

TEST_F(ByHand, ARepeatedStoreReachesUpwardsOnly) {
    // sub $24,%rsp; mov %rsi,(%rsp); lea 8(%rsp),%rdi; rep stos %rax,(%rdi); nop; add $24,%rsp; ret
    code("4883ec18 48893424 488d7c2408 f348ab 90 4883c418 c3");
    located(0, 8, in_register(kRsi));
    located(8, 22, entry_value(kRsi));
    other(8, 22, classified({{DW_OP_bregx, kRsp, 8}}));
    EXPECT_THAT(at(16).also, ::testing::Contains(classified({{DW_OP_bregx, kRsp, 0}})));
    // mov %rsi,16(%rsp) instead: above where it starts.
    code("4883ec18 4889742410 488d7c2408 f348ab 90 4883c418 c3");
    EXPECT_THAT(at(17).also,
                ::testing::Not(::testing::Contains(classified({{DW_OP_bregx, kRsp, 16}}))));
}

TEST_F(ByHand, ALoadFromTheVariablesSlotMakesACopyWhicheverDebugInformationNames) {
    // sub $24,%rsp; mov %rax,8(%rsp); mov 8(%rsp),%rbx; nop; add $24,%rsp; ret
    code("4883ec18 4889442408 488b5c2408 90 4883c418 c3");
    located(14, 19, classified({{DW_OP_bregx, kRsp, 8}}));
    EXPECT_THAT(at(14).also, ::testing::Contains(in_register(kRbx)));
    // The same with a store to the slot in between: mov %rax,8(%rsp) behind the load.
    code("4883ec18 488b5c2408 4889442408 90 4883c418 c3");
    EXPECT_THAT(at(14).also, ::testing::Not(::testing::Contains(in_register(kRbx))));
}

TEST_F(ByHand, OneSlotHasTwoNames) {
    // push %rbp; mov %rsp,%rbp; sub $16,%rsp; nop; leave; ret
    code("55 4889e5 4883ec10 90 c9 c3");
    located(0, 11, in_register(kRdi));
    (void)at(0);
    const Recovery recovery(code_, variables_, types_);
    const auto slot = [](Register base, int64_t offset) {
        return classified({{DW_OP_bregx, base, static_cast<uint64_t>(offset)}});
    };
    EXPECT_TRUE(recovery.same_place(kStart + 8, slot(kRsp, 8), slot(6, -8)));
    EXPECT_FALSE(recovery.same_place(kStart + 8, slot(kRsp, 8), slot(6, -16)));
}

// What the compiler at hand made of tests/samples/functions.c.
TEST(Compiled, BehindACallTheEntryValueIsFoundAgain) {
    const auto file =
        std::make_shared<const ElfFile>(ElfFile::open(KNOWHY_SAMPLES "/functions4").value());
    DebugInfo info = DebugInfo::open(file, "").value();
    for (const char* const name : {"outer", "forgets", "remembers"}) {
        const Instance function = info.instances(name).value().at(0);
        const AddressRange range = function.ranges.front();
        const CodeRange text{range.from, file->bytes_at(range.from).first(range.to - range.from)};
        const Code code =
            build_code(Decoder::open(file->machine()).value(), std::span(&text, 1), {});
        const auto variables = info.variables_of(function.entry).value();
        ASSERT_FALSE(variables.empty());
        const Recovery recovery(code, variables, info.types());
        for (const Variable& variable : variables) {
            for (const LocatedRange& located : variable.ranges) {
                if (code.at(located.from) == nullptr) continue;
                const Recovered found = recovery.at(located.from, variable.die);
                if (located.location.kind == Kind::InMemory) continue;
                EXPECT_NE(found.grade, Grade::Gone) << name << ' ' << variable.name;
                if (found.grade != Grade::DebugInfo) continue;
                EXPECT_EQ(found.location, located.location);
            }
        }
    }
}

TEST_F(ByHand, BetweenInstructionsThereIsNoAnswer) {
    code(kKept);
    located(0, 9, in_register(kRdi));
    EXPECT_EQ(at(2).grade, Grade::Gone);
}

}  // namespace
}  // namespace knowhy::symbols
