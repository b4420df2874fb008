// Where traces made by hand part; and that what differs from run to run parts nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "explain/compare/compare.h"
#include "explain/compare/trace_testing.h"
#include "net/decode/decode.h"

namespace knowhy::explain {
namespace {

using model::Comparison;
using model::Divergence;
using model::Side;
using ::testing::HasSubstr;
using testing::TraceMaker;
using Kind = Divergence::Kind;

Comparison compared(const TraceMaker& good, const TraceMaker& bad) {
    model::Observation one;
    model::Observation other;
    one.trace = good.trace_;
    other.trace = bad.trace_;
    return compare(one, other, {"good", "bad", false, net::decode});
}

// A link that comes up, as a driver does it that calls netif_carrier_off first, or does not.
TraceMaker link_up(uint64_t run, bool calls_off, const std::string& device = "eth0") {
    TraceMaker trace(run);
    trace.device(device).thread(100, "modprobe").call("linkwatch_init_dev");
    if (calls_off)
        trace.enter("netif_carrier_off").call("linkwatch_fire_event").leave("netif_carrier_off");
    trace.enter("netif_carrier_on");
    if (calls_off) trace.call("linkwatch_fire_event");
    trace.leave("netif_carrier_on");
    trace.thread(7, "kworker/0:1");
    if (calls_off) trace.enter("linkwatch_do_dev").call("rfc2863_policy").leave("linkwatch_do_dev");
    trace.function("netif_carrier_off");  // watched on both, called or not
    trace.function("linkwatch_do_dev");
    trace.function("linkwatch_fire_event");
    trace.function("rfc2863_policy");
    return trace;
}

// A packet comes in, and its source is checked.
TraceMaker receive(uint64_t run, int64_t verdict, int packets = 1) {
    TraceMaker trace(run);
    trace.thread(0, "swapper/0");
    for (int i = 1; i <= packets; ++i) {
        trace.packet(static_cast<uint64_t>(i), 2).enter("ip_rcv").enter("ip_rcv_finish_core");
        trace.device("v1").call("fib_validate_source", verdict).no_device();
        trace.leave("ip_rcv_finish_core", verdict < 0 ? 1 : 0);
        if (verdict == 0) trace.call("ip_local_deliver");
        trace.leave("ip_rcv");
    }
    trace.function("ip_local_deliver");
    return trace;
}

TEST(Paths, TheFirstCallThatIsMissing) {
    const Comparison found = compared(link_up(0, true), link_up(5, false));
    ASSERT_TRUE(found.first);
    EXPECT_EQ(found.first->kind, Kind::MissingCall);
    EXPECT_EQ(found.first->function, "netif_carrier_off");
    EXPECT_EQ(found.first->lacking, Side::Bad);
    EXPECT_THAT(found.first->sentence, HasSubstr("net_device eth0"));
    ASSERT_TRUE(found.first->path);
    EXPECT_EQ(found.first->path->steps.at(found.first->path->parting).kind,
              model::PathStep::Kind::GoodOnly);
    EXPECT_EQ(found.paths_alike, 0U);
}

TEST(Paths, TheOtherWayRoundTheGoodSideLacksIt) {
    const Comparison found = compared(link_up(0, false), link_up(1, true));
    ASSERT_TRUE(found.first);
    EXPECT_EQ(found.first->function, "netif_carrier_off");
    EXPECT_EQ(found.first->lacking, Side::Good);
}

TEST(Paths, AnOutcomeComesBeforeTheCallsItPrevents) {
    const Comparison found = compared(receive(0, 0), receive(1, -22));
    ASSERT_TRUE(found.first);
    EXPECT_EQ(found.first->kind, Kind::Return);
    EXPECT_EQ(found.first->function, "fib_validate_source");
    EXPECT_EQ(found.first->good, "0");
    EXPECT_EQ(found.first->bad, "-EINVAL");
    EXPECT_TRUE(found.first->path->is_packet);
    EXPECT_EQ(found.first->path->subject, "10.0.0.1:1000 > 10.0.0.2:9 UDP");
}

TEST(Paths, AnArgumentThatIsNotTheSame) {
    TraceMaker good(0);
    TraceMaker bad(1);
    good.packet(1, 2).enter("ip_fragment", {{"mtu", 1500}}).leave("ip_fragment");
    bad.packet(1, 2).enter("ip_fragment", {{"mtu", 1400}}).leave("ip_fragment");
    const Comparison found = compared(good, bad);
    ASSERT_TRUE(found.first);
    EXPECT_EQ(found.first->kind, Kind::Argument);
    EXPECT_EQ(found.first->value_name, "mtu");
    EXPECT_EQ(found.first->good, "1500");
    EXPECT_EQ(found.first->bad, "1400");
}

TEST(Paths, PacketsThatOneSideNeverHas) {
    TraceMaker good(0);
    TraceMaker bad(1);
    good.packet(1, 2).call("ip_rcv").packet(2, 3).call("ip_rcv");
    bad.packet(1, 2).call("ip_rcv");
    const Comparison found = compared(good, bad);
    ASSERT_TRUE(found.first);
    EXPECT_EQ(found.first->kind, Kind::MissingPacket);
    EXPECT_EQ(found.first->lacking, Side::Bad);
    EXPECT_THAT(found.first->sentence, HasSubstr("10.0.0.3:9"));
    EXPECT_EQ(found.paths_alike, 1U);
}

TEST(Paths, OfAKernelThatNamesAFunctionOtherwise) {
    TraceMaker good(0);
    TraceMaker bad(1);
    good.packet(1, 2).call("ip_rcv_finish_core.constprop.0");
    bad.packet(1, 2).call("ip_rcv_finish_core");
    EXPECT_FALSE(compared(good, bad).first);
}

TEST(Paths, AFunctionThatOneSideDidNotWatchIsNoDifference) {
    TraceMaker good(0);
    TraceMaker bad(1);
    good.packet(1, 2).enter("ip_rcv").call("ip_local_deliver").leave("ip_rcv");
    bad.packet(1, 2).call("ip_rcv");
    const Comparison found = compared(good, bad);
    EXPECT_FALSE(found.first);
    EXPECT_THAT(found.uncompared,
                ::testing::ElementsAre(HasSubstr("good side only: ip_local_deliver")));
}

TEST(Paths, ASideThatMissedCallsIsNotBlamedForLackingThem) {
    TraceMaker bad = link_up(1, false);
    bad.trace_.lost = 3;
    const Comparison found = compared(link_up(0, true), bad);
    EXPECT_FALSE(found.first);
    EXPECT_THAT(found.uncompared, ::testing::Contains(HasSubstr("missed some calls")));
    EXPECT_EQ(found.bad.unseen, 3U);
}

TEST(Paths, AnotherOrderOnOtherThreadsPartsNothing) {
    TraceMaker good(0);
    TraceMaker bad(1);
    good.device("eth0").call("netif_carrier_on").thread(9, "kworker/1:0").call("linkwatch_do_dev");
    bad.device("eth0").thread(8, "kworker/0:2").call("linkwatch_do_dev");
    bad.thread(100, "ip").call("netif_carrier_on");
    EXPECT_FALSE(compared(good, bad).first);
}

TEST(Paths, PeriodicWorkPartsNothing) {
    TraceMaker good = receive(0, 0);
    TraceMaker bad = receive(1, 0);
    bad.no_packet().call("neigh_timer_handler").call("fib6_run_gc");
    good.function("neigh_timer_handler");
    good.function("fib6_run_gc");
    EXPECT_FALSE(compared(good, bad).first);
}

TEST(Paths, AskingForAMacPartsNothingWhileNeighboursAreAlike) {
    TraceMaker good(0);
    TraceMaker bad(1);
    good.packet(1, 2).enter("ip_output").call("neigh_resolve_output").leave("ip_output");
    bad.packet(1, 2).call("ip_output");
    bad.function("neigh_resolve_output");
    EXPECT_FALSE(compared(good, bad).first);
}

TEST(Paths, AnAddressThatIsUsedAgainIsAnotherPacket) {
    TraceMaker good(0);
    TraceMaker bad(1);
    for (int i = 0; i < 3; ++i) good.packet(1, 2).call("ip_rcv").call("kfree_skb");
    for (uint64_t i = 1; i <= 3; ++i) bad.packet(i, 2).call("ip_rcv").call("kfree_skb");
    const Comparison found = compared(good, bad);
    EXPECT_FALSE(found.first);
    EXPECT_EQ(found.good.packets, 3U);
    EXPECT_EQ(found.bad.packets, 3U);
}

TEST(Paths, OfManyPacketsOneThatWentAnotherWayPartsNothing) {
    TraceMaker bad(1);
    bad = receive(1, 0, 6);
    bad.packet(99, 2).enter("ip_rcv").call("ip_rcv_finish_core").leave("ip_rcv");
    EXPECT_FALSE(compared(receive(0, 0, 7), bad).first);
}

// What may be between the calls of a scenario: others' devices, timers, more of what is periodic.
void add_noise(TraceMaker& trace, int what) {
    switch (what % 5) {
        case 0:
            trace.no_packet().no_device().thread(11, "kworker/0:3").call("neigh_periodic_work");
            break;
        case 1:
            trace.no_packet().device("other0").thread(12, "kworker/1:1").call("linkwatch_do_dev");
            break;
        case 2:
            trace.no_packet().no_device().thread(13, "swapper/1").call("tcp_write_timer");
            break;
        case 3:
            trace.no_packet().device("eth0").thread(14, "kworker/u8:0").call("netif_carrier_on");
            break;
        default:
            trace.no_packet().no_device().thread(15, "rcu_sched").enter("fib6_run_gc");
            trace.leave("fib6_run_gc");
    }
}

// The same scenario, its steps in their order, with noise between them.
TraceMaker noisy_run(uint64_t run, const std::vector<int>& noise) {
    TraceMaker trace(run);
    size_t at = 0;
    const auto between = [&] {
        if (at < noise.size() && noise[at] >= 0) add_noise(trace, noise[at]);
        ++at;
    };
    for (const char* function : {"neigh_periodic_work", "linkwatch_do_dev", "tcp_write_timer",
                                 "netif_carrier_on", "fib6_run_gc"})
        trace.function(function);
    for (uint64_t packet = 1; packet <= 3; ++packet) {
        between();
        trace.no_device().thread(0, "swapper/0").packet(packet, 2).enter("ip_rcv");
        trace.device("v1").call("fib_validate_source").no_device();
        trace.leave("ip_rcv");
        between();
        trace.no_packet().device("eth0").thread(100, "ip").call("netif_carrier_on");
        trace.thread(101, "kworker/0:1").call("linkwatch_do_dev");
    }
    between();
    return trace;
}

TEST(Paths, TwoRunsOfOneScenarioNeverPart) {
    const bool holds = rc::check("whatever comes between their steps", [] {
        const auto noise = rc::gen::container<std::vector<int>>(7, rc::gen::inRange(-3, 5));
        const TraceMaker good = noisy_run(*rc::gen::inRange(0, 9), *noise);
        const TraceMaker bad = noisy_run(*rc::gen::inRange(0, 9), *noise);
        RC_ASSERT(!compared(good, bad).first);
    });
    EXPECT_TRUE(holds);
}

TEST(Paths, ACallTakenOutOfOneRunIsFoundWhateverTheNoise) {
    const bool holds = rc::check("the outcome is named", [] {
        const auto noise = rc::gen::container<std::vector<int>>(7, rc::gen::inRange(-3, 5));
        const TraceMaker good = noisy_run(*rc::gen::inRange(0, 9), *noise);
        TraceMaker bad = noisy_run(*rc::gen::inRange(0, 9), *noise);
        for (model::TracedCall& call : bad.trace_.calls) {
            const bool checks = bad.trace_.functions[call.function].name == "fib_validate_source";
            if (checks && call.kind == model::TracedCall::Kind::Returned)
                call.values.at(0).value = model::Value::integer(-18, true, 4);
        }
        const Comparison found = compared(good, bad);
        RC_ASSERT(found.first.has_value());
        RC_ASSERT(found.first->function == "fib_validate_source");
        RC_ASSERT(found.first->bad == "-EXDEV");
    });
    EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace knowhy::explain
