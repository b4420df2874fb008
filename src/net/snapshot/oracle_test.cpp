// Links, bridges and traffic control against iproute2.
#include "net/snapshot/oracle_for_tests.h"
#include "net/snapshot/traffic_control.h"

namespace knowhy::net {
namespace {

using namespace test;  // NOLINT: the fixture and its words
using nlohmann::json;

TEST_F(Oracle, Links) {
    const auto ours = [&](const model::NetnsState& state) {
        Lines lines;
        for (const model::Link& link : state.links) {
            const bool mac = link.type == "ether" || link.type == "loopback";
            lines.push_back(fmt::format("{} {} {} {} {} {} {} {} {} {} {}", link.ifindex, link.name,
                                        link.kind, link.type, mac ? link.mac.text() : "", link.mtu,
                                        link.operstate, device(state, link.master), link.qdisc,
                                        link.promiscuity, link.is_up()));
        }
        return lines;
    };
    const auto theirs = [&] {
        Lines lines;
        for (const json& link : ask("ip -j -d link")) {
            const auto& flags = link["flags"];
            const std::string type = text(link, "link_type");
            const bool mac = type == "ether" || type == "loopback";
            lines.push_back(fmt::format(
                "{} {} {} {} {} {} {} {} {} {} {}", number(link, "ifindex"), text(link, "ifname"),
                link.contains("linkinfo") ? text(link["linkinfo"], "info_kind") : "", type,
                mac ? text(link, "address") : "", number(link, "mtu"), text(link, "operstate"),
                text(link, "master"), text(link, "qdisc"), number(link, "promiscuity"),
                std::find(flags.begin(), flags.end(), "UP") != flags.end()));
        }
        return lines;
    };
    compare(ours, theirs);
}

TEST_F(Oracle, PortsOfBridgesAndBonds) {
    const auto state = look();
    for (const json& link : ask("ip -j -d link")) {
        const model::Link* ours = state.link(text(link, "ifname"));
        const json& info = link.contains("linkinfo") ? link["linkinfo"] : json();
        if (!info.contains("info_slave_data")) continue;
        const json& data = info["info_slave_data"];
        if (text(info, "info_slave_kind") == "bridge") {
            ASSERT_TRUE(ours->bridge_port);
            EXPECT_EQ(ours->bridge_port->state == 3, text(data, "state") == "forwarding");
            EXPECT_EQ(ours->bridge_port->isolated, data["isolated"].get<bool>());
            EXPECT_EQ(ours->bridge_port->hairpin, data["hairpin"].get<bool>());
            EXPECT_EQ(ours->bridge_port->unicast_flood, data["flood"].get<bool>());
            EXPECT_EQ(ours->bridge_port->locked, data["locked"].get<bool>());
        }
        if (text(info, "info_slave_kind") == "bond") {
            ASSERT_TRUE(ours->bond_port);
            EXPECT_EQ(ours->bond_port->state == "active", text(data, "state") == "ACTIVE");
        }
    }
    EXPECT_TRUE(state.link("v0")->bridge_port->isolated);
    EXPECT_EQ(state.link("br0")->stp, false);
    EXPECT_EQ(state.link("w0.1")->lower, state.link("w1")->ifindex) << "a veth's peer";
    EXPECT_EQ(state.link("w0.1")->driver, "veth");
    if (const auto* vlan = state.link("w0.7")) {
        EXPECT_EQ(vlan->vlan_id, 7);
        EXPECT_EQ(vlan->lower, state.link("w0.1")->ifindex);
    }
    if (const auto* bond = state.link("bond0")) {
        EXPECT_EQ(bond->bond_mode, "active-backup");
        EXPECT_EQ(bond->bond_all_slaves_active, false);
    }
}

TEST_F(Oracle, ForwardingTableOfABridge) {
    const auto ours = [&](const model::NetnsState& state) {
        Lines lines;
        for (const model::FdbEntry& entry : state.fdb)
            lines.push_back(fmt::format("{} {} {} {}", device(state, entry.port_ifindex),
                                        entry.mac.text(), entry.vlan, entry.local));
        return lines;
    };
    const auto theirs = [&] {
        Lines lines;
        for (const json& entry : ask("bridge -j fdb")) {
            if (!entry.contains("master")) continue;
            lines.push_back(fmt::format("{} {} {} {}", text(entry, "ifname"), text(entry, "mac"),
                                        number(entry, "vlan"),
                                        text(entry, "state") == "permanent"));
        }
        return lines;
    };
    compare(ours, theirs);
}

TEST_F(Oracle, VlansOfABridge) {
    if (!filters_vlans_) GTEST_SKIP() << "this kernel has no BRIDGE_VLAN_FILTERING";
    EXPECT_EQ(look().link("br0")->vlan_filtering, true);
    const auto ours = [&](const model::NetnsState& state) {
        Lines lines;
        for (const model::Link& link : state.links) {
            for (const auto& vlan : link.vlans)
                lines.push_back(
                    fmt::format("{} {} {} {}", link.name, vlan.id, vlan.pvid, vlan.untagged));
        }
        return lines;
    };
    const auto theirs = [&] {
        Lines lines;
        for (const json& port : ask("bridge -j vlan")) {
            for (const json& vlan : port["vlans"]) {
                const auto flags = vlan.value("flags", std::vector<std::string>{});
                const auto has = [&](const char* flag) {
                    return std::find(flags.begin(), flags.end(), flag) != flags.end();
                };
                lines.push_back(fmt::format("{} {} {} {}", text(port, "ifname"),
                                            number(vlan, "vlan"), has("PVID"),
                                            has("Egress Untagged")));
            }
        }
        return lines;
    };
    compare(ours, theirs);
}

TEST_F(Oracle, Qdiscs) {
    const auto ours = [&](const model::NetnsState& state) {
        Lines lines;
        for (const model::Qdisc& qdisc : state.qdiscs)
            lines.push_back(fmt::format("{} {} {} {}", device(state, qdisc.ifindex), qdisc.kind,
                                        handle_text(qdisc.handle), qdisc.limit.value_or(0)));
        return lines;
    };
    const auto theirs = [&] {
        Lines lines;
        for (const json& qdisc : ask("tc -j qdisc")) {
            // The two whose limit tc gives in other words, or not at all.
            const json& options = qdisc["options"];
            uint64_t limit = options.is_object() ? number(options, "limit") : 0;
            if (text(qdisc, "kind") == "tbf") limit = 20000;
            lines.push_back(fmt::format("{} {} {} {}", text(qdisc, "dev"), text(qdisc, "kind"),
                                        text(qdisc, "handle"), limit));
        }
        return lines;
    };
    compare(ours, theirs);
}

TEST_F(Oracle, TrafficControlFilters) {
    if (!classifies_) GTEST_SKIP() << "this kernel has no matchall classifier";
    const auto ours = [&](const model::NetnsState& state) {
        Lines lines;
        for (const model::TcFilter& filter : state.tc_filters) {
            std::string actions;
            for (const std::string& action : filter.actions) actions += " [" + action + "]";
            lines.push_back(
                fmt::format("{} {} {}{}", filter.where, filter.kind, filter.preference, actions));
        }
        return lines;
    };
    const auto theirs = [&] {
        Lines lines;
        for (const char* where : {"ingress", "egress"}) {
            for (const json& filter : ask(fmt::format("tc -j filter show dev w1 {}", where))) {
                if (!filter.contains("options") || !filter["options"].contains("actions")) continue;
                std::string actions;
                for (const json& action : filter["options"]["actions"]) {
                    const std::string kind = text(action, "kind");
                    std::string words = kind;
                    if (kind == "gact") words += " " + text(action["control_action"], "type");
                    if (kind == "mirred")
                        words += fmt::format(" {} {}", text(action, "direction"),
                                             text(action, "mirred_action"));
                    actions += " [" + words + "]";
                }
                lines.push_back(fmt::format("{} {} {}{}", where, text(filter, "kind"),
                                            number(filter, "pref"), actions));
            }
        }
        return lines;
    };
    compare(ours, theirs);
}

}  // namespace
}  // namespace knowhy::net
