#include "collect/drops/point_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cstring>
#include <set>

#include "base/file.h"
#include "base/text.h"
#include "collect/drops/points.h"

namespace knowhy::collect {
namespace {

using model::Fact;

TEST(PointTable, NumbersAreThoseOfTheWire) {
    ASSERT_EQ(point_table().size(), static_cast<size_t>(KW_POINTS - 1));
    std::set<std::string> ids;
    for (const PointInfo& point : point_table()) {
        EXPECT_EQ(point_by_number(point.number), &point);
        EXPECT_TRUE(ids.insert(point.id).second) << point.id;
    }
    EXPECT_EQ(point_by_number(KW_P_udp_enqueue_schedule_skb)->name, "__udp_enqueue_schedule_skb");
    EXPECT_EQ(point_by_number(KW_P_raw_local_deliver)->function, "raw_rcv");
    EXPECT_EQ(point_by_number(0), nullptr);
    EXPECT_EQ(point_by_number(KW_POINTS), nullptr);
}

TEST(PointTable, EveryPointKeepsWhatTheWireCarries) {
    for (const PointInfo& point : point_table()) {
        size_t words = 0;
        size_t texts = 0;
        for (const std::string& arg : point.args) {
            if (arg[0] == '$')
                ++texts;
            else
                words += arg[0] == '@' ? 2 : 1;
        }
        EXPECT_LE(words, static_cast<size_t>(KW_WORDS)) << point.id;
        EXPECT_LE(texts, 2U) << point.id;
    }
}

TEST(PointTable, RungsByKind) {
    const auto before = point_by_number(KW_P_tcf_classify)->ladder();
    ASSERT_EQ(before.size(), 2U);
    EXPECT_EQ(before[0].name, "fexit");
    EXPECT_EQ(before[0].programs, std::vector<std::string>{"x_tcf_classify"});
    EXPECT_EQ(before[1].name, "kprobe+kretprobe");
    const auto around = point_by_number(KW_P_nf_hook_slow)->ladder();
    ASSERT_EQ(around.size(), 2U);
    EXPECT_EQ(around[0].name, "fentry");
    EXPECT_EQ(around[1].programs, std::vector<std::string>{"k_nf_hook_slow"});
    const auto alone = point_by_number(KW_P_fib_validate_source)->ladder();
    ASSERT_EQ(alone.size(), 1U);
    EXPECT_EQ(alone[0].name, "kretprobe");
}

TEST(PointTable, FactsOfAQdisc) {
    kw_fact wire{};
    wire.point = KW_P_dev_qdisc_enqueue;
    wire.value = 1;
    wire.words[0] = 0x10000;
    wire.words[1] = 1000;
    wire.words[2] = 1000;
    std::strcpy(wire.text[0], "pfifo");
    const auto fact = to_fact(wire);
    ASSERT_TRUE(fact);
    EXPECT_EQ(fact->point, "dev_qdisc_enqueue");
    EXPECT_EQ(fact->kind, Fact::Kind::Before);
    EXPECT_EQ(fact->value, 1);
    EXPECT_EQ(fact->number("handle"), 0x10000);
    EXPECT_EQ(fact->number("limit"), 1000);
    EXPECT_EQ(fact->number("qlen"), 1000);
    EXPECT_EQ(fact->text("qdisc"), "pfifo");
}

TEST(PointTable, AStringFillsItsPlaceWithoutAnEnd) {
    kw_fact wire{};
    wire.point = KW_P_nft_do_chain;
    std::memset(wire.text, 'x', sizeof(wire.text));
    const auto fact = to_fact(wire);
    ASSERT_TRUE(fact);
    EXPECT_EQ(fact->text("chain"), std::string(KW_TEXT, 'x'));
}

TEST(PointTable, FactsOfANeighbour) {
    kw_fact wire{};
    wire.point = KW_P_neigh_event_send;
    wire.words[0] = 0x20ULL | static_cast<uint64_t>(AF_INET) << 32;  // NUD_FAILED
    wire.words[1] = 3;
    const uint8_t address[] = {10, 1, 0, 99};
    std::memcpy(&wire.words[2], address, sizeof(address));
    const auto fact = to_fact(wire);
    ASSERT_TRUE(fact);
    EXPECT_EQ(fact->point, "__neigh_event_send");
    EXPECT_EQ(fact->number("nud_state"), 0x20);
    EXPECT_EQ(fact->number("ifindex"), 3);
    EXPECT_EQ(fact->text("address"), "10.1.0.99");
}

TEST(PointTable, NoDeviceIsNoFact) {
    kw_fact wire{};
    wire.point = KW_P_nf_hook_slow;
    wire.words[2] = 5;
    const auto fact = to_fact(wire);
    ASSERT_TRUE(fact);
    EXPECT_EQ(fact->number("hook"), 0);
    EXPECT_EQ(fact->number("in_ifindex"), 5);
    EXPECT_EQ(fact->number("out_ifindex"), std::nullopt);
}

TEST(PointTable, AnUnknownPointIsNoFact) {
    kw_fact wire{};
    EXPECT_FALSE(to_fact(wire));
    wire.point = 999;
    EXPECT_FALSE(to_fact(wire));
}

// docs/life-of-a-drop.md lists each point with its kind, in this order.
TEST(PointTable, TheDocumentListsThem) {
    const auto text = read_file(KNOWHY_SOURCE_DIR "/docs/life-of-a-drop.md", 1 << 20);
    ASSERT_TRUE(text) << text.error().message;
    std::vector<std::string> rows;
    for (const std::string_view line : split(*text, '\n'))
        if (line.substr(0, 3) == "| `") rows.emplace_back(line);
    ASSERT_EQ(rows.size(), point_table().size());
    for (const PointInfo& point : point_table()) {
        const char* kind = point.kind == Fact::Kind::Before ? "Before" : "Around";
        EXPECT_THAT(rows[point.number - 1],
                    ::testing::StartsWith(fmt::format("| `{}` | {} |", point.name, kind)));
    }
}

}  // namespace
}  // namespace knowhy::collect
