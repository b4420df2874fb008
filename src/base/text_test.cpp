#include "base/text.h"

#include <gtest/gtest.h>

namespace knowhy {
namespace {

TEST(Escaped, LeavesPrintableTextAlone) {
    EXPECT_EQ(escaped("eth0.7 naïve – ok"), "eth0.7 naïve – ok");
}

TEST(Escaped, DefusesTerminalSequences) {
    EXPECT_EQ(escaped("\x1b[31mred\x07"), "\\x1b[31mred\\x07");
    EXPECT_EQ(escaped("a\nb\\c"), "a\\x0ab\\\\c");
    EXPECT_EQ(escaped("\xc2\x9b"), "\\xc2\\x9b") << "a C1 control, CSI in one character";
    EXPECT_EQ(escaped("\xe2\x80\xae"), "\\xe2\\x80\\xae") << "right-to-left override";
}

TEST(Escaped, ShowsInvalidUtf8AsBytes) {
    EXPECT_EQ(escaped("\xff\xc0\xaf"), "\\xff\\xc0\\xaf");
    EXPECT_EQ(escaped("\xe2\x82"), "\\xe2\\x82") << "cut in the middle of a sequence";
    EXPECT_EQ(escaped("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "a surrogate";
}

TEST(Split, KeepsEmptyParts) {
    EXPECT_EQ(split("a,,b", ','), (std::vector<std::string_view>{"a", "", "b"}));
    EXPECT_EQ(split("", ','), (std::vector<std::string_view>{""}));
    EXPECT_EQ(split_whitespace("  a \t b\n"), (std::vector<std::string_view>{"a", "b"}));
}

TEST(Parse, WantsTheWholeString) {
    EXPECT_EQ(parse_u64("18446744073709551615"), 18446744073709551615U);
    EXPECT_EQ(parse_u64("18446744073709551616"), std::nullopt);
    EXPECT_EQ(parse_u64("12x"), std::nullopt);
    EXPECT_EQ(parse_u64(""), std::nullopt);
    EXPECT_EQ(parse_u64("0xff", 16), 255U);
    EXPECT_EQ(parse_i64("-22"), -22);
}

TEST(Counted, SpeaksEnglish) {
    EXPECT_EQ(counted(1, "packet"), "1 packet");
    EXPECT_EQ(counted(2, "packet"), "2 packets");
    EXPECT_EQ(counted(0, "entry", "entries"), "0 entries");
}

}  // namespace
}  // namespace knowhy
