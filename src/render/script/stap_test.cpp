// The expected histograms are what the print function of SystemTap 4.8's runtime prints.
#include "render/script/stap.h"

#include <gtest/gtest.h>

namespace knowhy::render {
namespace {

using namespace model;  // NOLINT(google-build-using-namespace)

using Counts = std::vector<std::pair<int64_t, uint64_t>>;  // where a bucket begins, and its count

// Buckets follow one another up to the last that counted something.
Value::Histogram logarithmic(const Counts& counts) {
    Value::Histogram histogram;
    for (const auto& [first, count] : counts) {
        while (!histogram.buckets.empty() && histogram.buckets.back().last + 1 < first) {
            const int64_t next = histogram.buckets.back().last + 1;
            histogram.buckets.push_back({next, next * 2 - 1, 0});
        }
        histogram.buckets.push_back({first, first == 0 ? 0 : first * 2 - 1, count});
    }
    return histogram;
}

Value::Histogram linear(int64_t min, int64_t max, int64_t step, const Counts& counts) {
    Value::Histogram histogram;
    histogram.linear = true;
    histogram.min = min;
    histogram.max = max;
    histogram.step = step;
    for (const auto& [first, count] : counts) {
        while (!histogram.buckets.empty() && histogram.buckets.back().last + 1 < first) {
            const int64_t next = histogram.buckets.back().last + 1;
            histogram.buckets.push_back({next, next + step - 1, 0});
        }
        const int64_t last = first == INT64_MIN ? min - 1 : first + step - 1;
        histogram.buckets.push_back({first, first >= max ? INT64_MAX : last, count});
    }
    return histogram;
}

TEST(StapHistogram, LogarithmicWithMargins) {
    EXPECT_EQ(stap_histogram_text(logarithmic({{0, 1}, {1, 1}, {4, 3}, {64, 1}})),
              "value |-------------------------------------------------- count\n"
              "    0 |@                                                  1\n"
              "    1 |@                                                  1\n"
              "    2 |                                                   0\n"
              "    4 |@@@                                                3\n"
              "    8 |                                                   0\n"
              "   16 |                                                   0\n"
              "   32 |                                                   0\n"
              "   64 |@                                                  1\n"
              "  128 |                                                   0\n"
              "  256 |                                                   0\n"
              "\n");
    EXPECT_EQ(stap_histogram_text(logarithmic({{2, 1}})),
              "value |-------------------------------------------------- count\n"
              "    0 |                                                   0\n"
              "    1 |                                                   0\n"
              "    2 |@                                                  1\n"
              "    4 |                                                   0\n"
              "    8 |                                                   0\n"
              "\n");
}

TEST(StapHistogram, LongRunsOfZerosAreLeftOut) {
    EXPECT_EQ(stap_histogram_text(logarithmic({{4, 1}, {512, 1}, {1048576, 1}})),
              "  value |-------------------------------------------------- count\n"
              "      1 |                                                   0\n"
              "      2 |                                                   0\n"
              "      4 |@                                                  1\n"
              "      8 |                                                   0\n"
              "     16 |                                                   0\n"
              "        ~\n"
              "    128 |                                                   0\n"
              "    256 |                                                   0\n"
              "    512 |@                                                  1\n"
              "   1024 |                                                   0\n"
              "   2048 |                                                   0\n"
              "        ~\n"
              " 262144 |                                                   0\n"
              " 524288 |                                                   0\n"
              "1048576 |@                                                  1\n"
              "2097152 |                                                   0\n"
              "4194304 |                                                   0\n"
              "\n");
}

TEST(StapHistogram, BarsAreScaled) {
    EXPECT_EQ(stap_histogram_text(logarithmic({{8, 120}, {16, 7}, {4096, 51}})),
              "value |-------------------------------------------------- count\n"
              "    2 |                                                     0\n"
              "    4 |                                                     0\n"
              "    8 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@           120\n"
              "   16 |@@                                                   7\n"
              "   32 |                                                     0\n"
              "   64 |                                                     0\n"
              "      ~\n"
              " 1024 |                                                     0\n"
              " 2048 |                                                     0\n"
              " 4096 |@@@@@@@@@@@@@@@@@                                   51\n"
              " 8192 |                                                     0\n"
              "16384 |                                                     0\n"
              "\n");
    EXPECT_EQ(stap_histogram_text({}), "\n");
}

// @hist_linear(x, 0, 100, 10) has a bucket from 100 on, too.
TEST(StapHistogram, LinearWithWhatIsBelowAndAbove) {
    EXPECT_EQ(stap_histogram_text(linear(0, 110, 10, {{0, 1}, {10, 2}, {90, 1}})),
              "value |-------------------------------------------------- count\n"
              "    0 |@                                                  1\n"
              "   10 |@@                                                 2\n"
              "   20 |                                                   0\n"
              "   30 |                                                   0\n"
              "      ~\n"
              "   70 |                                                   0\n"
              "   80 |                                                   0\n"
              "   90 |@                                                  1\n"
              "  100 |                                                   0\n"
              "\n");
    EXPECT_EQ(stap_histogram_text(linear(0, 110, 10, {{INT64_MIN, 1}, {100, 1}})),
              "value |-------------------------------------------------- count\n"
              "   <0 |@                                                  1\n"
              "    0 |                                                   0\n"
              "   10 |                                                   0\n"
              "      ~\n"
              "   80 |                                                   0\n"
              "   90 |                                                   0\n"
              "  100 |@                                                  1\n"
              "\n");
    EXPECT_EQ(stap_histogram_text(linear(0, 110, 10, {{110, 1}})),
              "value |-------------------------------------------------- count\n"
              "   90 |                                                   0\n"
              "  100 |                                                   0\n"
              " >100 |@                                                  1\n"
              "\n");
    EXPECT_EQ(stap_histogram_text(linear(0, 110, 10, {{50, 1}})),
              "value |-------------------------------------------------- count\n"
              "   30 |                                                   0\n"
              "   40 |                                                   0\n"
              "   50 |@                                                  1\n"
              "   60 |                                                   0\n"
              "   70 |                                                   0\n"
              "\n");
    EXPECT_EQ(stap_histogram_text(linear(1000, 10000, 1000, {{9000, 1}, {10000, 1}})),
              " value |-------------------------------------------------- count\n"
              "  7000 |                                                   0\n"
              "  8000 |                                                   0\n"
              "  9000 |@                                                  1\n"
              " >9000 |@                                                  1\n"
              "\n");
    EXPECT_EQ(stap_histogram_text(linear(1000, 10000, 1000, {{9000, 1}})),
              "value |-------------------------------------------------- count\n"
              " 7000 |                                                   0\n"
              " 8000 |                                                   0\n"
              " 9000 |@                                                  1\n"
              "\n");
}

TEST(StapHistogram, NegativeValuesAreOnOneLine) {
    Value::Histogram histogram;
    histogram.buckets = {{INT64_MIN, -1, 1}, {0, 0, 2}};
    const std::string text = stap_histogram_text(histogram);
    EXPECT_NE(text.find("   <0 |@  "), std::string::npos);
    EXPECT_NE(text.find("    2 |  "), std::string::npos);
}

TEST(StapGlobals, TheGreatestFirst) {
    const ScriptOptions options{ScriptOptions::Compat::Bpftrace026, FormatDialect::SystemTap, ""};
    const auto number = [](int64_t value) { return Value::integer(value); };
    MapDump map;
    map.name = "x";
    map.entries = {{{}, number(5)}};
    EXPECT_EQ(stap_global_text(map, options), "x=0x5\n");
    map.entries = {{{}, {Value::Statistic{2, 4, 1, 3, {}}}}};
    EXPECT_EQ(stap_global_text(map, options), "x @count=2 @min=1 @max=3 @sum=4 @avg=2\n");
    map.entries = {{{}, {Value::Statistic{}}}};
    EXPECT_EQ(stap_global_text(map, options), "x @count=0x0\n");
    map.keyed = true;
    const Value key{Value::Tuple{{Value::text("a\"b"), number(-1)}, {}}};
    map.entries = {{number(1), number(3)}, {key, number(8)}, {number(2), number(0)}};
    EXPECT_EQ(stap_global_text(map, options), "x[\"a\\\"b\",-1]=0x8\nx[1]=0x3\nx[2]=0x0\n");
    map.entries = {{number(1), Value::text("a")}, {number(2), Value::text("b\n")}};
    EXPECT_EQ(stap_global_text(map, options), "x[2]=\"b\\n\"\nx[1]=\"a\"\n");
}

}  // namespace
}  // namespace knowhy::render
