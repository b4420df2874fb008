#include <gtest/gtest.h>

#include <cstring>

#include "lang/values/decode.h"

namespace knowhy::lang {
namespace {

using Kind = Type::Kind;
using Numbers = std::vector<int64_t>;

Numbers merged(const Type& type, const Numbers& per_cpu) {
    const auto result = merge(type, std::as_bytes(std::span(per_cpu)));
    Numbers numbers((result.size() + 7) / 8);
    std::memcpy(numbers.data(), result.data(), result.size());
    return numbers;
}

TEST(Merge, AddsUp) {
    EXPECT_EQ(merged(Type::of(Kind::Count), {1, 2, 3}), Numbers{6});
    EXPECT_EQ(merged(Type::of(Kind::Sum, true), {1, -5}), Numbers{-4});
    EXPECT_EQ(merged(Type::of(Kind::Stats, true), {1, 10, 0, 0, 2, -3}), (Numbers{3, 7}));
    EXPECT_EQ(merged(Type::integer(8, true), {1, 2}), Numbers{3});
    const Type linear = Type::linear_histogram(0, 10, 5);
    EXPECT_EQ(merged(linear, {1, 0, 0, 2, 1, 1, 0, 2}), (Numbers{2, 1, 0, 4}));
}

// The kernel rounds each CPU's value up to 8 bytes.
TEST(Merge, SmallValuesHaveGapsBetween) {
    EXPECT_EQ(merged(Type::integer(4, false), {0x7700000001, 0x7700000002}), Numbers{3});
    EXPECT_EQ(merged(Type::integer(1, false), {255, 2}), Numbers{1});
}

TEST(Merge, ExtremesOnlyOfCpusThatHaveOne) {
    EXPECT_EQ(merged(Type::of(Kind::Min, true), {0, 0, 5, 1, -3, 1}), (Numbers{-3, 1}));
    EXPECT_EQ(merged(Type::of(Kind::Max, true), {0, 0, -5, 1}), (Numbers{-5, 1}));
    EXPECT_EQ(merged(Type::of(Kind::Max, false), {5, 1, -1, 1}), (Numbers{-1, 1}));
    EXPECT_EQ(merged(Type::of(Kind::Min, false), {0, 0, 0, 0}), (Numbers{0, 0}));
}

TEST(Merge, SystemTapsStatistic) {
    Type type = Type::of(Kind::Statistic);
    type.bytes = 40;
    EXPECT_EQ(merged(type, {0, 0, 0, 0, 0, 2, 9, 4, 5, 2, 1, -1, -1, -1, 1}),
              (Numbers{3, 8, -1, 5, 3}));
}

TEST(Merge, OtherKindsKeepTheFirst) {
    EXPECT_EQ(merged(Type::pointer(symbols::kVoid), {16, 32}), Numbers{16});
    EXPECT_EQ(merged(Type::none(), {}), Numbers{});
    EXPECT_EQ(merged(Type::of(Kind::Count), {7}), Numbers{7});
}

}  // namespace
}  // namespace knowhy::lang
