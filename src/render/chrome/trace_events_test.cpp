#include "render/chrome/trace_events.h"

#include <gmock/gmock.h>

#include <map>

#include "model/fixture.h"
#include "model/fixture_trace.h"
#include "render/json/values.h"

namespace knowhy::render {
namespace {

using testing::ElementsAre;

Json written(const model::Observation& seen, const std::vector<model::Finding>& findings = {},
             std::vector<model::SeenDrop> drops = {}) {
    std::string text;
    const Status done =
        write_trace_events(seen, findings, std::move(drops), [&](std::string_view part) -> Status {
            text += part;
            return {};
        });
    EXPECT_TRUE(done.has_value());
    return Json::parse(text);
}

std::vector<Json> of_phase(const Json& trace, const std::string& phase) {
    std::vector<Json> events;
    for (const Json& event : trace["traceEvents"]) {
        if (event["ph"] == phase) events.push_back(event);
    }
    return events;
}

TEST(TraceEvents, ACallHasItsLengthItsArgumentsAndWhatItReturned) {
    model::Observation seen = model::fixture::observation();
    seen.trace = model::fixture::trace();
    const Json trace = written(seen);
    const auto calls = of_phase(trace, "X");
    ASSERT_EQ(calls.size(), 2U);
    EXPECT_EQ(calls[0]["name"], "ip_rcv");
    EXPECT_EQ(calls[0]["ts"], 1.0);
    EXPECT_EQ(calls[0]["dur"], 8.0);
    EXPECT_EQ(calls[0]["tid"], 42);
    EXPECT_EQ(calls[0]["args"]["dev"], "v1 (0xffff888000001000)");
    EXPECT_EQ(calls[1]["args"]["return"], "-EINVAL (-22)");
    EXPECT_EQ(calls[1]["ts"], 2.0);
}

TEST(TraceEvents, ACallWhoseReturnWasNotSeenHasNoLength) {
    model::Observation seen = model::fixture::observation();
    seen.trace = model::fixture::trace();
    const auto instants = of_phase(written(seen), "i");
    ASSERT_EQ(instants.size(), 2U);
    EXPECT_EQ(instants[0]["name"], "netif_rx");
    EXPECT_EQ(instants[1]["name"], "fib_lookup");
}

TEST(TraceEvents, ThreadsHaveNamesAndTheIdleOneOfACpuItsOwn) {
    model::Observation seen = model::fixture::observation();
    seen.trace = model::fixture::trace();
    std::map<uint32_t, std::string> names;
    for (const Json& event : of_phase(written(seen), "M")) {
        if (event["name"] == "thread_name") names[event["tid"]] = event["args"]["name"];
    }
    EXPECT_EQ(names,
              (std::map<uint32_t, std::string>{{42, "inject 42"}, {4194305, "idle, CPU 1"}}));
}

TEST(TraceEvents, LossesStandAmongTheCallsInTheOrderOfTime) {
    model::Observation seen = model::fixture::observation();
    seen.trace = model::fixture::trace();
    const Json trace = written(seen, {model::fixture::martian_finding()},
                               {{5'000'008'000, 0, 1, 42, "inject", "second"},
                                {5'000'002'200, 0, 1, 42, "inject", "</script>\xff"}});
    std::vector<std::string> order;
    double last = 0;
    for (const Json& event : trace["traceEvents"]) {
        if (event["ph"] == "M") continue;
        EXPECT_GE(event["ts"], last);
        last = event["ts"];
        order.push_back(event["name"]);
    }
    EXPECT_THAT(order, ElementsAre("ip_rcv", "fib_lookup", "source-local", "packets looked at",
                                   "netif_rx", "fib_lookup", "source-local", "packets looked at"));
    const auto counters = of_phase(trace, "C");
    EXPECT_EQ(counters.back()["args"]["lost"], 2);
}

TEST(TraceEvents, CountersThatMovedGrowFromOneEndToTheOther) {
    model::Observation seen = model::fixture::observation();
    seen.host.before = {{"softnet.dropped", 4}, {"softnet.time_squeeze", 1}};
    seen.host.after = {{"softnet.dropped", 9}, {"softnet.time_squeeze", 1}};
    const auto counters = of_phase(written(seen), "C");
    ASSERT_EQ(counters.size(), 2U);
    EXPECT_EQ(counters[0]["args"]["change"], 0);
    EXPECT_EQ(counters[1]["args"]["change"], 5);
    EXPECT_EQ(counters[1]["ts"], 10'000'000.0);
}

TEST(TraceEvents, NothingIsAValidTrace) {
    EXPECT_TRUE(written(model::Observation{})["traceEvents"].empty());
}

}  // namespace
}  // namespace knowhy::render
