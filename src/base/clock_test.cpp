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

TEST(ClockPair, TellsTheTimeOfDayWhereItWasRead) {
    constexpr uint64_t kEightInTheMorning = 1'800'000'000ULL * 1'000'000'000;  // UTC
    ClockPair pair{kEightInTheMorning, 0, 0};
    pair.utc_offset_s = 0;
    EXPECT_EQ(pair.time_of_day(1'500'000'000), "08:00:01.500");
    pair.utc_offset_s = 5 * 3600 + 1800;
    EXPECT_EQ(pair.time_of_day(0), "13:30:00.000");
    pair.utc_offset_s = -9 * 3600;
    EXPECT_EQ(pair.time_of_day(0), "23:00:00.000");
}

TEST(ClockPair, IsReadFromTheMachine) {
    const ClockPair pair = ClockPair::now();
    EXPECT_GE(monotonic_now_ns(), pair.monotonic_ns);
    EXPECT_GT(pair.realtime_ns, pair.monotonic_ns);
    EXPECT_EQ(local_time(pair.realtime_ns, pair.utc_offset_s).tm_hour,
              local_time(pair.realtime_ns).tm_hour);
}

}  // namespace
}  // namespace knowhy
