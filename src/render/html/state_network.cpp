#include <fmt/format.h>
#include <fmt/ranges.h>

#include "model/packet.h"
#include "render/html/markup.h"
#include "render/html/state.h"

namespace knowhy::render {
namespace {

constexpr uint32_t kTableDefault = 253;  // RT_TABLE_*
constexpr uint32_t kTableMain = 254;
constexpr uint32_t kTableLocal = 255;

std::string table_name(uint32_t table) {
    switch (table) {
        case kTableDefault:
            return "default";
        case kTableMain:
            return "main";
        case kTableLocal:
            return "local";
        default:
            return fmt::to_string(table);
    }
}

std::string addresses(const model::NetnsState& state) {
    Table table("addresses", {"address", "device", "scope", "state"});
    for (const model::Address& address : state.addresses) {
        std::string_view what;
        if (address.tentative) what = "tentative";
        if (address.dad_failed) what = "duplicate";
        table.row({address.prefix.text(), device_name(state, address.ifindex), address.scope,
                   std::string(what)});
    }
    return table.take(true);
}

std::string devices_of(const model::NetnsState& state, const model::Route& route) {
    if (route.nexthop_ifindexes.empty()) return device_name(state, route.out_ifindex);
    std::vector<std::string> names;
    for (const uint32_t ifindex : route.nexthop_ifindexes) {
        names.push_back(device_name(state, ifindex));
    }
    return fmt::to_string(fmt::join(names, ", "));
}

std::string route_flags(const model::Route& route) {
    std::vector<std::string> all;
    if (route.mtu) all.push_back(fmt::format("mtu {}", *route.mtu));
    if (route.onlink) all.emplace_back("onlink");
    if (route.linkdown) all.emplace_back("linkdown");
    return fmt::to_string(fmt::join(all, ", "));
}

std::string routes(const model::NetnsState& state) {
    Table table("routes", {"destination", "type", "table", "gateway", "device", "#metric",
                           "preferred source", "protocol", "flags"});
    for (const model::Route& route : state.routes) {
        table.row({route.destination.text(), route.type, table_name(route.table),
                   route.gateway.text(), devices_of(state, route),
                   route.metric ? fmt::to_string(*route.metric) : "", route.preferred_source.text(),
                   route.protocol, route_flags(route)});
    }
    return table.take();
}

std::string mark_of(const model::Rule& rule) {
    if (!rule.mark) return {};
    if (!rule.mark_mask) return fmt::format("{:#x}", *rule.mark);
    return fmt::format("{:#x}/{:#x}", *rule.mark, *rule.mark_mask);
}

std::string rules(const model::NetnsState& state) {
    Table table("rules",
                {"#priority", "family", "from", "to", "in", "out", "mark", "does", "besides"});
    for (const model::Rule& rule : state.rules) {
        std::string besides = rule.invert ? "inverted" : "";
        if (rule.has_more) besides += besides.empty() ? "more selectors" : ", more selectors";
        table.row({fmt::to_string(rule.priority), fmt::format("IPv{}", rule.family),
                   rule.source ? rule.source->text() : "all",
                   rule.destination ? rule.destination->text() : "all", rule.in_device,
                   rule.out_device, mark_of(rule),
                   rule.action == "table" ? "table " + table_name(rule.table) : rule.action,
                   besides});
    }
    return table.take();
}

std::string neighbours(const model::NetnsState& state) {
    Table table("neighbours", {"address", "device", "MAC", "state"});
    for (const model::Neighbour& neighbour : state.neighbours) {
        table.row({neighbour.address.text(), device_name(state, neighbour.ifindex),
                   neighbour.mac ? neighbour.mac->text() : "", neighbour.state});
    }
    return table.take();
}

std::string end_point(const model::IpAddress& address, uint16_t port) {
    if (!address && port == 0) return {};
    if (!address) return fmt::format("*:{}", port);
    return address.is_v6() ? fmt::format("[{}]:{}", address.text(), port)
                           : fmt::format("{}:{}", address.text(), port);
}

std::string listeners(const model::NetnsState& state) {
    Table table("sockets that take packets",
                {"local", "protocol", "peer", "device", "#receive queue", "#send queue"});
    for (const model::Listener& socket : state.listeners) {
        table.row({end_point(socket.address, socket.port), model::ip_protocol_name(socket.protocol),
                   end_point(socket.peer, socket.peer_port), device_name(state, socket.ifindex),
                   fmt::to_string(socket.receive_queue), fmt::to_string(socket.send_queue)});
    }
    return table.take();
}

std::string groups(const model::NetnsState& state) {
    Table table("multicast groups", {"group", "device"});
    for (const auto& [device, all] : state.multicast_groups) {
        for (const model::IpAddress& group : all) table.row({group.text(), device});
    }
    for (const auto& [device, all] : state.multicast_macs) {
        for (const model::MacAddress& group : all) table.row({group.text(), device});
    }
    return table.take();
}

}  // namespace

std::string network_html(const model::NetnsState& state) {
    return addresses(state) + routes(state) + rules(state) + neighbours(state) + listeners(state) +
           groups(state);
}

}  // namespace knowhy::render
