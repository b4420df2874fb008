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

GroupJudgement judge_together(std::vector<model::DropSample> samples) {
    Fixture fixture = Drop::on_6_18("").at("tcp_v4_rcv").unknown();
    model::DropGroup& group = fixture.observation.groups.front();
    group.samples = std::move(samples);
    return judge_group(fixture.observation, group);
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

}  // namespace
}  // namespace knowhy::explain::testing
