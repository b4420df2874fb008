#include "cli/symbol_input.h"

#include <gtest/gtest.h>

namespace knowhy::cli {
namespace {

std::optional<uint64_t> address_in(std::string_view line) {
    const auto asked = parse_asked(line);
    return asked ? asked->address : std::nullopt;
}

TEST(SymbolInput, AnAddressByItself) {
    EXPECT_EQ(address_in("ffffffff81459d10"), 0xffffffff81459d10);
    EXPECT_EQ(address_in("0xffffffff81459d10"), 0xffffffff81459d10);
    EXPECT_EQ(address_in("  0XFFFFFFFF81459D10\r"), 0xffffffff81459d10);
    EXPECT_EQ(address_in("298"), 0x298U);
    EXPECT_EQ(address_in("ffffffff81459d10 and what follows"), 0xffffffff81459d10);
}

TEST(SymbolInput, ALineOfDropwatchWithItsClaim) {
    const std::string line = "298 drops at init_dummy_netdev+50 (0xffffffff81459d10) [software]";
    const auto asked = parse_asked(line);
    ASSERT_TRUE(asked.has_value());
    EXPECT_EQ(asked->address, 0xffffffff81459d10);
    ASSERT_TRUE(asked->claim.has_value());
    EXPECT_EQ(asked->claim->symbol, "init_dummy_netdev");
    EXPECT_EQ(asked->claim->offset, 0x50U);
    EXPECT_EQ(line.substr(asked->claim->begin, asked->claim->length), "init_dummy_netdev+50");
}

TEST(SymbolInput, AFrameOfAnOldStackTrace) {
    EXPECT_EQ(address_in(" [<ffffffff81459d10>] net_rx_action+0x103/0x2f0"), 0xffffffff81459d10);
}

TEST(SymbolInput, LinesWithoutAnAddressArePassedOn) {
    for (const char* line : {"", "   ", "Initializing kallsyms db", "dropwatch> start",
                             "1 drops at somewhere (nowhere)", "12 (0x", "12 (0xq) (0x"}) {
        const auto asked = parse_asked(line);
        ASSERT_TRUE(asked.has_value()) << line;
        EXPECT_FALSE(asked->address.has_value()) << line;
        EXPECT_EQ(asked->text, line);
    }
}

TEST(SymbolInput, ASingleWordThatIsNoAddressIsAnError) {
    for (const char* word : {"net_tx_action", "0xfffg", "0x", "fffffffff81459d10", "-1", "+5"}) {
        const auto asked = parse_asked(word);
        ASSERT_FALSE(asked.has_value()) << word;
        EXPECT_EQ(asked.error().kind, ErrorKind::Usage);
        EXPECT_NE(asked.error().message.find(word), std::string::npos);
    }
}

TEST(SymbolInput, NotEveryWordBeforeAnAddressIsAClaim) {
    EXPECT_FALSE(parse_asked("1 drops at +50 (0xffffffff81459d10)")->claim.has_value());
    EXPECT_FALSE(parse_asked("1 drops at location (0xffffffff81459d10)")->claim.has_value());
    EXPECT_FALSE(parse_asked("(0xffffffff81459d10)")->claim.has_value());
}

}  // namespace
}  // namespace knowhy::cli
