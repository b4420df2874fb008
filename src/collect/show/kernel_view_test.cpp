#include "collect/show/kernel_view.h"

#include <gtest/gtest.h>

#include <array>

#include "collect/show/fake_view.h"

namespace knowhy::collect {
namespace {

TEST(NumberIn, BitsAndSigns) {
    const std::array<uint8_t, 9> bytes = {0xf1, 0xff, 0x00, 0x80, 0, 0, 0, 0, 0x0e};
    EXPECT_EQ(number_in(bytes, 0, 8, false), 0xf1U);
    EXPECT_EQ(static_cast<int64_t>(number_in(bytes, 0, 8, true)), -15);
    EXPECT_EQ(number_in(bytes, 4, 12, false), 0xfffU);
    EXPECT_EQ(static_cast<int64_t>(number_in(bytes, 4, 12, true)), -1);
    EXPECT_EQ(number_in(bytes, 3, 1, false), 0U);
    EXPECT_EQ(number_in(bytes, 0, 64, true), 0x000000008000fff1U);
    EXPECT_EQ(number_in(bytes, 4, 64, false), 0xe00000000800'0fffU);
}

TEST(KernelObject, MembersByPath) {
    FakeView view;
    const KernelObject device(view, view.ref(view.device), FakeView::kDevice);
    view.poke(FakeView::kDevice + 88, int32_t{-3});
    view.poke(FakeView::kDevice + 32, FakeView::kOther);
    EXPECT_EQ(static_cast<int64_t>(*device.number("refs.counter")), -3);
    EXPECT_EQ(device.number("nothing"), std::nullopt);
    EXPECT_EQ(device.number("name"), std::nullopt);  // more than a number
    EXPECT_EQ(device.address_of("table[2]"), FakeView::kDevice + 76);
    EXPECT_EQ(device.text("name"), "");
    ASSERT_TRUE(device.follow("next"));
    EXPECT_EQ(device.follow("next")->address(), FakeView::kOther);
    EXPECT_FALSE(device.follow("next")->follow("next"));
    EXPECT_EQ(device.unreadable("nothing").kind, ErrorKind::Unsupported);
    EXPECT_EQ(device.unreadable("name").kind, ErrorKind::System);
}

TEST(Layout, SameMembersAtTheSamePlaces) {
    FakeView view;
    const TypeRef device = view.ref(view.device);
    EXPECT_TRUE(same_layout(device, device));
    EXPECT_FALSE(same_layout(device, view.ref(view.named.at("struct list_head"))));
    symbols::Type other = device.resolved();
    other.members[1].bit_offset += 8;
    EXPECT_FALSE(same_layout(device, view.ref(view.types.add(other))));
}

}  // namespace
}  // namespace knowhy::collect
