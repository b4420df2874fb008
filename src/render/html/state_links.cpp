#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/result.h"
#include "base/text.h"
#include "render/html/markup.h"
#include "render/html/state.h"

namespace knowhy::render {
namespace {

template <typename T>
std::string number(const std::optional<T>& value) {
    return value ? fmt::to_string(*value) : "";
}

std::string yes(const std::optional<bool>& value) {
    if (!value) return {};
    return *value ? "yes" : "no";
}

std::string bridge_state(uint8_t state) {
    constexpr std::array<const char*, 5> kNames = {"disabled", "listening", "learning",
                                                   "forwarding", "blocking"};
    return state < kNames.size() ? kNames[state] : fmt::to_string(state);
}

std::string xdp(const model::Link& link) {
    if (!link.xdp_prog_id) return {};
    return fmt::format("{} ({})", *link.xdp_prog_id, link.xdp_mode);
}

std::string links(const model::NetnsState& state) {
    Table table("links",
                {"device", "#index", "kind", "admin", "operstate", "carrier", "#carrier changes",
                 "#MTU", "MAC", "master", "below", "driver", "bus", "qdisc", "XDP"});
    for (const model::Link& link : state.links) {
        table.row({link.name, fmt::to_string(link.ifindex),
                   link.kind.empty() ? link.type : link.kind, link.is_up() ? "up" : "down",
                   link.operstate, yes(link.carrier), number(link.carrier_changes),
                   fmt::to_string(link.mtu), link.mac.text(), device_name(state, link.master),
                   device_name(state, link.lower), link.driver, link.bus, link.qdisc, xdp(link)});
    }
    return table.take(true);
}

std::string speed(const model::LinkSettings& settings) {
    if (settings.error != 0) {
        return fmt::format("refused: {}", errno_name(static_cast<int>(settings.error)));
    }
    return settings.speed ? fmt::format("{} Mb/s", *settings.speed) : "unknown";
}

std::string settings(const model::NetnsState& state) {
    Table table("settings of drivers",
                {"device", "speed", "duplex", "autonegotiation", "#RX ring", "#of at most",
                 "#TX ring", "#of at most", "virtio features"});
    for (const model::Link& link : state.links) {
        if (!link.settings && !link.rings && !link.virtio_features) continue;
        const auto ring = [&](uint32_t model::Rings::*member) {
            return link.rings ? fmt::to_string(*link.rings.*member) : "";
        };
        const auto told = link.settings.value_or(model::LinkSettings{});
        table.row({link.name, link.settings ? speed(told) : "", told.duplex, yes(told.autoneg),
                   ring(&model::Rings::rx), ring(&model::Rings::rx_max), ring(&model::Rings::tx),
                   ring(&model::Rings::tx_max),
                   link.virtio_features ? hex(*link.virtio_features) : ""});
    }
    return table.take();
}

std::string features(const model::NetnsState& state) {
    Table table("features", {"device", "feature", "active", "requested", "fixed"});
    for (const model::Link& link : state.links) {
        for (const model::LinkFeature& feature : link.features) {
            table.row({link.name, feature.name, feature.active ? "on" : "off",
                       feature.requested ? "on" : "off", feature.fixed ? "fixed" : ""});
        }
    }
    return table.take();
}

std::string bonds(const model::NetnsState& state) {
    Table table("bonds", {"bond", "mode", "miimon", "ARP interval", "active slave", "LACP rate",
                          "#aggregator"});
    for (const model::Link& link : state.links) {
        if (link.bond_mode.empty()) continue;
        const auto bond = link.bond.value_or(model::Bond{});
        const auto milliseconds = [](const std::optional<uint32_t>& value) {
            return value ? fmt::format("{} ms", *value) : "";
        };
        table.row({link.name, link.bond_mode, milliseconds(bond.miimon),
                   milliseconds(bond.arp_interval), device_name(state, bond.active_slave),
                   bond.lacp_rate, number(bond.aggregator)});
    }
    return table.take(true);
}

std::string state_bits(const std::optional<uint16_t>& bits) {
    return bits ? hex(*bits) : "";
}

std::string bond_ports(const model::NetnsState& state) {
    Table table("ports of bonds",
                {"port", "bond", "state", "MII", "speed", "duplex", "#link failures", "#aggregator",
                 "actor key", "actor state", "partner key", "partner state", "partner MAC"});
    for (const model::Link& link : state.links) {
        if (!link.bond_port) continue;
        const model::BondPort& port = *link.bond_port;
        table.row({link.name, device_name(state, link.master), port.state, port.mii_status,
                   port.speed, port.duplex, number(port.link_failures), number(port.aggregator),
                   number(port.actor_key), state_bits(port.actor_oper_port_state),
                   number(port.partner_key), state_bits(port.partner_oper_port_state),
                   port.partner_mac ? port.partner_mac->text() : ""});
    }
    return table.take(true);
}

std::string live_ports(const model::NetnsState& state) {
    Table table(
        "ports of bonds, in the kernel's memory",
        {"port", "struct port", "known by", "sm_vars", "enabled", "#actor key", "actor state",
         "speed", "duplex", "struct aggregator", "aggregator MAC", "aggregator active"});
    for (const model::Link& link : state.links) {
        if (!link.bond_port || !link.bond_port->live) continue;
        const model::LivePort& port = *link.bond_port->live;
        table.row({link.name, hex(port.address), port.proof,
                   fmt::format("{} {}", hex(port.sm_vars), port.sm_names), yes(port.is_enabled),
                   fmt::to_string(port.actor_oper_port_key), hex(port.actor_oper_port_state),
                   port.speed ? fmt::format("{} Mb/s", *port.speed) : "unknown",
                   port.duplex.empty() ? "unknown" : port.duplex,
                   port.aggregator == 0 ? "none" : hex(port.aggregator),
                   port.aggregator == 0 ? "" : port.aggregator_mac.text(),
                   port.aggregator == 0 ? "" : yes(port.aggregator_active)});
    }
    return table.take();
}

std::string vlans_of(const model::Link& link) {
    std::vector<std::string> all;
    for (const model::VlanMembership& vlan : link.vlans) {
        all.push_back(fmt::format("{}{}{}", vlan.id, vlan.pvid ? " PVID" : "",
                                  vlan.untagged ? " untagged" : ""));
    }
    return fmt::to_string(fmt::join(all, ", "));
}

std::string port_flags(const model::BridgePort& port) {
    std::vector<std::string_view> all;
    if (port.isolated) all.emplace_back("isolated");
    if (port.locked) all.emplace_back("locked");
    if (port.hairpin) all.emplace_back("hairpin");
    if (!port.unicast_flood) all.emplace_back("no unicast flood");
    if (!port.multicast_flood) all.emplace_back("no multicast flood");
    if (!port.broadcast_flood) all.emplace_back("no broadcast flood");
    return fmt::to_string(fmt::join(all, ", "));
}

std::string bridges(const model::NetnsState& state) {
    Table table("bridges and their ports",
                {"device", "bridge", "state", "STP", "VLAN filtering", "VLANs", "flags"});
    for (const model::Link& link : state.links) {
        if (!link.bridge_port && link.kind != "bridge") continue;
        const auto port = link.bridge_port.value_or(model::BridgePort{});
        table.row({link.name, link.bridge_port ? device_name(state, link.master) : "",
                   link.bridge_port ? bridge_state(port.state) : "", yes(link.stp),
                   yes(link.vlan_filtering), vlans_of(link),
                   link.bridge_port ? port_flags(port) : ""});
    }
    return table.take(true);
}

std::string forwarding(const model::NetnsState& state) {
    Table table("forwarding tables of bridges", {"MAC", "port", "#VLAN", "local"});
    for (const model::FdbEntry& entry : state.fdb) {
        table.row({entry.mac.text(), device_name(state, entry.port_ifindex),
                   entry.vlan == 0 ? "" : fmt::to_string(entry.vlan), entry.local ? "yes" : "no"});
    }
    return table.take();
}

}  // namespace

std::string links_html(const model::NetnsState& state) {
    return links(state) + bonds(state) + bond_ports(state) + live_ports(state) + bridges(state) +
           forwarding(state) + settings(state) + features(state);
}

}  // namespace knowhy::render
