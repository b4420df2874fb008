#include "explain/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "explain/context.h"
#include "explain/fixture.h"

namespace knowhy::explain {
namespace {

using model::Certainty;
using model::Finding;
using model::Observation;
using model::Verdict;
using ::testing::Contains;
using testing::Drop;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using testing::kNetns;
using ::testing::Not;

// Incident 2, certain.
Observation own_source() {
    return Drop::on_6_1("own source")
        .at("ip_rcv_finish_core.constprop.0")
        .dev("v1")
        .ip("10.9.0.1", "10.9.0.2")
        .address("v0", "10.9.0.1/24")
        .conf("accept_local", "0", "0")
        .fact("fib_validate_source", -22)
        .unknown()
        .observation;
}

model::DropGroup& group_of(Observation& observation) {
    return observation.groups.front();
}

Finding only_finding(const Observation& observation) {
    const auto findings = explain(observation);
    EXPECT_EQ(findings.size(), 1U);
    return findings.empty() ? Finding{} : findings.front();
}

TEST(Explain, NothingSeenNothingSaid) {
    EXPECT_TRUE(explain(Observation{}).empty());
}

TEST(Explain, KeysOfOneCausePlaceDeviceAndNamespaceAreOneFinding) {
    Observation observation = own_source();
    observation.groups.push_back(group_of(observation));
    model::DropGroup& other = observation.groups.back();
    other.key.location += 16;  // another call site of the same function
    other.place.offset += 16;
    other.count = 5;
    other.first_ns = 500;
    other.last_ns = 2000;

    const Finding finding = only_finding(observation);
    EXPECT_EQ(finding.cause, "source-local");
    EXPECT_EQ(finding.certainty, Certainty::Certain);
    EXPECT_EQ(finding.count, 8U);
    EXPECT_EQ(finding.first_ns, 500U);
    EXPECT_EQ(finding.last_ns, 3000U);
    EXPECT_EQ(finding.samples_agreeing, 2U);
    EXPECT_EQ(finding.samples_seen, 2U);
}

TEST(Explain, ADifferentDeviceIsADifferentFinding) {
    Observation observation = own_source();
    observation.groups.push_back(group_of(observation));
    observation.groups.back().device = "v7";
    const auto findings = explain(observation);
    ASSERT_EQ(findings.size(), 2U);
    EXPECT_NE(findings[0].id, findings[1].id);
}

TEST(Explain, IdsAreTheSameInEveryRun) {
    // Spelled out, because a recording of today must match a run of tomorrow.
    EXPECT_EQ(only_finding(own_source()).id, "8200a66d4dd95fae");
    Observation elsewhere = own_source();
    elsewhere.host.namespaces[kNetns].links.front().ifindex += 40;
    group_of(elsewhere).key.ifindex += 40;
    EXPECT_EQ(only_finding(elsewhere).id, only_finding(own_source()).id);
}

TEST(Explain, AFindingIsAsSureAsItsWeakestKey) {
    Observation observation = own_source();
    observation.groups.push_back(group_of(observation));
    auto& facts = observation.groups.back().samples.front().facts;
    facts.clear();
    observation.groups.back().point.clear();
    observation.accounting.points.clear();
    observation.groups.back().count = 1;
    EXPECT_EQ(only_finding(observation).certainty, Certainty::Likely);
}

TEST(Explain, SamplesThatDisagreeAreAtMostLikely) {
    Observation observation = own_source();
    auto& samples = group_of(observation).samples;
    samples.resize(3, samples.front());
    samples.back().decoded.ip->source = *model::IpAddress::parse("10.9.0.77");
    group_of(observation).count = 4;

    const Finding finding = only_finding(observation);
    EXPECT_EQ(finding.cause, "source-local");
    EXPECT_EQ(finding.certainty, Certainty::Likely);
    EXPECT_EQ(finding.samples_agreeing, 2U);
    EXPECT_EQ(finding.samples_seen, 3U);
    EXPECT_THAT(finding.sentence, HasSubstr("(2 of 3 sampled)"));
}

TEST(Explain, HarmlessOnlyWhenAllSamplesAre) {
    Drop drop = Drop::on_6_18("two kinds")
                    .at("ip_rcv_core")
                    .reason("OTHERHOST")
                    .dev("vb")
                    .ethernet("02:11:22:33:44:55");
    drop.link("vb").promiscuity = 1;
    Observation observation = drop.unknown().observation;
    EXPECT_EQ(only_finding(observation).verdict, Verdict::Harmless);

    auto& samples = group_of(observation).samples;
    samples.resize(5, samples.front());
    samples.back().decoded.ethernet->destination =
        *model::MacAddress::parse("02:00:00:00:00:02");  // its own: an unknown VLAN
    const Finding finding = only_finding(observation);
    EXPECT_EQ(finding.cause, "not-our-mac");
    EXPECT_EQ(finding.verdict, Verdict::Unknown);
    EXPECT_EQ(finding.certainty, Certainty::Likely);
}

TEST(Explain, SentencesThatDifferAreCounted) {
    Observation observation = own_source();
    auto& samples = group_of(observation).samples;
    samples.resize(2, samples.front());
    observation.host.namespaces[kNetns].addresses.push_back(
        {9, *model::Prefix::parse("10.9.0.5/24"), "global", false, false, {}});
    samples.back().decoded.ip->source = *model::IpAddress::parse("10.9.0.5");
    const Finding finding = only_finding(observation);
    EXPECT_EQ(finding.certainty, Certainty::Certain);
    EXPECT_THAT(finding.sentence, HasSubstr("(and 1 like it)"));
}

TEST(Explain, UnknownNamesFunctionLineAndReason) {
    Observation observation =
        Drop::on_6_18("odd").at("vti_rcv").reason("XFRM_POLICY").dev("vb").unknown().observation;
    group_of(observation).place.file = "net/ipv4/ip_vti.c";
    group_of(observation).place.line = 99;
    const Finding finding = only_finding(observation);
    EXPECT_EQ(finding.cause, "unknown");
    EXPECT_EQ(finding.sentence,
              "unknown, at vti_rcv, net/ipv4/ip_vti.c:99; the kernel's own reason is XFRM_POLICY");
    EXPECT_EQ(finding.verdict, Verdict::Unknown);
}

TEST(Explain, AReasonOfASubsystemIsNotTheCoreOneOfThatName) {
    Observation observation =
        Drop::on_6_18("mac80211's own").at("ieee80211_rx").reason("IP_CSUM").unknown().observation;
    group_of(observation).reason.subsystem = "mac80211_unusable";
    const Finding finding = only_finding(observation);
    EXPECT_EQ(finding.cause, "unknown");
    EXPECT_THAT(finding.sentence, HasSubstr("mac80211_unusable:IP_CSUM"));
}

TEST(Explain, LossesComeFirstThenTheMany) {
    Observation observation = own_source();
    group_of(observation).count = 2;
    model::DropGroup many = group_of(observation);
    many.device = "v7";
    many.count = 9;
    observation.groups.push_back(many);
    model::DropGroup odd = group_of(observation);
    odd.place.function = "vti_rcv";
    odd.count = 100;
    observation.groups.push_back(odd);
    const auto findings = explain(observation);
    ASSERT_EQ(findings.size(), 3U);
    EXPECT_EQ(findings[0].count, 9U);
    EXPECT_EQ(findings[1].count, 2U);
    EXPECT_EQ(findings[2].cause, "unknown");
}

TEST(Explain, IncidentTwoTellsWhatSetItAndWhatLetsItIn) {
    const Finding finding = only_finding(own_source());
    EXPECT_THAT(finding.sentence, Not(HasSubstr("rp_filter")));
    ASSERT_FALSE(finding.try_next.empty());
    EXPECT_EQ(finding.try_next.front().command,
              "ip netns exec b sysctl -w net.ipv4.conf.v1.accept_local=1");
    std::set<std::string> settings;
    for (const auto& one : finding.set_by)
        settings.insert(one.kind + ' ' + one.name + '=' + one.value);
    EXPECT_THAT(settings, IsSupersetOf({"sysctl net.ipv4.conf.all.accept_local=0",
                                        "sysctl net.ipv4.conf.v1.accept_local=0",
                                        "address 10.9.0.1=10.9.0.1/24 on v0"}));
    std::set<std::string> evidence;
    for (const auto& one : finding.evidence) evidence.insert(one.name + '=' + one.value);
    EXPECT_THAT(evidence, Contains("fib_validate_source=-EINVAL (-22)"));
    EXPECT_THAT(evidence, Contains("kernel=NOT_SPECIFIED"));
}

TEST(Explain, ADeviceNameIsDataInACommand) {
    EXPECT_EQ(shell_word("v1.7"), "v1.7");
    EXPECT_EQ(shell_word("$(reboot)"), "'$(reboot)'");
    EXPECT_EQ(shell_word("a'b"), "'a'\\''b'");
    EXPECT_EQ(shell_word(""), "''");
}

TEST(Explain, SysctlsAreAskedForDeviceAndAll) {
    model::DropGroup group;
    group.place.function = "ip_rcv_finish_core";
    group.reason.name = "NOT_SPECIFIED";
    group.device = "v1.7";
    const auto wanted = sysctls_wanted(group, nullptr);
    EXPECT_THAT(wanted,
                IsSupersetOf({"net.ipv4.conf.all.accept_local", "net.ipv4.conf.v1.7.accept_local",
                              "net.ipv4.conf.v1.7.rp_filter"}));
    EXPECT_THAT(wanted, Not(Contains("net.ipv4.conf.default.accept_local")));
    group.place.function = "vti_rcv";
    EXPECT_TRUE(sysctls_wanted(group, nullptr).empty());
}

TEST(Explain, TheCatalogueNamesEachCauseOnce) {
    std::set<std::string> ids;
    for (const CauseInfo& cause : catalogue()) {
        EXPECT_TRUE(ids.insert(cause.id).second) << cause.id;
        EXPECT_FALSE(cause.title.empty()) << cause.id;
        EXPECT_FALSE(cause.facts.empty()) << cause.id;
        EXPECT_FALSE(cause.certainty.empty()) << cause.id;
        EXPECT_FALSE(cause.title.ends_with('.')) << cause.id;
    }
    EXPECT_THAT(ids, Contains("source-local"));
}

std::string all_lab_cases() {
    std::string text;
    const std::filesystem::path cases = std::filesystem::path(KNOWHY_SOURCE_DIR) / "lab" / "cases";
    for (const auto& entry : std::filesystem::directory_iterator(cases)) {
        std::ifstream file(entry.path());
        text.append(std::istreambuf_iterator<char>(file), {});
    }
    return text;
}

TEST(Explain, TheLabHasTheCasesThatTheCataloguePromises) {
    const std::string cases = all_lab_cases();
    for (const CauseInfo& cause : catalogue()) {
        if (cause.lab_case.empty()) continue;
        EXPECT_THAT(cases, HasSubstr("- name: " + cause.lab_case + "\n"));
    }
}

}  // namespace
}  // namespace knowhy::explain
