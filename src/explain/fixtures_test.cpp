// What must hold for every fixture of every area: the books for honesty.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <set>

#include "base/text.h"
#include "explain/cause.h"
#include "explain/explain.h"
#include "explain/fixture.h"
#include "explain/judge.h"

namespace knowhy::explain::testing {
namespace {

using model::Certainty;
using model::Finding;
using model::Observation;
using model::Verdict;
using ::testing::HasSubstr;

// The finding of the fixture's only group; counter-only findings have no place.
Finding finding_of(const Observation& observation) {
    const auto findings = explain(observation);
    const auto found = std::find_if(findings.begin(), findings.end(), [](const Finding& finding) {
        return finding.where.has_value();
    });
    return found != findings.end() ? *found : Finding{};
}

Context context_of(const Observation& observation) {
    const model::DropGroup& group = observation.groups.front();
    return {observation, group, group.samples.empty() ? nullptr : &group.samples.front()};
}

// Without "reason+fact:X": two proofs of which either is enough must both go.
std::optional<Observation> without_all(Observation observation, const std::string& ingredients) {
    for (const std::string_view one : split(ingredients, '+')) {
        auto reduced = without_each(observation);
        const auto found = reduced.find(std::string(one));
        if (found == reduced.end()) return std::nullopt;
        observation = std::move(found->second);
    }
    return observation;
}

// What a namespace cannot set for itself, or that is the same in all of them.
bool is_host_wide(const std::string& command) {
    return command.rfind("sysctl -w net.netfilter.nf_conntrack_max", 0) == 0 ||
           command.rfind("sysctl -w net.core.", 0) == 0 ||
           command.rfind("sysctl net.ipv4.neigh.default.", 0) == 0 ||
           command.rfind("bpftool ", 0) == 0;
}

TEST(Fixtures, GiveTheirCause) {
    for (const Fixture& fixture : all_fixtures()) {
        SCOPED_TRACE(fixture.name);
        const Finding finding = finding_of(fixture.observation);
        EXPECT_EQ(finding.cause, fixture.cause);
        EXPECT_EQ(name_of(finding.certainty), name_of(fixture.certainty)) << finding.sentence;
        EXPECT_EQ(name_of(finding.verdict), name_of(fixture.verdict));
        EXPECT_THAT(finding.sentence, HasSubstr(fixture.says));
        EXPECT_EQ(finding.count, 3U);
    }
}

TEST(Fixtures, NeverTwoCertainCauses) {
    for (const Fixture& fixture : all_fixtures()) {
        auto variants = without_each(fixture.observation);
        variants.emplace("nothing", fixture.observation);
        for (const auto& [removed, observation] : variants) {
            std::vector<std::string> certain;
            for (const Judgement& one : judgements(context_of(observation))) {
                if (one.conclusion.certainty == Certainty::Certain) certain.push_back(one.cause);
            }
            EXPECT_LE(certain.size(), 1U) << fixture.name << " without " << removed << ": "
                                          << ::testing::PrintToString(certain);
        }
    }
}

TEST(Fixtures, LessIsNeverCertainOfSomethingElse) {
    for (const Fixture& fixture : all_fixtures()) {
        for (const auto& [removed, observation] : without_each(fixture.observation)) {
            const Finding finding = finding_of(observation);
            if (finding.certainty != Certainty::Certain) continue;
            const std::string gave = std::string(name_of(fixture.certainty)) + ' ' + fixture.cause;
            EXPECT_EQ("certain " + finding.cause, gave) << fixture.name << " without " << removed;
        }
    }
}

TEST(Fixtures, AMissingFactLowersCertainty) {
    for (const Fixture& fixture : all_fixtures()) {
        SCOPED_TRACE(fixture.name);
        if (fixture.certainty == Certainty::Certain) {
            EXPECT_FALSE(fixture.needs.empty()) << "certain of nothing";
        }
        for (const std::string& needed : fixture.needs) {
            const auto reduced = without_all(fixture.observation, needed);
            ASSERT_TRUE(reduced) << needed << " is not in the fixture";
            EXPECT_TRUE(finding_of(*reduced).certainty != Certainty::Certain)
                << "still certain without " << needed;
        }
    }
}

TEST(Fixtures, FindingsAreWhole) {
    for (const Fixture& fixture : all_fixtures()) {
        for (const Finding& finding : explain(fixture.observation)) {
            SCOPED_TRACE(fixture.name);
            EXPECT_FALSE(finding.sentence.empty());
            EXPECT_EQ(finding.id.size(), 16U);
            EXPECT_EQ(finding.netns_name, "b");
            EXPECT_TRUE(finding.certainty != Certainty::Certain || !finding.evidence.empty());
            EXPECT_TRUE(finding.verdict != Verdict::Harmless || finding.cause != "unknown");
            for (const auto& evidence : finding.evidence) {
                EXPECT_FALSE(evidence.name.empty());
                EXPECT_FALSE(evidence.value.empty()) << evidence.name;
            }
            for (const auto& one : finding.try_next) {
                EXPECT_TRUE(is_host_wide(one.command) ||
                            one.command.rfind("ip netns exec b ", 0) == 0)
                    << one.command;
            }
        }
    }
}

TEST(Fixtures, EveryCauseHasAPositiveOne) {
    std::set<std::string> shown;
    for (const Fixture& fixture : all_fixtures()) shown.insert(fixture.cause);
    for (const Cause& cause : registry()) {
        EXPECT_TRUE(shown.contains(std::string(cause.id))) << cause.id;
    }
}

TEST(Fixtures, SysctlsThatDecideWereAskedFor) {
    for (const Fixture& fixture : all_fixtures()) {
        const auto& observation = fixture.observation;
        const auto wanted =
            sysctls_wanted(observation.groups.front(), observation.host.netns(kNetns));
        for (const std::string& needs : fixture.needs) {
            for (const std::string_view needed : split(needs, '+')) {
                if (needed.substr(0, 7) != "sysctl:") continue;
                EXPECT_THAT(wanted, ::testing::Contains(needed.substr(7))) << fixture.name;
            }
        }
    }
}

}  // namespace
}  // namespace knowhy::explain::testing
