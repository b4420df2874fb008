#include "explain/diagnose/diagnose.h"

#include <algorithm>
#include <set>

#include "explain/diagnose/patient_for_tests.h"
#include "explain/diagnose/rule.h"

namespace knowhy::explain {
namespace {

TEST_F(Diagnosis, AHealthyHostHasNoFault) {
    lacp_bond();
    link("eth0", "");
    address("eth0", "10.0.0.1/24");
    EXPECT_TRUE(faults().empty());
}

TEST_F(Diagnosis, NothingIsSaidOfWhatWasNotRead) {
    model::Link bare;
    bare.ifindex = 2;
    bare.name = "x";
    bare.flags = kUp;
    for (const char* kind : {"", "bond", "bridge", "veth", "vlan", "vxlan"}) {
        bare.kind = kind;
        state().links.push_back(bare);
        ++bare.ifindex;
    }
    state().complete = false;
    EXPECT_TRUE(faults().empty());
}

TEST_F(Diagnosis, UnknownIsNormalForLoopbackAndDummy) {
    link("d0", "dummy").operstate = "UNKNOWN";
    const auto all = diagnose(seen_);
    ASSERT_EQ(all.size(), 2U);
    for (const Finding& finding : all) {
        EXPECT_EQ(finding.cause, "operstate-unknown");
        EXPECT_EQ(finding.verdict, Verdict::Harmless);
    }
}

TEST_F(Diagnosis, HardwareThatNeverReportedIsAFault) {
    model::Link& eth0 = link("eth0", "");
    eth0.operstate = "UNKNOWN";
    eth0.driver = "virtio_net";
    eth0.bus = "virtio0";
    eth0.carrier_changes = 0;
    eth0.virtio_features = 0;
    const auto found = faults();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].cause, "operstate-unknown");
    EXPECT_EQ(found[0].certainty, Certainty::Certain);
    EXPECT_THAT(found[0].sentence, HasSubstr("virtio_net"));
    ASSERT_FALSE(found[0].set_by.empty());
    EXPECT_EQ(found[0].set_by[0].name, "virtio0");
    at("eth0").carrier_changes = 3;
    EXPECT_EQ(only().certainty, Certainty::Likely);
}

TEST_F(Diagnosis, ASlaveWhoseDriverTellsNoSpeed) {
    lacp_bond();
    at("s1").driver = "dummy";
    at("s1").settings = refused(95);
    port("s1").speed = port("s1").duplex = "Unknown";
    port("s1").actor_key = 0;
    port("s1").partner_mac = model::MacAddress{};
    port("s1").actor_oper_port_state = 0x4f;
    const Finding found = only();
    EXPECT_EQ(found.cause, "bond-no-speed");
    EXPECT_EQ(found.certainty, Certainty::Certain);
    EXPECT_EQ(
        found.sentence,
        "s1 never aggregates in bond0: its speed and duplex are unknown because driver dummy "
        "implements no get_link_ksettings (-EOPNOTSUPP); so its key is 0, LACP is disabled on "
        "the port, and no LACPDU is sent");
    // Without /proc/net/bonding the key was not seen.
    port("s1").speed = port("s1").duplex = "";
    port("s1").actor_key = std::nullopt;
    expect_only("bond-no-speed", "s1", Certainty::Likely);
}

TEST_F(Diagnosis, ASpeedThatTheBondKnowsIsNotMissing) {
    lacp_bond();
    at("s1").settings = refused(95);
    EXPECT_TRUE(faults().empty());
}

TEST_F(Diagnosis, APartnerThatIsSilent) {
    lacp_bond();
    port("s1").partner_mac = model::MacAddress{};
    port("s1").actor_oper_port_state = 0x4d;
    expect_only("lacp-partner-silent", "s1");
    // Still waiting for the first answer.
    port("s1").actor_oper_port_state = 0x8d;
    EXPECT_TRUE(faults().empty());
}

