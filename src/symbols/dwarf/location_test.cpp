#include "symbols/dwarf/location.h"

#include <dwarf.h>
#include <gtest/gtest.h>

namespace knowhy::symbols {
namespace {

using Kind = Location::Kind;
using Ops = std::vector<ExpressionOp>;

constexpr uint64_t kRdi = 5;

uint64_t minus(uint64_t value) {
    return 0 - value;
}

std::string shown(const Ops& ops) {
    return text(classified(ops), Arch::X86_64);
}

TEST(Location, NoOperationsAreNoValue) {
    EXPECT_EQ(classified({}).kind, Kind::None);
    EXPECT_EQ(shown({}), "nothing");
}

TEST(Location, ARegisterIsNotTheMemoryItPointsTo) {
    EXPECT_EQ(classified({{DW_OP_regx, kRdi}}).kind, Kind::InRegister);
    EXPECT_EQ(shown({{DW_OP_regx, kRdi}}), "%rdi");
    EXPECT_EQ(classified({{DW_OP_bregx, kRdi, 0x18}}).kind, Kind::InMemory);
    EXPECT_EQ(shown({{DW_OP_bregx, kRdi, 0x18}}), "[%rdi+0x18]");
}

TEST(Location, StackValueMakesAnAddressAValue) {
    const Ops ops{{DW_OP_bregx, kRdi, minus(56)}, {DW_OP_stack_value}};
    EXPECT_EQ(classified(ops).kind, Kind::Value);
    EXPECT_TRUE(classified(ops).simple);
    EXPECT_EQ(shown(ops), "%rdi-56");
}

TEST(Location, ConstantsAddUp) {
    const Ops ops{{DW_OP_bregx, kRdi, 8},
                  {DW_OP_plus_uconst, 4},
                  {DW_OP_consts, 20},
                  {DW_OP_minus},
                  {DW_OP_stack_value}};
    EXPECT_EQ(shown(ops), "%rdi-8");
    EXPECT_EQ(shown({{DW_OP_consts, minus(3)}, {DW_OP_stack_value}}), "constant -3");
    EXPECT_EQ(shown({{DW_OP_addr, 0x1000}, {DW_OP_plus_uconst, 16}}), "[0x1010]");
    EXPECT_EQ(classified({{DW_OP_addr, 0x1000}}).kind, Kind::Global);
}

TEST(Location, WhatIsMoreThanASumSaysSo) {
    const Ops ops{{DW_OP_bregx, kRdi, 0}, {DW_OP_consts, 3}, {DW_OP_shl}, {DW_OP_stack_value}};
    EXPECT_EQ(classified(ops).kind, Kind::Value);
    EXPECT_FALSE(classified(ops).simple);
    EXPECT_EQ(shown(ops), "(%rdi<<3)");
    const Ops loaded{{DW_OP_bregx, kRdi, 16}, {DW_OP_deref}};
    EXPECT_EQ(classified(loaded).kind, Kind::Computed);
    EXPECT_EQ(shown(loaded), "[*(%rdi+16)]");
}

TEST(Location, AnEntryValueIsNeverWhatTheRegisterHoldsNow) {
    EXPECT_EQ(shown({{DW_OP_entry_value, kRdi}, {DW_OP_stack_value}}), "%rdi at entry");
    const Ops mixed{
        {DW_OP_entry_value, kRdi}, {DW_OP_bregx, 3, 0}, {DW_OP_plus}, {DW_OP_stack_value}};
    EXPECT_EQ(classified(mixed).kind, Kind::Entry);
    EXPECT_FALSE(classified(mixed).simple);
    // Of something else than a register nothing can be said of it.
    const Ops unknown{{DW_OP_entry_value, kNoRegister}, {DW_OP_stack_value}};
    EXPECT_FALSE(classified(unknown).simple);
    // Without stack_value it is an address.
    EXPECT_NE(classified({{DW_OP_entry_value, kRdi}}).kind, Kind::Entry);
}

TEST(Location, PiecesAreNotTheFirstOfThem) {
    const Ops ops{{DW_OP_regx, kRdi}, {DW_OP_piece, 8}, {DW_OP_piece, 8}};
    EXPECT_EQ(classified(ops).kind, Kind::Pieces);
    EXPECT_EQ(shown(ops), "8 bytes: %rdi, 8 bytes: nothing");
}

TEST(Location, ARegisterThatDoesNotExistIsNoLocationInOne) {
    EXPECT_EQ(classified({{DW_OP_regx, 100'000}}).kind, Kind::Computed);
    EXPECT_FALSE(classified({{DW_OP_bregx, 100'000, 0}, {DW_OP_stack_value}}).simple);
}

TEST(Location, DoublingTextsEnds) {
    Ops ops{{DW_OP_bregx, kRdi, 1}};
    for (int i = 0; i < 100; ++i) {
        ops.push_back({DW_OP_dup});
        ops.push_back({DW_OP_plus});
    }
    EXPECT_LT(shown(ops).size(), 1000U);
}

}  // namespace
}  // namespace knowhy::symbols
