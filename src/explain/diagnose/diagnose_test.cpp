#include "explain/diagnose/diagnose.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "explain/diagnose/rule.h"

namespace knowhy::explain {
namespace {

using model::Finding;
using testing::HasSubstr;

constexpr uint32_t kNetns = 4026531999;
constexpr uint32_t kUp = 1;  // IFF_UP

// A namespace of which everything was read, with lo and nothing else.
class Diagnosis : public testing::Test {
  protected:
    Diagnosis() {
        state().inum = kNetns;
        state().complete = true;
        state().detailed = true;
        model::Link& lo = link("lo", "");
        lo.type = "loopback";
        lo.operstate = "UNKNOWN";
        for (const uint32_t priority : {0U, 32766U, 32767U}) {
            model::Rule& rule = state().rules.emplace_back();
            rule.priority = priority;
            rule.action = "table";
        }
    }

    model::NetnsState& state() { return seen_.host.namespaces[kNetns]; }

    // Good until the next one is added.
    model::Link& link(const std::string& name, const std::string& kind = "veth") {
        model::Link link;
        link.ifindex = static_cast<uint32_t>(state().links.size() + 1);
        link.name = name;
        link.kind = kind;
        link.type = "ether";
        link.flags = kUp;
        link.operstate = "UP";
        link.carrier = true;
        link.mtu = 1500;
        return state().links.emplace_back(link);
    }
    uint32_t index(const std::string& name) { return state().link(name)->ifindex; }
    model::Link& at(const std::string& name) { return state().links[index(name) - 1]; }

    void address(const std::string& device, const std::string& prefix) {
        state().addresses.push_back({index(device), *model::Prefix::parse(prefix), "global"});
    }
    void default_route(const std::string& device, const std::string& gateway, uint32_t metric) {
        model::Route route;
        route.destination = *model::Prefix::parse("0.0.0.0/0");
        route.type = "unicast";
        route.gateway = *model::IpAddress::parse(gateway);
        route.out_ifindex = index(device);
        route.metric = metric;
        state().routes.push_back(route);
    }
    void sysctl(const std::string& name, const std::string& value) {
        state().sysctls[name] = value;
    }
    void watched() { state().before["snmp.Ip.InReceives"] = 0; }

    // A bond in mode 802.3ad and two slaves that work.
    void lacp_bond() {
        model::Link& bond = link("bond0", "bond");
        bond.bond_mode = "802.3ad";
        bond.bond.emplace();
        bond.bond->miimon = 100;
        bond.bond->aggregator = 1;
        for (const char* name : {"s1", "s2"}) {
            model::Link& slave = link(name);
            slave.master = index("bond0");
            slave.driver = "veth";
            slave.settings = {0, 10000, "full", false};
            model::BondPort port;
            port.mii_status = "up";
            port.aggregator = 1;
            port.actor_oper_port_state = port.partner_oper_port_state = 0x3d;
            port.speed = "10000 Mbps";
            port.duplex = "full";
            port.actor_key = port.partner_key = 15;
            port.partner_mac = model::MacAddress::parse("02:00:00:00:00:c0");
            slave.bond_port = port;
        }
    }
    model::BondPort& port(const std::string& name) { return *at(name).bond_port; }

    std::vector<Finding> faults() {
        std::vector<Finding> found;
        for (Finding& finding : diagnose(seen_))
            if (finding.verdict != Verdict::Harmless) found.push_back(std::move(finding));
        return found;
    }
    // The only fault; what it is called.
    Finding only() {
        auto found = faults();
        EXPECT_EQ(found.size(), 1U);
        for (const Finding& finding : found) SCOPED_TRACE(finding.sentence);
        return found.empty() ? Finding{} : found.front();
    }
    void expect_only(const std::string& cause, const std::string& device,
                     Certainty certainty = Certainty::Certain) {
        const Finding found = only();
        EXPECT_EQ(found.cause, cause) << found.sentence;
        EXPECT_EQ(found.device, device);
        EXPECT_EQ(found.certainty, certainty);
        EXPECT_FALSE(found.evidence.empty());
    }

    model::Observation seen_;
};

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
    at("s1").settings = {95, std::nullopt, "", std::nullopt};
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
    at("s1").settings = {95, std::nullopt, "", std::nullopt};
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

TEST_F(Diagnosis, WildcardHandlersOfBonds) {
    state().packet_handlers = {{"0806", "", "arp_rcv"},
                               {"0806", "bond0", "rlb_arp_recv [bonding]"}};
    EXPECT_TRUE(faults().empty());
    state().packet_handlers.push_back({"0806", "", "rlb_arp_recv [bonding]"});
    expect_only("wildcard-handler", "");
}

TEST_F(Diagnosis, AVlanWiderThanItsDevice) {
    link("eth0", "").mtu = 1400;
    model::Link& vlan = link("eth0.7", "vlan");
    vlan.lower = index("eth0");
    expect_only("vlan-mtu", "eth0.7");
    at("eth0").mtu = 1500;
    EXPECT_TRUE(faults().empty());
}

TEST_F(Diagnosis, StrictReversePathNeedsBothValues) {
    link("eth0", "");
    link("eth1", "");
    address("eth0", "10.0.0.2/24");
    address("eth1", "10.1.0.2/24");
    for (const char* name : {"eth0", "eth1"}) {
        model::Route route;
        route.destination =
            *model::Prefix::parse(name == std::string("eth0") ? "10.0.0.0/24" : "10.1.0.0/24");
        route.type = "unicast";
        route.out_ifindex = index(name);
        state().routes.push_back(route);
    }
    default_route("eth0", "10.0.0.1", 100);
    default_route("eth1", "10.1.0.1", 200);
    sysctl("net.ipv4.conf.eth1.rp_filter", "1");
    EXPECT_TRUE(faults().empty());
    sysctl("net.ipv4.conf.all.rp_filter", "0");
    expect_only("rp-filter-asymmetric", "eth1", Certainty::Likely);
    sysctl("net.ipv4.conf.all.rp_filter", "2");  // the larger one counts
    EXPECT_TRUE(faults().empty());
}

TEST_F(Diagnosis, LroIsNotForForwarders) {
    link("eth0", "").features = {{"rx-lro", true, true, false}};
    EXPECT_TRUE(faults().empty());
    sysctl("net.ipv4.conf.all.forwarding", "1");
    expect_only("lro-forwarding", "eth0");
}

TEST_F(Diagnosis, CountersSinceTheyBeganAreAShareOfTheTraffic) {
    link("eth0", "").rings = {256, 4096, 256, 4096};
    state().after["link.eth0.rx_missed_errors"] = 500;
    state().after["link.eth0.rx_packets"] = 1'000'000;
    EXPECT_TRUE(faults().empty());
    state().after["link.eth0.rx_packets"] = 100'000;
    expect_only("ring-drops", "eth0", Certainty::Likely);
    EXPECT_EQ(only().try_next.front().command, "ethtool -G eth0 rx 4096");
}

TEST_F(Diagnosis, CountersThatMoveWhileWatchedAreCertain) {
    watched();
    seen_.host.before["softnet.dropped"] = 5;
    seen_.host.after["softnet.dropped"] = 5;
    EXPECT_TRUE(faults().empty());
    seen_.host.after["softnet.dropped"] = 6;
    expect_only("backlog-drops", "");
}

TEST_F(Diagnosis, AConntrackTableNearItsLimit) {
    sysctl("net.netfilter.nf_conntrack_max", "10");
    state().after["conntrack.count"] = 7;
    EXPECT_TRUE(faults().empty());
    state().after["conntrack.count"] = 8;
    expect_only("conntrack-near-full", "");
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
