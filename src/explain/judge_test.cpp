// Groups whose samples do not agree.
#include "explain/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "explain/fixture.h"

namespace knowhy::explain::testing {
namespace {

using model::Certainty;
using model::Verdict;
using ::testing::HasSubstr;

constexpr uint8_t kTimeWait = 6;

// What met a connection in TIME_WAIT: its last FIN is harmless, data is lost.
model::DropSample met_time_wait(const std::string& flags, uint32_t payload) {
    return Drop::on_6_18("")
        .at("tcp_v4_rcv")
        .ip("10.1.0.1", "10.1.0.2", 6)
        .tcp(flags, 1000, payload)
        .socket(kTimeWait)
        .sample();
}

// What is said of these samples in a group with so many packets that nobody looked at.
std::vector<std::pair<std::string, GroupJudgement>> judge_with(
    std::vector<model::DropSample> samples, uint64_t others) {
    Fixture fixture = Drop::on_6_18("").at("tcp_v4_rcv").unknown();
    model::DropGroup& group = fixture.observation.groups.front();
    group.samples = std::move(samples);
    group.count = group.samples.size() + others;
    std::vector<std::pair<std::string, GroupJudgement>> all;
    for (GroupJudgement& judged : judge_group(fixture.observation, group)) {
        // The sample itself goes with the group.
        const auto* tcp = &*judged.sample->decoded.transport->tcp;
        all.emplace_back(tcp->flags(), std::move(judged));
    }
    return all;
}

GroupJudgement judge_together(std::vector<model::DropSample> samples) {
    return judge_with(std::move(samples), 1).front().second;
}

TEST(JudgeGroup, AllOfWhosePacketsWereSeenFallsIntoItsCauses) {
    const auto fin = met_time_wait("F.", 0);
    const auto judged = judge_with({fin, met_time_wait(".", 10), fin}, 0);
    ASSERT_EQ(judged.size(), 2U);
    for (const auto& [flags, one] : judged) {
        const bool is_fin = flags == "F.";
        EXPECT_EQ(one.best.cause, is_fin ? "tcp-normal-close" : "tcp-time-wait");
        EXPECT_EQ(one.best.conclusion.certainty, Certainty::Certain);
        EXPECT_EQ(one.best.conclusion.verdict, is_fin ? Verdict::Harmless : Verdict::Lost);
        EXPECT_EQ(one.count, is_fin ? 2U : 1U);
        EXPECT_EQ(one.agreeing, one.seen);
    }
}

TEST(JudgeGroup, SamplesThatAgreeAreCertain) {
    const auto fin = met_time_wait("F.", 0);
    const auto judged = judge_together({fin, fin});
    EXPECT_EQ(judged.best.cause, "tcp-normal-close");
    EXPECT_EQ(judged.best.conclusion.certainty, Certainty::Certain);
    EXPECT_EQ(judged.best.conclusion.verdict, Verdict::Harmless);
    EXPECT_EQ(judged.agreeing, 2U);
    EXPECT_EQ(judged.seen, 2U);
}

TEST(JudgeGroup, OneThatDisagreesMakesTheRestLikelyAndNotHarmless) {
    const auto fin = met_time_wait("F.", 0);
    const auto judged = judge_together({fin, met_time_wait(".", 10), fin});
    EXPECT_EQ(judged.best.cause, "tcp-normal-close");
    EXPECT_EQ(judged.best.conclusion.certainty, Certainty::Likely);
    EXPECT_EQ(judged.best.conclusion.verdict, Verdict::Unknown);
    EXPECT_THAT(judged.best.conclusion.sentence, HasSubstr("(2 of 3 sampled)"));
}

TEST(JudgeGroup, OfTwoEquallyFrequentTheLossIsTold) {
    const auto fin = met_time_wait("F.", 0);
    const auto data = met_time_wait(".", 10);
    for (const auto& judged : {judge_together({fin, data}), judge_together({data, fin})}) {
        EXPECT_EQ(judged.best.cause, "tcp-time-wait");
        EXPECT_EQ(judged.best.conclusion.certainty, Certainty::Likely);
        EXPECT_EQ(judged.best.conclusion.verdict, Verdict::Lost);
        EXPECT_THAT(judged.best.conclusion.sentence, HasSubstr("(1 of 2 sampled)"));
    }
}

constexpr uint8_t kBlocking = 4;
constexpr uint8_t kForwarding = 3;

// A frame lost at 1000 on a bridge's port: the port was blocking as read, with nothing changing
// until `until_ns`; and from `from_ns` on it was in the other state.
Judgement lost_before_a_change(uint64_t until_ns, uint64_t from_ns, uint8_t state_later) {
    Drop drop = Drop::on_6_1("").at("br_handle_frame").dev("p1");
    drop.ethernet("02:00:00:00:00:e2");
    drop.bridge_port("br0", "p1").bridge_port->state = kBlocking;
    drop.sample().time_ns = 1000;
    Fixture fixture = drop.unknown();
    model::HostState& host = fixture.observation.host;
    model::NetnsState& now = host.namespaces.begin()->second;
    host.earlier.push_back(now);
    host.earlier.front().from_ns = 1;
    host.earlier.front().until_ns = until_ns;
    now.from_ns = from_ns;
    for (model::Link& link : now.links)
        if (link.bridge_port) link.bridge_port->state = state_later;
    const model::DropGroup& group = fixture.observation.groups.front();
    return judge(Context(fixture.observation, group, &group.samples.front()));
}

TEST(Judge, WhatChangedLaterExplainsNothing) {
    const auto judged = lost_before_a_change(1500, 2000, kForwarding);
    EXPECT_EQ(judged.cause, "bridge-port-blocked");
    EXPECT_EQ(judged.conclusion.certainty, Certainty::Certain);
}

TEST(Judge, WhatChangedBeforeExplainsNothing) {
    EXPECT_EQ(lost_before_a_change(500, 800, kForwarding).cause, "unknown");
}

TEST(Judge, WhatChangedJustThenIsNotCertain) {
    const auto judged = lost_before_a_change(500, 2000, kForwarding);
    EXPECT_NE(judged.conclusion.certainty, Certainty::Certain);
    EXPECT_THAT(judged.conclusion.sentence, HasSubstr("was changing just then"));
}

TEST(Judge, AChangeOfSomethingElseTakesNoCertainty) {
    const auto judged = lost_before_a_change(500, 2000, kBlocking);
    EXPECT_EQ(judged.cause, "bridge-port-blocked");
    EXPECT_EQ(judged.conclusion.certainty, Certainty::Certain);
}

TEST(Judge, CountersThatCameTooLateAreSaidToConfirmNothing) {
    Fixture fixture = Drop::on_6_18("").at("ip_defrag").sysctl("x", "1").unknown();
    fixture.observation.host.namespaces.begin()->second.before_ns = 5000;
    const model::DropGroup& group = fixture.observation.groups.front();
    const Context context(fixture.observation, group, &group.samples.front());
    EXPECT_TRUE(context.counters_late());
    EXPECT_EQ(context.counted("snmp.Ip.ReasmFails"), std::nullopt);
}

}  // namespace
}  // namespace knowhy::explain::testing
