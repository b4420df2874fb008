#include "collect/show/path.h"

#include <gtest/gtest.h>

namespace knowhy::collect {
namespace {

TEST(Path, MembersPointersAndElements) {
    const auto path = parse_path("ip_ptr->ifa_list.next[0x1f]->a_1");
    ASSERT_TRUE(path);
    ASSERT_EQ(path->size(), 5U);
    EXPECT_EQ((*path)[0].member, "ip_ptr");
    EXPECT_EQ((*path)[1].member, "ifa_list");
    EXPECT_EQ((*path)[1].at, 8U);
    EXPECT_EQ((*path)[3].member, "");
    EXPECT_EQ((*path)[3].index, 31U);
    EXPECT_EQ((*path)[3].until_here, "ip_ptr->ifa_list.next[0x1f]");
    EXPECT_EQ(path->back().member, "a_1");
}

struct Wrong {
    const char* text;
    size_t at;
};

TEST(Path, WhereItIsWrong) {
    const Wrong all[] = {{"", 0},     {"[1]", 0},
                         {"a-", 1},   {"a->", 3},
                         {"a..b", 2}, {"a b", 1},
                         {"a[", 1},   {"a[]", 1},
                         {"a[x]", 1}, {"a[-1]", 1},
                         {"9a", 0},   {"a.9", 2},
                         {"a[1", 1},  {"a[99999999999999999999]", 1}};
    for (const Wrong& each : all) {
        const auto path = parse_path(each.text);
        ASSERT_FALSE(path) << each.text;
        EXPECT_EQ(path.error().at, each.at) << each.text;
        EXPECT_NE(path.error().message, "") << each.text;
    }
}

TEST(Path, HasAnEnd) {
    std::string text = "a";
    for (int i = 0; i < 100; ++i) text += ".a";
    EXPECT_FALSE(parse_path(text));
}

}  // namespace
}  // namespace knowhy::collect
