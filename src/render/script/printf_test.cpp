#include "render/script/printf.h"

#include <gtest/gtest.h>

namespace knowhy::render {
namespace {

using model::Value;

const ScriptOptions kNow;
const ScriptOptions k017{ScriptOptions::Compat::Bpftrace017, model::FormatDialect::Bpftrace, ".."};
const ScriptOptions kSystemTap{ScriptOptions::Compat::Bpftrace026, model::FormatDialect::SystemTap,
                               ".."};

std::string text(std::string format, std::vector<Value> values,
                 const ScriptOptions& options = kNow) {
    return formatted_text({std::move(format), std::move(values)}, options);
}

Value number(int64_t value) {
    return Value::integer(value);
}

TEST(Printf, PadsNumbersAsC) {
    EXPECT_EQ(text("[%5d] [%-5d] [%05d]", {number(5), number(-5), number(-5)}),
              "[    5] [-5   ] [-0005]");
    EXPECT_EQ(text("[%+d] [% d] [%#x] [%#X] [%#o] [%#x]",
                   {number(5), number(5), number(255), number(255), number(8), number(0)}),
              "[+5] [ 5] [0xff] [0XFF] [010] [0]");
    EXPECT_EQ(text("[%.3d] [%.0d] [%8.3d] [%#06x]", {number(5), number(0), number(-5), number(1)}),
              "[005] [] [    -005] [0x0001]");
    EXPECT_EQ(text("[%*d] [%-*d] [%*d]",
                   {number(4), number(7), number(4), number(7), number(-4), number(7)}),
              "[   7] [7   ] [7   ]");
    EXPECT_EQ(
        text("[%.*s] [%.*s]", {number(2), Value::text("abc"), number(-1), Value::text("abc")}),
        "[ab] [abc]");
}

TEST(Printf, HasSixtyFourBitsWhere017HadInts) {
    EXPECT_EQ(text("%d %u", {number(5000000000), number(-1)}), "5000000000 18446744073709551615");
    EXPECT_EQ(text("%d %u", {number(5000000000), number(-1)}, k017), "705032704 4294967295");
    EXPECT_EQ(text("%ld %lu", {number(5000000000), number(-1)}, k017),
              "5000000000 18446744073709551615");
    EXPECT_EQ(text("%d", {Value::integer(-1, false, 8)}), "-1");
    EXPECT_EQ(text("%hhd %hhx %hu", {number(65535), number(511), number(70000)}), "-1 ff 4464");
    EXPECT_EQ(text("%x", {Value::integer(-1, true, 1)}), "ffffffffffffffff");
    EXPECT_EQ(text("%d", {Value::integer(INT64_MIN)}), "-9223372036854775808");
}

TEST(Printf, PrintsAddresses) {
    EXPECT_EQ(text("%p %p", {{Value::Pointer{0xffffffff81000000}}, {Value::Pointer{0}}}),
              "0xffffffff81000000 0");
    EXPECT_EQ(text("[%8p]", {{Value::Pointer{0}}}, k017), "[   (nil)]");
    EXPECT_EQ(text("%x", {{Value::Symbol{{0x1000, "ip_rcv", 0, "", ""}}}}), "1000");
}

TEST(Printf, PrintsAnythingByS) {
    EXPECT_EQ(text("%s %s %s", {{Value::Boolean{true}}, number(-4), Value::text("x")}),
              "true -4 x");
    EXPECT_EQ(text("%s %d", {{Value::Enumerated{{10, false, 4}, "TCP_LISTEN"}},
                             {Value::Enumerated{{10, false, 4}, "TCP_LISTEN"}}}),
              "TCP_LISTEN 10");
    EXPECT_EQ(text("%d", {{Value::Boolean{true}}}), "1");
    EXPECT_EQ(text("[%10.2s]", {Value::text("abcd")}), "[        ab]");
    EXPECT_EQ(text("%c%c", {number(65), number(0x142)}), "AB");
}

TEST(Printf, PrintsBuffers) {
    const Value buffer{Value::Bytes{"a\\\xff"}};
    EXPECT_EQ(text("%r|%rx|%rh|[%8rh]", {buffer, buffer, buffer, {Value::Bytes{"a"}}}),
              R"(a\\xff|\x61\x5c\xff|61 5c ff|[      61])");
    EXPECT_EQ(text("%s", {buffer}), R"(a\\xff)");
}

TEST(Printf, TakesWhatDoesNotFitForText) {
    EXPECT_EQ(text("%d|%rx|%d|%d", {Value::text("a"), number(5)}), "a|5||");
    EXPECT_EQ(text("%d", {}), "");
    EXPECT_EQ(text("100%% 5%", {}), "100% 5%");
}

TEST(Printf, SystemTapHasItsOwn) {
    EXPECT_EQ(text("%p %d %x", {number(0), number(-1), number(-1)}, kSystemTap),
              "0x0 -1 ffffffffffffffff");
    EXPECT_EQ(text("%M|%m", {{Value::Bytes{"\x01\xfe"}}, {Value::Bytes{"ab"}}}, kSystemTap),
              "01fe|ab");
    EXPECT_EQ(text("%#x %#o %#s", {number(0), number(0), Value::text("a\"\n\x01")}, kSystemTap),
              R"(0x0 0 a\"\n\001)");
    EXPECT_EQ(text("%4b%1b", {number(0x64636261), number(0x65)}, kSystemTap), "abcde");
}

}  // namespace
}  // namespace knowhy::render
