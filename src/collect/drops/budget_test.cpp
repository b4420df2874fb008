#include "collect/drops/budget.h"

#include <gtest/gtest.h>

namespace knowhy::collect {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;
using Verdict = Budget::Verdict;

// Looks once a second; in each the session used so much user time.
class Watch {
  public:
    explicit Watch(Budget& budget) : budget_(budget) { budget_.look(cost_); }
    Verdict second(double user_percent, uint64_t events = 0, uint64_t ns_per_event = 0) {
        cost_.now_ns += kSecond;
        cost_.user_cpu_ns += static_cast<uint64_t>(user_percent / 100 * kSecond);
        cost_.events += events;
        cost_.work_runs += events / 64;
        cost_.work_ns += events / 64 * ns_per_event;
        return budget_.look(cost_);
    }

  private:
    Budget& budget_;
    Cost cost_{.now_ns = kSecond};
};

TEST(Budget, BelowItNothingChanges) {
    Budget budget(10, false, 2);
    Watch watch(budget);
    const auto before = budget.knobs().sample_interval_ns;
    EXPECT_EQ(before, 2'000'000U);  // 1000 samples a second on two CPUs
    EXPECT_EQ(watch.second(9), Verdict::Unchanged);
    EXPECT_EQ(budget.knobs().sample_interval_ns, before);
    EXPECT_FALSE(budget.has_shed());
}

TEST(Budget, TheProgramsOwnTimeCounts) {
    Budget budget(10, false, 2);
    Watch watch(budget);
    EXPECT_EQ(watch.second(0, 640'000, 1000), Verdict::Changed);
    EXPECT_NEAR(budget.percent(), 64, 0.1);
}

TEST(Budget, ShedsByHalvesAndGivesBack) {
    Budget budget(10, false, 2);
    Watch watch(budget);
    const auto usual = budget.knobs().sample_interval_ns;
    EXPECT_EQ(watch.second(20), Verdict::Changed);
    EXPECT_EQ(budget.knobs().sample_interval_ns, 2 * usual);
    EXPECT_TRUE(budget.has_shed());
    EXPECT_EQ(watch.second(7), Verdict::Unchanged);
    EXPECT_EQ(watch.second(1), Verdict::Changed);
    EXPECT_EQ(budget.knobs().sample_interval_ns, usual);
}

TEST(Budget, EveryPacketHasNoLimitUntilItCostsTooMuch) {
    Budget budget(10, true, 2);
    Watch watch(budget);
    EXPECT_EQ(budget.knobs().sample_interval_ns, 0U);
    EXPECT_EQ(watch.second(50), Verdict::Changed);
    EXPECT_GT(budget.knobs().sample_interval_ns, 0U);
    while (watch.second(1) == Verdict::Changed) {
    }
    EXPECT_EQ(budget.knobs().sample_interval_ns, 0U);
}

TEST(Budget, EndsWhenCountingAloneIsTooMuchForLong) {
    Budget budget(10, false, 2);
    Watch watch(budget);
    while (watch.second(50) == Verdict::Changed) {
    }
    unsigned seconds = 1;
    while (watch.second(50) == Verdict::Unchanged) ++seconds;
    EXPECT_GE(seconds, 20U);
    EXPECT_LE(seconds, 40U);
}

TEST(Budget, ACalmSecondBringsThePatienceBack) {
    Budget budget(10, false, 2);
    Watch watch(budget);
    while (watch.second(50) == Verdict::Changed) {
    }
    for (int i = 0; i < 100; ++i) {
        EXPECT_NE(watch.second(50), Verdict::Over);
        EXPECT_NE(watch.second(8), Verdict::Over);
    }
}

}  // namespace
}  // namespace knowhy::collect