TEST_F(Diagnosis, APortWithoutCarrierIsNoLacpMatter) {
    lacp_bond();
    at("s1").carrier = false;
    port("s1").mii_status = "down";
    port("s1").actor_key = 0;
    port("s1").partner_mac = model::MacAddress{};
    port("s1").actor_oper_port_state = 0x45;
    EXPECT_TRUE(faults().empty());
}

TEST_F(Diagnosis, PortsOutsideTheActiveAggregator) {
    lacp_bond();
    port("s2").aggregator = 2;
    port("s2").partner_mac = model::MacAddress::parse("02:00:00:00:00:c2");
    expect_only("lacp-partners-differ", "s2");

    port("s2").partner_mac = port("s1").partner_mac;
    port("s2").partner_key = 17;
    expect_only("lacp-partner-keys-differ", "s2");

    port("s2").speed = "1000 Mbps";
    port("s2").actor_key = 9;
    expect_only("bond-mixed-speeds", "s2");
}

TEST_F(Diagnosis, RatesThatDiffer) {
    lacp_bond();
    port("s1").actor_oper_port_state = 0x3f;
    expect_only("lacp-rate-mismatch", "s1");
    port("s1").actor_oper_port_state = 0x7f;  // defaulted: the partner's bits are not the partner's
    expect_only("lacp-partner-silent", "s1", Certainty::Likely);
}

TEST_F(Diagnosis, APartnerThatKeepsThePortOut) {
    lacp_bond();
    port("s1").actor_oper_port_state = 0x0d;
    port("s1").partner_oper_port_state = 0x05;
    expect_only("lacp-not-collecting", "s1");
}

TEST_F(Diagnosis, TheDriversOwnMemoryIsCited) {
    lacp_bond();
    at("s1").driver = "dummy";
    at("s1").settings = refused(95);
    port("s1").speed = port("s1").duplex = "";
    port("s1").actor_key = std::nullopt;
    model::LivePort live;
    live.address = 0xffff888000001000;
    live.proof = "actor_system is the MAC address of bond0";
    live.sm_vars = 0x41;
    live.sm_names = "BEGIN|PARTNER";
    port("s1").live = live;
    expect_only("bond-no-speed", "s1");
    const Finding found = only();
    EXPECT_THAT(found.sentence, HasSubstr("so its key is 0, LACP is disabled on the port"));
    const auto memory = std::count_if(
        found.evidence.begin(), found.evidence.end(),
        [](const model::Evidence& each) { return each.kind == model::Evidence::Kind::Memory; });
    EXPECT_EQ(memory, 4);
}

TEST_F(Diagnosis, ADeviceIsAskedAboutWithItsSlaves) {
    lacp_bond();
    link("eth0", "").flags = 0;
    address("eth0", "10.0.0.1/24");
    port("s1").actor_oper_port_state = 0x3f;
    EXPECT_EQ(faults().size(), 2U);
    seen_.scope = {kNetns, "", index("bond0"), "bond0"};
    expect_only("lacp-rate-mismatch", "s1");
    seen_.scope = {kNetns, "", index("eth0"), "eth0"};
    expect_only("down-with-address", "eth0");
}

TEST_F(Diagnosis, SysctlsAreAskedForByDevice) {
    link("eth0", "");
    const auto names = sysctls_to_diagnose(state());
    const std::set<std::string> all(names.begin(), names.end());
    EXPECT_TRUE(all.contains("net.ipv4.conf.eth0.rp_filter"));
    EXPECT_TRUE(all.contains("net.ipv4.conf.all.rp_filter"));
}

TEST(Rules, HaveWordsAndDistinctIds) {
    std::set<std::string> ids;
    for (const RuleInfo& rule : diagnoses()) {
        EXPECT_TRUE(ids.insert(rule.id).second) << rule.id;
        EXPECT_FALSE(rule.title.empty() || rule.facts.empty() || rule.certainty.empty() ||
                     rule.remedy.empty())
            << rule.id;
    }
}

}  // namespace
}  // namespace knowhy::explain
