#include "explain/context.h"

#include <gtest/gtest.h>

namespace knowhy::explain {
namespace {

// A lost packet, and one point that told nothing of it.
struct Seen {
    Seen() {
        group.samples.resize(1);
        group.samples.front().time_ns = 1000;
        model::PointStatus& point = observation.accounting.points.emplace_back();
        point.point = "bond_handle_frame";
        point.rung = "fexit";
    }
    [[nodiscard]] bool silent() const {
        return Context(observation, group, &group.samples.front()).silent("bond_handle_frame");
    }

    model::Observation observation;
    model::DropGroup group;
};

TEST(Context, SilenceIsOfAPointThatWasArmed) {
    Seen seen;
    EXPECT_TRUE(seen.silent());
    seen.observation.accounting.points.front().rung.clear();
    EXPECT_FALSE(seen.silent());
}

// Its module was loaded later than the packet was lost.
TEST(Context, APointArmedLaterWasNotSilent) {
    Seen seen;
    seen.observation.accounting.points.front().since_ns = 1001;
    EXPECT_FALSE(seen.silent());
    seen.observation.accounting.points.front().since_ns = 1000;
    EXPECT_TRUE(seen.silent());
}

}  // namespace
}  // namespace knowhy::explain
