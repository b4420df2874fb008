#include "cli/duration.h"

#include <gtest/gtest.h>

namespace knowhy::cli {
namespace {

using namespace std::chrono_literals;

TEST(Duration, UnitsAndFractions) {
    EXPECT_EQ(parse_duration("10s"), 10s);
    EXPECT_EQ(parse_duration("10"), 10s);
    EXPECT_EQ(parse_duration("500ms"), 500ms);
    EXPECT_EQ(parse_duration("1.5s"), 1500ms);
    EXPECT_EQ(parse_duration("2m"), 2min);
    EXPECT_EQ(parse_duration("1h"), 1h);
}

TEST(Duration, AnythingElseIsRefused) {
    for (const char* text :
         {"", "s", "10x", "-1s", "0", "0ms", "1e3s", "inf", "nan", " 1s", "1s ", "10 s", "9000h"}) {
        EXPECT_EQ(parse_duration(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace knowhy::cli
