#include "base/clock.h"

#include <gtest/gtest.h>

namespace knowhy {
namespace {

TEST(ClockPair, JoinsTheClocks) {
    const ClockPair pair{1'000'000, 400, 700};
    EXPECT_EQ(pair.to_realtime(500), 1'000'100U);
    EXPECT_EQ(pair.to_realtime(300), 999'900U) << "an event from before the pair was read";
    EXPECT_EQ(pair.to_boot(500), 800U);
}

TEST(ClockPair, IsReadFromTheMachine) {
    const ClockPair pair = ClockPair::now();
    EXPECT_GE(monotonic_now_ns(), pair.monotonic_ns);
    EXPECT_GT(pair.realtime_ns, pair.monotonic_ns);
}

}  // namespace
}  // namespace knowhy
