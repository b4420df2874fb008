// What a diagnosis asks of each link beyond what a loss is judged by: several calls a device.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "host/ethtool.h"
#include "host/files.h"
#include "net/snapshot/bonds.h"
#include "net/snapshot/handlers.h"
#include "net/snapshot/snapshot.h"

namespace knowhy::net {
namespace {

model::LinkSettings settings_of(const host::Ethtool& ethtool, const std::string& device) {
    const auto link = ethtool.link(device);
    if (!link) return {link.error().os_errno, std::nullopt, "", std::nullopt};
    return {0, link->speed, link->duplex, link->autoneg};
}

// /sys/bus is the same in every network namespace, unlike /sys/class/net. The file is a row of 0
// and 1, bit 0 first (drivers/virtio/virtio.c).
std::optional<uint64_t> virtio_features_of(const std::string& bus) {
    if (!bus.starts_with("virtio") || bus.find('/') != std::string::npos) return std::nullopt;
    const auto text = host::read_kernel_file("/sys/bus/virtio/devices/" + bus + "/features");
    if (!text) return std::nullopt;
    const std::string_view bits = trimmed(*text);
    uint64_t features = 0;
    for (size_t i = 0; i < std::min<size_t>(bits.size(), 64); ++i)
        if (bits[i] == '1') features |= uint64_t{1} << i;
    return features;
}

void read_link_details(const host::Ethtool& ethtool, model::Link& link) {
    link.settings = settings_of(ethtool, link.name);
    if (const auto rings = ethtool.rings(link.name))
        link.rings = {rings->rx, rings->rx_max, rings->tx, rings->tx_max};
    if (const auto features = ethtool.features(link.name)) {
        for (const auto& [name, active, requested, fixed] : *features)
            link.features.push_back({name, active, requested, fixed});
    }
    link.virtio_features = virtio_features_of(link.bus);
}

void read_bond_ports(const std::string& bond, model::NetnsState& state) {
    const auto text = host::read_kernel_file("/proc/thread-self/net/bonding/" + bond);
    if (!text) return state.problems.push_back(text.error().message);
    for (auto& [name, said] : parse_bonding(*text)) {
        const auto link = std::find_if(state.links.begin(), state.links.end(),
                                       [&](const model::Link& each) { return each.name == name; });
        if (link == state.links.end() || !link->bond_port) continue;
        model::BondPort& port = *link->bond_port;
        port.speed = std::move(said.speed);
        port.duplex = std::move(said.duplex);
        port.actor_key = said.actor_key;
        port.partner_key = said.partner_key;
        port.partner_mac = said.partner_mac;
    }
}

}  // namespace

Status read_details(const host::Netns& netns, model::NetnsState& state) {
    return host::in_netns(netns.fd.get(), [&]() -> Status {
        KW_TRY(const host::Ethtool ethtool, host::Ethtool::open());
        for (model::Link& link : state.links) {
            read_link_details(ethtool, link);
            if (link.kind == "bond") read_bond_ports(link.name, state);
        }
        const auto handlers = host::read_kernel_file("/proc/thread-self/net/ptype");
        if (handlers) state.packet_handlers = parse_ptype(*handlers);
        if (!handlers) state.problems.push_back(handlers.error().message);
        state.detailed = true;
        return {};
    });
}

}  // namespace knowhy::net
