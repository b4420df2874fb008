#include "model/drop.h"

#include <gtest/gtest.h>

namespace knowhy::model {
namespace {

TEST(CloneSuffix, IsCutWhereTheCompilerPutIt) {
    EXPECT_EQ(without_clone_suffix("ip_rcv_finish_core.constprop.0"), "ip_rcv_finish_core");
    EXPECT_EQ(without_clone_suffix("vmxnet3_tq_tx_complete.isra.0"), "vmxnet3_tq_tx_complete");
    EXPECT_EQ(without_clone_suffix("f.part.0.constprop.1"), "f");
    EXPECT_EQ(without_clone_suffix("tcp_v4_rcv"), "tcp_v4_rcv");
}

TEST(Place, SaysWhatItKnows) {
    EXPECT_EQ((Place{0xffff1234, "", "", 0, "", "", 0, {}}.text()), "0xffff1234");
    EXPECT_EQ((Place{0, "nft_do_chain", "nft_do_chain", 0x47f, "nf_tables", "", 0, {}}.text()),
              "nft_do_chain+0x47f [nf_tables]");
    EXPECT_EQ((Place{0, "net_tx_action", "net_tx_action", 0, "", "", 0, {}}.text()),
              "net_tx_action");
}

TEST(DropReason, NotSpecifiedSaysNothing) {
    EXPECT_TRUE((DropReason{1, "NOT_SPECIFIED", ""}).says_nothing());
    EXPECT_TRUE(DropReason{}.says_nothing());
    EXPECT_FALSE((DropReason{3, "NO_SOCKET", ""}).says_nothing());
}

TEST(DropSample, GivesTheLastFactOfAPoint) {
    DropSample sample;
    sample.facts = {{"fib_validate_source", Fact::Kind::Before, -18, {}},
                    {"nf_hook_slow", Fact::Kind::Around, std::nullopt, {{"hook", int64_t{1}}}},
                    {"fib_validate_source", Fact::Kind::Before, -22, {}}};
    ASSERT_NE(sample.fact("fib_validate_source"), nullptr);
    EXPECT_EQ(sample.fact("fib_validate_source")->value, -22);
    EXPECT_EQ(sample.fact("nf_hook_slow")->number("hook"), 1);
    EXPECT_EQ(sample.fact("nf_hook_slow")->number("pf"), std::nullopt);
    EXPECT_EQ(sample.fact("nf_hook_slow")->text("hook"), "") << "a number is not a text";
    EXPECT_EQ(sample.fact("tcf_classify"), nullptr);
}

TEST(DropSample, LooksForFunctionsOnItsStack) {
    DropSample sample;
    sample.stack = {{0, "ip_rcv_finish_core.constprop.0", "ip_rcv_finish_core", 0, "", "", 0, {}}};
    EXPECT_TRUE(sample.on_stack("ip_rcv_finish_core"));
    EXPECT_FALSE(sample.on_stack("ip_rcv"));
}

}  // namespace
}  // namespace knowhy::model
