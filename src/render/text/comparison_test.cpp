#include "render/text/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "model/fixture.h"
#include "render/text/layout.h"

namespace knowhy::render {
namespace {

using model::Comparison;
using model::PathStep;
using model::StateDifference;
using testing::HasSubstr;
using testing::Not;

model::ComparedCall call(const std::string& function, const std::string& returned) {
    model::ComparedCall call;
    call.function = function;
    call.returned = model::ComparedValue{"return", returned};
    return call;
}

// rp_filter is on, and the packet is refused.
Comparison refused() {
    Comparison comparison;
    comparison.good.name = "good.knowhy";
    comparison.good.kernel_release = "6.1.0-test";
    comparison.bad.name = "bad\x1b[2J.knowhy";
    comparison.paths_compared = comparison.state_compared = true;
    comparison.calls_alike = 41;
    comparison.paths_alike = 3;
    comparison.equal_facts = 512;
    comparison.moving = 7;
    model::Divergence& first = comparison.first.emplace();
    first.kind = model::Divergence::Kind::Return;
    first.function = "fib_validate_source";
    first.sentence = "fib_validate_source returns 0 on the good side, -EXDEV on the bad side";
    model::ComparedPath& path = first.path.emplace();
    path.alike = 12;
    path.steps = {
        {PathStep::Kind::Alike, 0, call("ip_rcv", "0"), call("ip_rcv", "0")},
        {PathStep::Kind::Values, 1, call("fib_validate_source", "0"),
         call("fib_validate_source", "-EXDEV")},
        {PathStep::Kind::GoodOnly, 0, call("ip_local_deliver", "0"), std::nullopt},
    };
    path.parting = 1;
    path.rest_good = 5;
    StateDifference difference;
    difference.rank = StateDifference::Rank::Read;
    difference.kind = "sysctl";
    difference.name = "net.ipv4.conf.v1.rp_filter";
    difference.device = "v1";
    difference.good = "0";
    difference.bad = "1";
    difference.read_by = "fib_validate_source";
    difference.fix = model::Try{"sysctl -w net.ipv4.conf.v1.rp_filter=0", "as on the good side"};
    comparison.state = {difference};
    return comparison;
}

std::string shown(const Comparison& comparison, unsigned width = 100, bool all = false) {
    ComparisonOptions options;
    options.text.width = width;
    options.all = all;
    const model::Observation nothing;
    return comparison_report(comparison, nothing, nothing, options);
}

TEST(ComparisonText, WhereThePathsPartAndTheStateThere) {
    const std::string text = shown(refused());
    EXPECT_THAT(text, HasSubstr("PART        fib_validate_source returns 0"));
    EXPECT_THAT(text, HasSubstr("    ... 12 calls alike\n"));
    EXPECT_THAT(text, HasSubstr("\n    ip_rcv() = 0 "));
    EXPECT_THAT(text, HasSubstr("\n=>    fib_validate_source() = 0 "));
    EXPECT_THAT(text, HasSubstr(" |   fib_validate_source() = -EXDEV\n"));
    EXPECT_THAT(text, HasSubstr("ip_local_deliver() = 0 "));
    EXPECT_THAT(text, HasSubstr(" <\n"));
    EXPECT_THAT(text, HasSubstr("... 5 calls more on the good side\n"));
    EXPECT_THAT(text, HasSubstr("sysctl net.ipv4.conf.v1.rp_filter: 0 on the good side, 1 on the"));
    EXPECT_THAT(text, HasSubstr("sysctl -w net.ipv4.conf.v1.rp_filter=0  # as on the good side\n"));
    EXPECT_THAT(text, HasSubstr("41 calls in 3 paths"));
    EXPECT_THAT(text, HasSubstr("512 facts"));
}

TEST(ComparisonText, WhatComesFromOutsideIsEscaped) {
    EXPECT_THAT(shown(refused()), HasSubstr(R"(bad\x1b[2J.knowhy)"));
    EXPECT_THAT(shown(refused()), Not(HasSubstr("\x1b")));
}

TEST(ComparisonText, NothingThatDiffers) {
    Comparison comparison;
    comparison.state_compared = true;
    comparison.equal_facts = 3;
    const std::string text = shown(comparison);
    EXPECT_THAT(text, HasSubstr("SUMMARY     no difference that two equal runs would not have\n"));
    EXPECT_THAT(text, Not(HasSubstr("PART")));
    EXPECT_THAT(text, Not(HasSubstr("DIFFERS")));
}

TEST(ComparisonText, OfManyTheRestIsCountedUnlessAllIsAskedFor) {
    Comparison comparison = refused();
    for (int i = 0; i < 40; ++i) {
        StateDifference more;
        more.rank = StateDifference::Rank::Other;
        more.kind = "module";
        more.name = "m" + std::to_string(i);
        more.bad = "loaded";
        comparison.state.push_back(more);
    }
    EXPECT_THAT(shown(comparison), HasSubstr("and 28 more; --all lists them"));
    EXPECT_THAT(shown(comparison), Not(HasSubstr("m39")));
    EXPECT_THAT(shown(comparison, 100, true), HasSubstr("module m39: not there on the good side"));
}

TEST(ComparisonText, FitsThePage) {
    for (const unsigned width : {60U, 80U, 100U}) {
        std::istringstream lines(shown(refused(), width));
        for (std::string line; std::getline(lines, line);)
            if (line.find("  try ") == std::string::npos) {
                EXPECT_LE(columns(line), width) << line;
            }
    }
}

TEST(ComparisonText, ALossIsToldOnceWithItsCause) {
    Comparison comparison;
    model::Divergence& first = comparison.first.emplace();
    first.kind = model::Divergence::Kind::Loss;
    first.sentence = "the bad side loses packets that the good side does not";
    first.loss = model::fixture::martian_finding();
    comparison.losses = {{model::Side::Bad, *first.loss}};
    const std::string text = shown(comparison);
    const std::string where = "ip_rcv_finish_core+0x1ab";
    EXPECT_THAT(text, HasSubstr(where));
    EXPECT_EQ(text.find(where), text.rfind(where));
    EXPECT_THAT(text, Not(HasSubstr("BAD LOSES")));
}

}  // namespace
}  // namespace knowhy::render
