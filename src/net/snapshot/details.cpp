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

model::LinkSettings settings_of(host::Ethtool& ethtool, const std::string& device) {
    model::LinkSettings settings;
    const auto link = ethtool.link(device);
    if (!link) {
        settings.error = link.error().os_errno;
        return settings;
    }
    settings.speed = link->speed;
    settings.duplex = link->duplex;
    settings.autoneg = link->autoneg;
    settings.supported_speed = link->supported_speed;
    settings.advertised_speed = link->advertised_speed;
    settings.partner_speed = link->partner_speed;
    return settings;
}

// The virtio device's folder; "" when the device is none. A virtio_net device names its transport:
// the PCI device, in whose folder the virtio device is. /sys/bus is the same in every network
// namespace, unlike /sys/class/net.
std::string virtio_folder(const model::Link& link) {
    if (link.driver != "virtio_net" || link.bus.find('/') != std::string::npos) return "";
    if (link.bus.starts_with("virtio")) return "/sys/bus/virtio/devices/" + link.bus;
    const std::string parent = "/sys/bus/pci/devices/" + link.bus;
    for (const std::string& name :
         host::list_directory(parent).value_or(std::vector<std::string>{}))
        if (name.starts_with("virtio")) return parent + "/" + name;
    return "";
}

// Its features are a row of 0 and 1, bit 0 first (drivers/virtio/virtio.c).
std::optional<uint64_t> virtio_features_of(const model::Link& link) {
    const std::string folder = virtio_folder(link);
    if (folder.empty()) return std::nullopt;
    const auto text = host::read_kernel_file(folder + "/features");
    if (!text) return std::nullopt;
    const std::string_view bits = trimmed(*text);
    uint64_t features = 0;
    for (size_t i = 0; i < std::min<size_t>(bits.size(), 64); ++i)
        if (bits[i] == '1') features |= uint64_t{1} << i;
    return features;
}

// What most kinds of device have none of.
void read_queues(const host::Ethtool& ethtool, model::Link& link) {
    if (const auto rings = ethtool.rings(link.name))
        link.rings = {rings->rx, rings->rx_max, rings->tx, rings->tx_max};
    if (const auto queues = ethtool.channels(link.name))
        link.channels = {queues->rx, queues->tx, queues->combined, queues->combined_max};
    if (const auto delays = ethtool.coalescing(link.name)) {
        link.coalescing = {delays->rx_usecs,  delays->rx_frames,   delays->tx_usecs,
                           delays->tx_frames, delays->adaptive_rx, delays->adaptive_tx};
    }
}

void read_link_details(host::Ethtool& ethtool, model::Link& link) {
    link.settings = settings_of(ethtool, link.name);
    read_queues(ethtool, link);
    if (const auto features = ethtool.features(link.name)) {
        for (const auto& [name, active, requested, fixed] : *features)
            link.features.push_back({name, active, requested, fixed});
    }
    link.virtio_features = virtio_features_of(link);
}

void read_bond_ports(const std::string& bond, model::NetnsState& state) {
    const auto text = host::read_kernel_file("/proc/thread-self/net/bonding/" + bond);
    if (!text) return state.problems.push_back(text.error().message);
    const auto ports = parse_bonding(*text);
    for (model::Link& link : state.links) {
        const auto said = ports.find(link.name);
        if (said == ports.end() || !link.bond_port) continue;
        model::BondPort& port = *link.bond_port;
        port.speed = said->second.speed;
        port.duplex = said->second.duplex;
        port.actor_key = said->second.actor_key;
        port.partner_key = said->second.partner_key;
        port.partner_mac = said->second.partner_mac;
    }
}

}  // namespace

Status read_details(const host::Netns& netns, model::NetnsState& state) {
    return host::in_netns(netns.fd.get(), [&]() -> Status {
        KW_TRY(host::Ethtool ethtool, host::Ethtool::open());
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
