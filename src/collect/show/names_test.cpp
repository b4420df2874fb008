#include "collect/show/names.h"

#include <gtest/gtest.h>

#include "collect/show/fake_view.h"

namespace knowhy::collect {
namespace {

using Names = std::vector<std::string>;

TEST(Names, OfDefinesComeFromATable) {
    FakeView view;
    NumberBook book(view);
    const NumberRule* const rule = rule_for("port", "sm_vars");
    ASSERT_NE(rule, nullptr);
    const NumberNames& names = book.names(*rule);
    EXPECT_EQ(names.from, "drivers/net/bonding/bond_3ad.c");
    EXPECT_EQ(bit_names(*rule, names, 0x142), (Names{"LACP_ENABLED", "MATCHED", "SELECTED"}));
    EXPECT_EQ(bit_names(*rule, names, 0x8002), (Names{"LACP_ENABLED", "0x8000"}));
    EXPECT_TRUE(bit_names(*rule, names, 0).empty());
}

// A kernel without that enum: no names, rather than another kernel's.
TEST(Names, OfAnotherKernelAreNotTaken) {
    FakeView view;
    NumberBook book(view);
    const NumberRule* const rule = rule_for("net_device", "features");
    ASSERT_NE(rule, nullptr);
    EXPECT_TRUE(book.names(*rule).names.empty());
}

TEST(Names, OnlyOfTheMembersThatAreMeant) {
    EXPECT_EQ(rule_for("port", "flags"), nullptr);
    EXPECT_EQ(rule_for("", "sm_vars"), nullptr);
    EXPECT_NE(rule_for("net_device", "flags"), nullptr);
}

}  // namespace
}  // namespace knowhy::collect
