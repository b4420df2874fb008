// A namespace to be diagnosed, for the tests of the rules: healthy until something is added.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "explain/conclusion.h"
#include "explain/diagnose/diagnose.h"

namespace knowhy::explain {

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
        state().addresses.push_back(
            {index(device), *model::Prefix::parse(prefix), "global", false, false, {}});
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
            slave.settings = said(10000, "full");
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
    // What its driver tells ethtool.
    static model::LinkSettings said(std::optional<uint32_t> speed, const std::string& duplex) {
        model::LinkSettings settings;
        settings.speed = speed;
        settings.duplex = duplex;
        settings.autoneg = false;
        return settings;
    }
    static model::LinkSettings refused(int64_t error) {
        model::LinkSettings settings;
        settings.error = error;
        return settings;
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

}  // namespace knowhy::explain
