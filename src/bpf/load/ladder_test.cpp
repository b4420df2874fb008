#include "bpf/load/ladder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace knowhy::bpf {
namespace {

using ::testing::HasSubstr;

const std::vector<Rung> kLadder = {
    {"fexit", Rung::Means::Tracing, {"x_f"}},
    {"kprobe+kretprobe", Rung::Means::Kprobe, {"k_f", "r_f"}},
};

FunctionFacts ordinary() {
    FunctionFacts function;
    function.name = "f";
    function.in_btf = true;
    function.parameters = 3;
    return function;
}

TEST(Ladder, EverythingWorks) {
    const Choice choice = choose_rungs(kLadder, ordinary(), {});
    ASSERT_EQ(choice.rungs.size(), 2U);
    EXPECT_EQ(choice.rungs[0].name, "fexit");
    EXPECT_EQ(choice.why, "");
}

TEST(Ladder, ManyParametersNeedAKprobe) {
    FunctionFacts function = ordinary();
    function.parameters = 6;
    EXPECT_EQ(choose_rungs(kLadder, function, {}).rungs.size(), 2U);
    function.parameters = 8;
    const Choice choice = choose_rungs(kLadder, function, {});
    ASSERT_EQ(choice.rungs.size(), 1U);
    EXPECT_EQ(choice.rungs[0].name, "kprobe+kretprobe");
    EXPECT_THAT(choice.why, HasSubstr("8 parameters"));
}

TEST(Ladder, WithoutBtfAKprobeMayStillWork) {
    FunctionFacts function = ordinary();
    function.in_btf = false;
    function.parameters.reset();
    const Choice choice = choose_rungs(kLadder, function, {});
    ASSERT_EQ(choice.rungs.size(), 1U);
    EXPECT_EQ(choice.rungs[0].means, Rung::Means::Kprobe);
}

TEST(Ladder, AnAbsentModuleIsNamed) {
    FunctionFacts function = ordinary();
    function.in_btf = false;
    function.module = "nf_tables";
    function.module_loaded = false;
    const Choice choice = choose_rungs(kLadder, function, {});
    EXPECT_TRUE(choice.rungs.empty());
    EXPECT_EQ(choice.why, "module nf_tables is not loaded");
}

TEST(Ladder, WhatTheKernelRefusesIsNotTried) {
    const Choice tracing = choose_rungs(kLadder, ordinary(), {"EPERM", ""});
    ASSERT_EQ(tracing.rungs.size(), 1U);
    EXPECT_EQ(tracing.rungs[0].means, Rung::Means::Kprobe);
    const Choice nothing = choose_rungs(kLadder, ordinary(), {"EPERM", "no kprobe PMU"});
    EXPECT_TRUE(nothing.rungs.empty());
    EXPECT_EQ(nothing.why, "fexit: EPERM; kprobe: no kprobe PMU");
}

}  // namespace
}  // namespace knowhy::bpf
