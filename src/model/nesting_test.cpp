#include "model/nesting.h"

#include <gtest/gtest.h>

#include "model/fixture.h"
#include "model/fixture_trace.h"
#include "model/traced_text.h"

namespace knowhy::model {
namespace {

TEST(Nesting, ReturnsBelongToTheInnermostOpenCallOfTheirFunction) {
    const Nesting nesting = nest(fixture::trace());
    ASSERT_EQ(nesting.lanes.size(), 2U);
    EXPECT_EQ(nesting.lanes[1].pid, 0U);
    EXPECT_EQ(nesting.lanes[1].cpu, 1U);
    ASSERT_EQ(nesting.spans.size(), 4U);
    EXPECT_EQ(nesting.spans[0].returned, 5U);
    EXPECT_EQ(nesting.spans[1].returned, 3U);
    EXPECT_EQ(nesting.spans[1].depth, 1U);
    EXPECT_EQ(nesting.spans[2].lane, 1U);
    EXPECT_EQ(nesting.spans[2].depth, 0U);
    // ip_rcv returned, so that call of fib_lookup must have, too: unseen.
    EXPECT_EQ(nesting.spans[3].returned, std::nullopt);
    EXPECT_EQ(nesting.spans[3].depth, 1U);
    EXPECT_EQ(nesting.strays, 1U);
}

TEST(Nesting, NothingIsInsideOfWhatIsNotWatchedForItsReturn) {
    using enum TracedCall::Kind;
    Trace trace;
    trace.functions = {{"a", "", "", "", {}}, {"b", "", "", "", {}}};
    trace.calls = {fixture::call(Entered, 1, 0, {}), fixture::call(Entered, 2, 1, {}),
                   fixture::call(Returned, 3, 1, {})};
    const Nesting nesting = nest(trace);
    ASSERT_EQ(nesting.spans.size(), 2U);
    EXPECT_EQ(nesting.spans[1].depth, 0U);
}

TEST(Nesting, AFunctionThatIsNotThereIsPassedOver) {
    Trace trace;
    trace.calls = {fixture::call(TracedCall::Kind::Entered, 1, 7, {})};
    EXPECT_TRUE(nest(trace).spans.empty());
}

TEST(Nesting, TheFirstMomentIsThatOfTheFirstThing) {
    Observation seen = fixture::observation();
    EXPECT_EQ(first_moment(seen), 5'000'000'000U);
    seen.groups[0].first_ns = 4'999'999'999;
    EXPECT_EQ(first_moment(seen), 4'999'999'999U);
    seen.clock.monotonic_ns = 7;  // long before
    EXPECT_EQ(first_moment(seen), 4'999'999'999U);
    seen.groups.clear();
    EXPECT_EQ(first_moment(seen), 7U);
}

TEST(TracedText, SaysWhatAValueIs) {
    EXPECT_EQ(text_of(Value::integer(-22, true, 4)), "-EINVAL (-22)");
    EXPECT_EQ(text_of(Value::integer(-1, false)), "18446744073709551615");
    EXPECT_EQ(text_of(Value::integer(-5000)), "-5000");
    EXPECT_EQ(text_of(Value{Value::Pointer{0}}), "NULL");
    EXPECT_EQ(text_of(Value{Value::Pointer{static_cast<uint64_t>(-12)}}), "ERR_PTR -ENOMEM (-12)");
    EXPECT_EQ(text_of(Value::text("lo")), "\"lo\"");
    EXPECT_EQ(text_of(Value{Value::Enumerated{{1, true, 4}, "NETDEV_UP"}}), "NETDEV_UP");
    Value::Struct pair;
    pair.members = {{"a", Value::integer(1)}, {"b", {Value::Boolean{true}}}};
    EXPECT_EQ(text_of(Value{pair}), "{a=1, b=true}");
}

TEST(TracedText, AnObjectIsCalledByItsName) {
    const std::vector<TracedValue> values = {fixture::device("eth0"),
                                             {"n", "int", Value::integer(3), {}}};
    EXPECT_EQ(text_of(values), "dev=eth0 (0xffff888000001000), n=3");
    const std::vector<TracedValue> back = {{"return", "int", Value::integer(0), {}}};
    EXPECT_EQ(text_of(back), "0");
}

}  // namespace
}  // namespace knowhy::model
