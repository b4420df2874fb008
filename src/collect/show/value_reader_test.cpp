#include "collect/show/value_reader.h"

#include <gtest/gtest.h>

#include "collect/show/fake_view.h"

namespace knowhy::collect {
namespace {

using Kind = model::Shown::Kind;

class ReadValues : public testing::Test {
  protected:
    ReadValues() {
        view_.put(FakeView::kOther, std::vector<uint8_t>(96));
        const char name[] = "eth\x1b";
        for (size_t i = 0; i < 3; ++i) view_.poke(FakeView::kDevice + i, name[i]);
    }

    model::Shown read(unsigned depth = 1) {
        ReadOptions how;
        how.depth = depth;
        return ValueReader(view_, how)
            .read({view_.ref(view_.device), FakeView::kDevice, 0, 0, "net_device", ""}, "");
    }
    model::Shown member(const std::string& name, unsigned depth = 1) {
        for (auto& each : read(depth).members)
            if (each.name == name) return each;
        ADD_FAILURE() << "no member " << name;
        return {};
    }
    template <typename Number>
    void poke(uint64_t offset, Number number) {
        view_.poke(FakeView::kDevice + offset, number);
    }

    FakeView view_;
};

TEST_F(ReadValues, Text) {
    EXPECT_EQ(member("name").kind, Kind::Text);
    EXPECT_EQ(member("name").text, "eth");
    poke(3, uint8_t{0x1b});  // no text: its bytes
    EXPECT_EQ(member("name").kind, Kind::Bytes);
    EXPECT_TRUE(member("name").text.starts_with("65 74 68 1b 00"));
}

TEST_F(ReadValues, FlagsByTheKernelsNames) {
    poke(16, uint32_t{0x8001});
    const auto flags = member("flags");
    EXPECT_EQ(flags.kind, Kind::Flags);
    EXPECT_EQ(flags.names, (std::vector<std::string>{"UP", "0x8000"}));
    EXPECT_EQ(flags.text, "UP | 0x8000 (0x8001)");
    EXPECT_EQ(flags.names_from, "enum net_device_flags");
    poke(16, uint32_t{0});
    EXPECT_EQ(member("flags").text, "none (0x0)");
}

TEST_F(ReadValues, BigEndianInHostOrder) {
    poke(20, uint16_t{0x0988});
    EXPECT_EQ(member("protocol").number, 0x8809U);
    EXPECT_TRUE(member("protocol").big_endian);
    EXPECT_EQ(member("protocol").text, "0x8809 (34825, big-endian)");
}

TEST_F(ReadValues, Bitfields) {
    poke(22, uint16_t{0x1235});
    EXPECT_EQ(member("group").number, 5U);
    EXPECT_EQ(member("rest").number, 0x123U);
    EXPECT_EQ(member("rest").bit_offset, 4U);
}

TEST_F(ReadValues, MacAddress) {
    poke(24, uint8_t{0x02});
    poke(29, uint8_t{0xb0});
    EXPECT_EQ(member("mac").kind, Kind::Mac);
    EXPECT_EQ(member("mac").text, "02:00:00:00:00:b0");
}

TEST_F(ReadValues, Pointers) {
    EXPECT_EQ(member("next").number, 0U);
    poke(32, FakeView::kOther);
    poke(56, FakeView::kHandler);
    view_.poke(FakeView::kOther, 'x');
    EXPECT_EQ(member("next").text, "x");  // the device that it points to
    EXPECT_TRUE(member("next").members.empty());
    EXPECT_EQ(member("rx_handler").text, "bond_handle_frame [bonding]");
    poke(32, ~uint64_t{0} - 21);
    EXPECT_EQ(member("next").text, "ERR_PTR(-EINVAL)");
}

TEST_F(ReadValues, DepthFollowsPointersAndEndsInARing) {
    poke(32, FakeView::kOther);
    view_.poke(FakeView::kOther + 32, FakeView::kOther);
    const auto next = member("next", 3);
    ASSERT_EQ(next.members.size(), 12U);
    EXPECT_EQ(next.members[0].address, FakeView::kOther);
    EXPECT_TRUE(read(8).members[6].members[6].members.empty());
    poke(32, uint64_t{0x318});
    EXPECT_EQ(member("next", 3).text, "unreadable");
}

TEST_F(ReadValues, ListsWrappedNumbersAndUnnamedUnions) {
    poke(40, FakeView::kDevice + 40);
    poke(88, int32_t{-3});
    poke(64, uint32_t{0x01020304});
    EXPECT_EQ(member("dev_list").text, "empty list");
    EXPECT_EQ(member("refs").text, "-3");
    EXPECT_EQ(member("refs").type, "struct atomic");
    const auto unnamed = member("");
    EXPECT_EQ(unnamed.kind, Kind::Union);
    ASSERT_EQ(unnamed.members.size(), 2U);
    EXPECT_EQ(unnamed.members[0].number, 0x01020304U);
    EXPECT_EQ(unnamed.members[1].text, "04 03 02 01");
}

TEST_F(ReadValues, EqualElementsAreOne) {
    poke(72, uint32_t{7});
    const auto table = member("table");
    ASSERT_EQ(table.members.size(), 3U);
    EXPECT_EQ(table.members[0].name, "[0]");
    EXPECT_EQ(table.members[1].name, "[1]");
    EXPECT_EQ(table.members[2].name, "[2..4]");
    EXPECT_EQ(table.members[2].text, "0");
}

TEST_F(ReadValues, WhatCannotBeRead) {
    view_.memory_at.clear();
    EXPECT_EQ(read().kind, Kind::Missing);
    EXPECT_EQ(read().text, "0xffff888000001000 cannot be read");
}

TEST_F(ReadValues, IsBounded) {
    ReadOptions how;
    how.values = 4;
    const auto cut =
        ValueReader(view_, how)
            .read({view_.ref(view_.device), FakeView::kDevice, 0, 0, "net_device", ""}, "");
    EXPECT_LE(cut.members.size(), 4U);
    EXPECT_EQ(cut.text, "cut off after 4 values");
}

}  // namespace
}  // namespace knowhy::collect
