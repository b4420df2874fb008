#include "model/call_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/fixture_trace.h"

namespace knowhy::model {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

std::vector<size_t> times(const Trace& trace) {
    std::vector<size_t> times;
    for (const TracedCall& call : trace.calls) times.push_back(call.time_ns - 5'000'000'000);
    return times;
}

TEST(CallFilter, WithoutAWishAllPass) {
    EXPECT_EQ(filtered(fixture::trace(), {}).calls.size(), fixture::trace().calls.size());
}

TEST(CallFilter, ACallComesWithItsReturn) {
    CallFilter filter;
    filter.functions = {"fib_*"};
    EXPECT_THAT(times(filtered(fixture::trace(), filter)), ElementsAre(2000, 3000, 4000));
    filter.errors = true;
    EXPECT_THAT(times(filtered(fixture::trace(), filter)), ElementsAre(2000, 3000));
}

TEST(CallFilter, ByDeviceThreadAndTime) {
    CallFilter filter;
    filter.device = "v1";
    EXPECT_THAT(times(filtered(fixture::trace(), filter)), ElementsAre(1000, 9000));
    filter = {};
    filter.pids = {0};
    EXPECT_THAT(times(filtered(fixture::trace(), filter)), ElementsAre(2500));
    filter = {};
    filter.from_ns = 1000;
    filter.to_ns = 1500;
    EXPECT_THAT(times(filtered(fixture::trace(), filter)), ElementsAre(2000, 3000));
}

TEST(CallSums, CountCallsCallersAndErrors) {
    const CallSums sums = count_calls(fixture::trace(), {});
    EXPECT_EQ(sums.calls, 4U);
    EXPECT_EQ(sums.wanted, 4U);
    ASSERT_EQ(sums.functions.size(), 3U);
    const FunctionCounts& lookup = sums.functions[0];
    EXPECT_EQ(lookup.function, 1U);
    EXPECT_EQ(lookup.calls, 2U);
    EXPECT_EQ(lookup.returns, 1U);
    EXPECT_EQ(lookup.total_ns, 1000U);
    EXPECT_THAT(lookup.errors, ElementsAre(Pair(-22, 1)));
    EXPECT_THAT(lookup.by, ElementsAre(Pair(std::optional<uint32_t>(0), 2)));
    EXPECT_THAT(sums.functions[1].by, ElementsAre(Pair(std::nullopt, 1)));
}

TEST(CallSums, OnlyErrorsAreCountedWhereOnlyTheyAreWanted) {
    CallFilter filter;
    filter.errors = true;
    const CallSums sums = count_calls(fixture::trace(), filter);
    EXPECT_EQ(sums.calls, 4U);
    EXPECT_EQ(sums.wanted, 1U);
    ASSERT_EQ(sums.functions.size(), 1U);
    EXPECT_EQ(sums.functions[0].calls, 1U);
}

TEST(ErrorOf, IsANegativeErrnoOrAnErrorPointer) {
    TracedCall back;
    back.kind = TracedCall::Kind::Returned;
    const auto of = [&back](Value value) {
        back.values = {{"return", "", std::move(value), {}}};
        return error_of(back);
    };
    EXPECT_EQ(of(Value::integer(-95, true, 4)), -95);
    EXPECT_EQ(of(Value::integer(-4096, true, 4)), std::nullopt);
    EXPECT_EQ(of(Value::integer(3, true, 4)), std::nullopt);
    EXPECT_EQ(of(Value::integer(-1, false, 8)), std::nullopt) << "an unsigned one is none";
    EXPECT_EQ(of({Value::Pointer{static_cast<uint64_t>(-12)}}), -12);
    EXPECT_EQ(of({Value::Pointer{0xffff888000000000}}), std::nullopt);
}

}  // namespace
}  // namespace knowhy::model
