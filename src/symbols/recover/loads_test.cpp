// Variables that are loaded again, and parameters that debug information places too late.
#include "symbols/debugfile/debugfile.h"
#include "symbols/recover/by_hand.h"

namespace knowhy::symbols {
namespace {

using testing::ByHand;
using ::testing::HasSubstr;
using testing::in_register;
using testing::kRax;
using testing::kRbx;
using testing::kRdi;
using testing::kRsp;
using testing::kStart;

Location in_memory(Register base, int64_t offset) {
    return classified({{DW_OP_bregx, base, static_cast<uint64_t>(offset)}});
}

class Loaded : public ByHand {
  protected:
    Loaded() {
        parameter_ = false;
        // mov %rdi,%rbx; mov 0x38(%rbx),%rax; nop; xor %eax,%eax; nop; ret
        code("4889fb 488b4338 90 31c0 90 c3");
        located(7, 10, in_register(kRax));
    }
};

TEST_F(Loaded, WhatWasLoadedIsLoadedAgainThroughThePointer) {
    const Recovered again = at(10);
    EXPECT_EQ(again.grade, Grade::MayBeStale);
    EXPECT_EQ(again.location, in_memory(kRbx, 0x38));
    EXPECT_THAT(again.also, ::testing::Contains(in_memory(kRdi, 0x38)));
    EXPECT_EQ(again.loaded_at, kStart + 3);
    EXPECT_EQ(at(3).grade, Grade::Gone);  // not loaded yet
}

TEST_F(Loaded, ByThePointersNameWhereDebugInformationHasIt) {
    Type structure;
    structure.kind = Type::Kind::Struct;
    structure.bytes = 64;
    structure.members = {{"sm_vars", type_, uint64_t{0x38} * 8, 0}};
    Type pointer;
    pointer.kind = Type::Kind::Pointer;
    pointer.bytes = 8;
    pointer.target = types_.add(structure);
    other(0, 12, in_register(kRbx));
    others_.back().name = "port";
    others_.back().type = types_.add(pointer);
    EXPECT_EQ(at(10).source, "port->sm_vars");
}

TEST_F(Loaded, NotOnceThePointerIsOverwritten) {
    // mov 0x38(%rdi),%rax; nop; xor %eax,%eax; xor %edi,%edi; ret
    code("488b4738 90 31c0 31ff c3");
    ranges_.clear();
    located(4, 7, in_register(kRax));
    EXPECT_EQ(at(7).grade, Grade::MayBeStale);
    EXPECT_EQ(at(9).grade, Grade::Gone);
}

TEST_F(Loaded, NotWhereTheVariableHasAnotherValueSomewhere) {
    located(11, 12, in_register(kRdi));
    EXPECT_EQ(at(10).grade, Grade::Gone);
}

TEST_F(Loaded, NotWhereOnlyOneWayLoadsIt) {
    // test %esi,%esi; je +5; mov 0x38(%rdi),%rax; nop; xor %eax,%eax; ret
    code("85f6 7405 488b4738 90 31c0 c3");
    ranges_.clear();
    located(8, 9, in_register(kRax));
    EXPECT_EQ(at(9).grade, Grade::Gone);
}

TEST_F(Loaded, ThroughAPointerThatWasLoadedItself) {
    // mov 0x10(%rdi),%rax; mov 0x38(%rax),%rax; nop; xor %eax,%eax; ret
    code("488b4710 488b4038 90 31c0 c3");
    ranges_.clear();
    located(8, 11, in_register(kRax));
    const Recovered again = at(11);
    EXPECT_EQ(again.grade, Grade::MayBeStale);
    EXPECT_EQ(
        again.location,
        classified({{DW_OP_bregx, kRdi, 0x10}, {DW_OP_deref, 0, 0}, {DW_OP_plus_uconst, 0x38, 0}}));
}

TEST_F(Loaded, ThroughAPointerInASlot) {
    // sub $24,%rsp; mov %rdi,8(%rsp); mov 0x38(%rdi),%rax; nop; xor %eax,%eax; xor %edi,%edi; ret
    code("4883ec18 48897c2408 488b4738 90 31c0 31ff c3");
    ranges_.clear();
    located(13, 16, in_register(kRax));
    EXPECT_EQ(
        at(18).location,
        classified({{DW_OP_bregx, kRsp, 8}, {DW_OP_deref, 0, 0}, {DW_OP_plus_uconst, 0x38, 0}}));
}

TEST_F(Loaded, AWriteInBetweenIsSaid) {
    EXPECT_THAT(at(10).how, HasSubstr("nothing was written here since"));
    // mov %rsi,(%rdi) in place of the nop
    code("4889fb 488b4338 488937 31c0 90 c3");
    ranges_.clear();
    located(7, 12, in_register(kRax));
    EXPECT_THAT(at(12).how, HasSubstr("memory may have changed since"));
}

TEST_F(Loaded, WithoutKnowledgeOnlyWhileNoStatementMayAssign) {
    statement(0, 11);
    EXPECT_EQ(at(10, 8).grade, Grade::MayBeStale);
    statement(8, 12);
    EXPECT_EQ(at(10, 8).grade, Grade::Gone);
}

class PassedIn : public ByHand {
  protected:
    PassedIn() {
        // mov %rdi,%rbx; nop; nop; ret: placed from the second nop on
        code("4889fb 90 90 c3");
        located(4, 6, in_register(kRbx));
        other(0, 6, in_register(kRdi));
        others_.back().scope = 99;
        statement(0, 5);  // above where the parameter is declared: of another function
    }
};

TEST_F(PassedIn, WhatAParameterIsPlacedWithLaterItWasPassed) {
    EXPECT_EQ(at(3).grade, Grade::PassedIn);
    EXPECT_THAT(at(3).location, ::testing::AnyOf(in_register(kRbx), in_register(kRdi)));
    parameter_ = false;
    EXPECT_EQ(at(3).grade, Grade::Gone);
}

TEST_F(PassedIn, NotWhereAStatementOfItsFunctionBegan) {
    statement(3, 11);
    EXPECT_EQ(at(3).grade, Grade::Gone);
}

TEST_F(PassedIn, NotWithoutACallersVariableThatHasIt) {
    others_.clear();
    EXPECT_EQ(at(3).grade, Grade::Gone);
}

TEST_F(PassedIn, NotBehindWhereItWasPlaced) {
    EXPECT_EQ(at(3).grade, Grade::PassedIn);
    located(0, 3, in_register(kRdi));
    EXPECT_EQ(at(3).grade, Grade::Gone);
}

TEST_F(PassedIn, NotWhatIsMadeOnlyLater) {
    // nop; mov %rdi,%rbx; add %rsi,%rbx; nop; ret
    code("90 4889fb 4801f3 90 c3");
    ranges_.clear();
    located(7, 9, in_register(kRbx));
    EXPECT_EQ(at(0).grade, Grade::Gone);
}

// What the compiler at hand made of tests/samples/functions.c: an answer is never in a place that
// the code does not reach, and whatever is loaded again was somewhere before.
TEST(CompiledLoads, WhatIsLoadedAgainWasPlacedBefore) {
    const auto file =
        std::make_shared<const ElfFile>(ElfFile::open(KNOWHY_SAMPLES "/functions4").value());
    DebugInfo info = DebugInfo::open(file, "").value();
    for (const Instance& function : info.instances("*").value()) {
        if (function.inlined || function.ranges.empty()) continue;
        const AddressRange range = function.ranges.front();
        const auto bytes = file->bytes_at(range.from);
        if (bytes.size() < range.to - range.from) continue;
        const CodeRange text{range.from, bytes.first(range.to - range.from)};
        const Code code =
            build_code(Decoder::open(file->machine()).value(), std::span(&text, 1), {});
        const auto variables = info.variables_of(function.entry).value();
        const auto rows = info.rows(function.ranges).value();
        const Recovery recovery(code, variables, info.types(), {}, rows);
        for (const Variable& variable : variables) {
            for (const Instruction& instruction : code.instructions) {
                const Recovered found = recovery.at(instruction.address, variable.die);
                if (found.grade != Grade::MayBeStale) continue;
                EXPECT_FALSE(variable.ranges.empty()) << variable.name;
                EXPECT_TRUE(found.loaded_at.has_value());
            }
        }
    }
}

}  // namespace
}  // namespace knowhy::symbols
