// Addresses, routes, rules, neighbours and groups against iproute2.
#include "net/snapshot/oracle_for_tests.h"

namespace knowhy::net {
namespace {

using namespace test;  // NOLINT: the fixture and its words
using nlohmann::json;

TEST_F(Oracle, Addresses) {
    const auto ours = [&](const model::NetnsState& state) {
        Lines lines;
        for (const model::Address& address : state.addresses)
            lines.push_back(fmt::format("{} {} {} {}", device(state, address.ifindex),
                                        address.prefix.text(), address.scope, address.tentative));
        return lines;
    };
    const auto theirs = [&] {
        Lines lines;
        for (const json& link : ask("ip -j addr")) {
            for (const json& each : link["addr_info"])
                lines.push_back(fmt::format("{} {}/{} {} {}", text(link, "ifname"),
                                            text(each, "local"), number(each, "prefixlen"),
                                            text(each, "scope"), each.contains("tentative")));
        }
        return lines;
    };
    compare(ours, theirs);
}

std::string route_line(const std::string& type, const std::string& destination,
                       const std::string& gateway, const std::string& device, uint64_t metric,
                       const std::string& source, const std::string& protocol,
                       const std::string& table, size_t hops) {
    return fmt::format("{} {} via {} dev {} metric {} src {} proto {} table {} hops {}", type,
                       destination, gateway, device, metric, source, protocol, table, hops);
}

std::string ours_of(const model::Route& route, const std::string& device) {
    const auto full = static_cast<uint8_t>(route.destination.address.is_v4() ? 32 : 128);
    std::string destination = route.destination.text();
    if (route.destination.length == full) destination = route.destination.address.text();
    if (route.destination.length == 0) destination = "default";
    const std::string table = route.table == 254   ? "main"
                              : route.table == 255 ? "local"
                                                   : std::to_string(route.table);
    return route_line(route.type, destination, route.gateway.text(), device,
                      route.metric.value_or(0), route.preferred_source.text(), route.protocol,
                      table, route.nexthop_ifindexes.size());
}

std::string theirs_of(const json& route) {
    const bool via = route.contains("via");
    const std::string table = text(route, "table");
    const std::string protocol = text(route, "protocol");
    return route_line(text(route, "type").empty() ? "unicast" : text(route, "type"),
                      text(route, "dst"), via ? text(route["via"], "host") : text(route, "gateway"),
                      text(route, "dev"), number(route, "metric"), text(route, "prefsrc"),
                      protocol.empty() ? "boot" : protocol, table.empty() ? "main" : table,
                      route.contains("nexthops") ? route["nexthops"].size() : 0);
}

TEST_F(Oracle, Routes) {
    const auto ours = [&](const model::NetnsState& state) {
        Lines lines;
        for (const model::Route& route : state.routes)
            lines.push_back(ours_of(route, device(state, route.out_ifindex)));
        return lines;
    };
    const auto theirs = [&] {
        Lines lines;
        for (const char* line :
             {"ip -j -4 route show table all", "ip -j -6 route show table all"}) {
            for (const json& route : ask(line)) lines.push_back(theirs_of(route));
        }
        return lines;
    };
    compare(ours, theirs);
    const auto state = look();
    const model::Route* with_mtu = state.lookup(*model::IpAddress::parse("10.60.1.1"), 254);
    ASSERT_NE(with_mtu, nullptr);
    EXPECT_EQ(with_mtu->mtu, 1300U);
}

TEST_F(Oracle, Rules) {
    const auto ours = [&](const model::NetnsState& state) {
        Lines lines;
        for (const model::Rule& rule : state.rules)
            lines.push_back(fmt::format(
                "{} {} {} {} {}", rule.priority, rule.source ? rule.source->address.text() : "all",
                rule.in_device, rule.invert, rule.mark ? fmt::format("{:#x}", *rule.mark) : ""));
        return lines;
    };
    const auto theirs = [&] {
        Lines lines;
        for (const char* line : {"ip -j rule", "ip -j -6 rule"}) {
            for (const json& rule : ask(line))
                lines.push_back(fmt::format("{} {} {} {} {}", number(rule, "priority"),
                                            text(rule, "src"), text(rule, "iif"),
                                            rule.contains("not"), text(rule, "fwmark")));
        }
        return lines;
    };
    compare(ours, theirs);
    const auto state = look();
    const auto at = [&](uint32_t priority) {
        return *std::find_if(state.rules.begin(), state.rules.end(),
                             [&](const auto& rule) { return rule.priority == priority; });
    };
    EXPECT_EQ(at(10).table, 100U);
    EXPECT_EQ(at(10).source->text(), "10.0.0.0/8");
    EXPECT_EQ(at(11).action, "unreachable");
    EXPECT_EQ(at(11).destination->text(), "10.9.0.0/16");
    EXPECT_EQ(at(12).action, "prohibit");
    EXPECT_EQ(at(12).mark_mask, 0xffU);
    EXPECT_FALSE(at(13).has_more);
    EXPECT_TRUE(at(14).has_more);
    EXPECT_EQ(at(15).action, "blackhole");
    EXPECT_EQ(at(15).out_device, "w0.1");
    EXPECT_EQ(at(15).family, 6);
}

TEST_F(Oracle, Neighbours) {
    const auto ours = [&](const model::NetnsState& state) {
        Lines lines;
        for (const model::Neighbour& each : state.neighbours)
            lines.push_back(fmt::format("{} {} {} {}", device(state, each.ifindex),
                                        each.address.text(), each.mac ? each.mac->text() : "",
                                        each.state));
        return lines;
    };
    const auto theirs = [&] {
        Lines lines;
        for (const json& each : ask("ip -j neigh show nud all"))
            lines.push_back(fmt::format("{} {} {} {}", text(each, "dev"), text(each, "dst"),
                                        text(each, "lladdr"), each["state"][0].get<std::string>()));
        return lines;
    };
    compare(ours, theirs);
}

TEST_F(Oracle, MulticastMemberships) {
    const auto ours = [&](const model::NetnsState& state) {
        Lines lines;
        for (const auto& [device, groups] : state.multicast_groups) {
            for (const auto& group : groups) lines.push_back(device + " " + group.text());
        }
        for (const auto& [device, macs] : state.multicast_macs) {
            for (const auto& mac : macs) lines.push_back(device + " " + mac.text());
        }
        return lines;
    };
    const auto theirs = [&] {
        Lines lines;
        for (const json& link : ask("ip -j maddr")) {
            for (const json& group : link["maddr"]) {
                const std::string address =
                    text(group, group.contains("link") ? "link" : "address");
                lines.push_back(text(link, "ifname") + " " + address);
            }
        }
        return lines;
    };
    compare(ours, theirs);
}

}  // namespace
}  // namespace knowhy::net
