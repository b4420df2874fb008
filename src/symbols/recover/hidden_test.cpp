// Variables whose debug information is missing from an address on.
#include "symbols/recover/by_hand.h"

namespace knowhy::symbols {
namespace {

using testing::ByHand;
using testing::in_register;
using testing::kFromTheStart;
using testing::kKept;
using testing::kRax;
using testing::kRbx;
using testing::kRdi;
using testing::kRsp;
using testing::kStart;

TEST_F(ByHand, WithoutKnowledgeAComputedHolderMayBeAnAssignment) {
    // mov %rdi,%rbx; nop; add $1,%rdi; nop; ret
    code("4889fb 90 4883c701 90 c3");
    located(0, 9, in_register(kRdi));
    EXPECT_EQ(at(4, kFromTheStart).grade, Grade::ProvenCopy);
    EXPECT_EQ(at(8, kFromTheStart).grade, Grade::Gone);
}

TEST_F(ByHand, AnUnknownParameterStartsWhereTheConventionPutsIt) {
    code(kKept);
    variables_.clear();
    const Recovered hidden = at(9, kFromTheStart);
    EXPECT_EQ(hidden.grade, Grade::ProvenCopy);
    EXPECT_EQ(hidden.location, in_register(kRbx));
}

TEST_F(ByHand, WithoutKnowledgeAChoiceMayBeAnAssignment) {
    // mov %rdi,%rbx; nop; cmp %rdi,%rsi; cmovb %rsi,%rdi; nop; ret
    code("4889fb 90 4839fe 480f42fe 90 c3");
    located(0, 12, in_register(kRdi));
    EXPECT_EQ(at(7, 1).grade, Grade::ProvenCopy);
    EXPECT_EQ(at(11, 1).grade, Grade::Gone);
}

TEST_F(ByHand, WithoutKnowledgeARegisterThatTwoWaysFillDifferentlyMayBeTheVariable) {
    // mov %rdi,%rbx; test %esi,%esi; je +3; mov %rsi,%rbx; mov (%rbx),%rax; ret
    code("4889fb 85f6 7403 4889f3 488b03 c3");
    located(0, 14, in_register(kRdi));
    EXPECT_EQ(at(7, kFromTheStart).grade, Grade::ProvenCopy);
    EXPECT_EQ(at(10, kFromTheStart).grade, Grade::Gone);
    EXPECT_EQ(at(10).grade, Grade::DebugInfo);
}

TEST_F(ByHand, AnArgumentWhoseOwnValueIsWantedStillWasNotAssignedTo) {
    // mov %rdi,%rbx; inc %rdi; nop; mov (%rbx),%rax; ret
    code("4889fb 48ffc7 90 488b03 c3");
    located(0, 11, in_register(kRdi));
    EXPECT_EQ(at(6, kFromTheStart).location, in_register(kRbx));
    // Of a variable that is known up to there, what is computed may be a new value.
    EXPECT_EQ(at(6, 1).grade, Grade::Gone);
}

class LocalReadOnce : public ByHand {
  protected:
    LocalReadOnce() {
        // mov %rdi,%rbx; nop; mov (%rbx),%rax; nop; ret
        code("4889fb 90 488b03 90 c3");
        ranges_ = {{kStart + 3, kStart + 9, in_register(kRbx)}};
        parameter_ = false;
    }
};

TEST_F(LocalReadOnce, WithoutKnowledgeALocalThatNothingWantsAnyMoreMayBeAnotherOne) {
    EXPECT_EQ(at(4, 4).grade, Grade::ProvenCopy);
    EXPECT_EQ(at(7, 4).grade, Grade::Gone);
    EXPECT_EQ(at(7).grade, Grade::DebugInfo);
}

TEST_F(LocalReadOnce, WithoutKnowledgeALocalWhoseRegisterAnotherVariableHasMayBeAnotherOne) {
    other(4, 8, in_register(kRax));
    EXPECT_EQ(at(4, 4).grade, Grade::ProvenCopy);
    other(4, 8, in_register(kRbx));
    EXPECT_EQ(at(4, 4).grade, Grade::Gone);
}

TEST_F(ByHand, WithoutKnowledgeWhatMovesOnLaterMayHaveMovedOnAlready) {
    // mov %rdi,%rbx; nop; mov (%rbx),%rax; inc %rbx; mov (%rbx),%rax; ret
    code("4889fb 90 488b03 48ffc3 488b03 c3");
    ranges_ = {{kStart + 3, kStart + 14, in_register(kRbx)}};
    parameter_ = false;
    EXPECT_EQ(at(4, 4).grade, Grade::Gone);
    EXPECT_EQ(at(4).grade, Grade::DebugInfo);
}

TEST_F(LocalReadOnce, AStatementOfAnotherFunctionAssignsToNoLocal) {
    statement(0, 11);
    statement(4, 5);
    EXPECT_EQ(at(7, 4).grade, Grade::ProvenCopy);
    // Behind the declaration is where the variable's own function goes on.
    rows_.back().line.line = 12;
    EXPECT_EQ(at(7, 4).grade, Grade::Gone);
}

TEST_F(LocalReadOnce, AStatementWithoutAnInstructionMayAssign) {
    statement(7, 5);
    EXPECT_EQ(at(7, 4).grade, Grade::ProvenCopy);
    statement(7, 13);
    EXPECT_EQ(at(7, 4).grade, Grade::ProvenCopy);
    statement(7, 14);
    EXPECT_EQ(at(7, 4).grade, Grade::Gone);
}

TEST_F(ByHand, WhatLiesOnTheStackIsNotWantedByUsingTheStack) {
    // sub $24,%rsp; lea 8(%rsp),%rdi; nop; mov %rsi,(%rsp); add $24,%rsp; ret
    code("4883ec18 488d7c2408 90 48893424 4883c418 c3");
    ranges_ = {
        {kStart + 4, kStart + 19, classified({{DW_OP_bregx, kRsp, 8}, {DW_OP_stack_value, 0, 0}})}};
    types_.edit(type_).kind = Type::Kind::Pointer;
    parameter_ = false;
    EXPECT_EQ(at(9, 9).grade, Grade::Gone);
}

TEST_F(ByHand, TheSeventhArgumentStartsOnTheStack) {
    // mov 8(%rsp),%rax; nop; ret
    code("488b442408 90 c3");
    for (int i = 0; i < 6; ++i) {
        Variable before;
        before.die = 100 + static_cast<DieOffset>(i);
        before.parameter = true;
        before.type = type_;
        first_.push_back(before);
    }
    const Recovered seventh = at(5, kFromTheStart);
    EXPECT_EQ(seventh.location, in_register(kRax));
    EXPECT_THAT(seventh.also, ::testing::Contains(classified({{DW_OP_bregx, kRsp, 8}})));
    // What is passed by value may lie on the stack before it.
    Type structure;
    structure.kind = Type::Kind::Struct;
    structure.bytes = 24;
    first_.back().type = types_.add(structure);
    EXPECT_EQ(at(5, kFromTheStart).grade, Grade::Gone);
}

TEST_F(ByHand, AnArgumentOnTheStackSurvivesACallThatGetsTheFrame) {
    // sub $24,%rsp; lea 8(%rsp),%rdi; mov 32(%rsp),%rax; call +0; add $24,%rsp; ret
    code("4883ec18 488d7c2408 488b442420 e800000000 4883c418 c3");
    located(14, 19, classified({{DW_OP_bregx, kRsp, 32}}));
    located(19, 24, classified({{DW_OP_bregx, kRsp, 32}}));
    for (int i = 0; i < 6; ++i) {
        Variable before;
        before.die = 100 + static_cast<DieOffset>(i);
        before.parameter = true;
        before.type = type_;
        first_.push_back(before);
    }
    EXPECT_EQ(at(19, kFromTheStart).location, classified({{DW_OP_bregx, kRsp, 32}}));
    // mov %rax,(%rsp,%rsi,8) in place of the call: an index into the frame does not reach it.
    code("4883ec18 488d7c2408 488b442420 488904f4 90 4883c418 c3");
    EXPECT_THAT(at(18, kFromTheStart).also,
                ::testing::Contains(classified({{DW_OP_bregx, kRsp, 32}})));
    // lea 32(%rsp),%rdi: the callee gets the argument's own address.
    code("4883ec18 488d7c2420 488b442420 e800000000 4883c418 c3");
    EXPECT_EQ(at(19, kFromTheStart).grade, Grade::Gone);
}

TEST_F(ByHand, APointerToNumbersIsFollowedWhereNothingIsDoneBeyondIt) {
    // mov %rdi,%rbx; nop; mov (%rbx),%eax; ret
    code("4889fb 90 8b03 c3");
    Type pointer;
    pointer.kind = Type::Kind::Pointer;
    pointer.bytes = 8;
    pointer.target = type_;
    type_ = types_.add(pointer);
    statement(0, 10);
    EXPECT_EQ(at(4, kFromTheStart).grade, Grade::ProvenCopy);
    // mov 4(%rbx),%eax: `watched++` may have been before it.
    code("4889fb 90 8b4304 c3");
    EXPECT_EQ(at(4, kFromTheStart).grade, Grade::Gone);
}

}  // namespace
}  // namespace knowhy::symbols
