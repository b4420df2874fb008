#include "collect/show/walk.h"

#include <gtest/gtest.h>

#include "collect/show/fake_view.h"

namespace knowhy::collect {
namespace {

constexpr uint64_t kDevice = FakeView::kDevice;
constexpr uint64_t kOther = FakeView::kOther;
constexpr uint64_t kLink = 40;  // of dev_list in the struct

class Walks : public testing::Test {
  protected:
    auto along(const std::string& path) {
        return walk(view_, view_.ref(view_.device), kDevice, *parse_path(path));
    }
    auto list(const std::string& member, uint64_t from, bool head, size_t most = 10) {
        return walk_list(view_, view_.ref(view_.device), from, member, head, most);
    }

    FakeView view_;
};

TEST_F(Walks, ThroughPointers) {
    view_.poke(kDevice + 32, kOther);
    const auto spot = along("next->mac[2]");
    ASSERT_TRUE(spot);
    EXPECT_EQ(spot->address, kOther + 26);
    EXPECT_EQ(along("next.bytes")->address, kOther + 64);  // of the unnamed union
    EXPECT_EQ(along("next[1].flags")->address, kOther + 96 + 16);
}

TEST_F(Walks, WrongPathsSayWhere) {
    const auto unknown = along("flagz");
    ASSERT_FALSE(unknown);
    EXPECT_EQ(unknown.error().error.kind, ErrorKind::Usage);
    EXPECT_NE(unknown.error().error.message.find("did you mean 'flags'?"), std::string::npos);
    view_.poke(kDevice + 32, kOther);
    EXPECT_EQ(along("next->mac.x").error().at, 10U);
    EXPECT_EQ(along("mac[6]").error().error.kind, ErrorKind::Usage);
    EXPECT_EQ(along("flags[0]").error().error.kind, ErrorKind::Usage);
}

TEST_F(Walks, NullAndBadPointersAreNoWrongPaths) {
    const auto null = along("next->flags");
    ASSERT_FALSE(null);
    EXPECT_EQ(null.error().error.kind, ErrorKind::System);
    EXPECT_EQ(null.error().error.message, "next is NULL");
    view_.poke(kDevice + 32, uint64_t{0x318});
    EXPECT_EQ(along("next->next->flags").error().error.message, "next->next: 0x338 cannot be read");
}

TEST_F(Walks, RingOfTwoFromAnyOfThem) {
    view_.poke(kDevice + kLink, kOther + kLink);
    view_.poke(kOther + kLink, kDevice + kLink);
    const auto found = list("dev_list", kDevice, false);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->addresses, (std::vector<uint64_t>{kDevice, kOther}));
    EXPECT_EQ(found->stopped, "");
}

TEST_F(Walks, TheHeadIsNoObject) {
    constexpr uint64_t kHead = 0xffff888000009000;
    view_.put(kHead, std::vector<uint8_t>(16));
    view_.poke(kHead, kHead);
    EXPECT_TRUE(list("dev_list", kHead, true)->addresses.empty());
    view_.poke(kHead, kOther + kLink);
    view_.poke(kOther + kLink, kHead);
    EXPECT_EQ(list("dev_list", kHead, true)->addresses, std::vector<uint64_t>{kOther});
}

TEST_F(Walks, ChainsOfPointersEndAtNull) {
    view_.poke(kDevice + 32, kOther);
    EXPECT_EQ(list("next", kDevice, false)->addresses, (std::vector<uint64_t>{kDevice, kOther}));
    // The mark that ends a list of nulls.
    view_.poke(kOther + 32, uint64_t{0x7});
    EXPECT_EQ(list("next", kDevice, false)->stopped, "");
}

TEST_F(Walks, LoopsAndBoundsAreSaid) {
    view_.poke(kDevice + 32, kOther);
    view_.poke(kOther + 32, kOther);
    const auto loop = list("next", kDevice, false);
    EXPECT_EQ(loop->addresses.size(), 2U);
    EXPECT_NE(loop->stopped.find("a loop"), std::string::npos);
    EXPECT_EQ(list("next", kDevice, false, 1)->stopped, "there are more than 1");
    view_.poke(kDevice + 32, uint64_t{0x318});
    EXPECT_EQ(list("next", kDevice, false)->stopped, "0x318 cannot be read");
    EXPECT_FALSE(list("flags", kDevice, false));
}

}  // namespace
}  // namespace knowhy::collect
