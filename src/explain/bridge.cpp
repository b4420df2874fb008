#include "explain/bridge.h"

#include <algorithm>
#include <array>

namespace knowhy::explain {
namespace {

constexpr uint8_t kForwarding = 3;  // BR_STATE_FORWARDING

// The port's link. Inside the bridge the packet's device may already be the bridge, then the point
// around the free knows the port.
const model::Link* ingress_port(const Context& context) {
    const model::Link* link = context.link();
    if (link != nullptr && link->bridge_port) return link;
    const model::Fact* fact = context.around("br_handle_frame_finish");
    const auto ifindex = fact != nullptr ? fact->number("port_ifindex") : std::nullopt;
    if (!ifindex || context.state == nullptr) return nullptr;
    const model::Link* port = context.state->link(static_cast<uint32_t>(*ifindex));
    return port != nullptr && port->bridge_port ? port : nullptr;
}

std::optional<uint16_t> vlan_inside(const Context& context, const model::Link& port) {
    if (const auto tag = context.vlan_id()) return tag;
    const auto pvid = std::find_if(port.vlans.begin(), port.vlans.end(),
                                   [](const model::VlanMembership& one) { return one.pvid; });
    return pvid != port.vlans.end() ? std::optional(pvid->id) : std::nullopt;
}

bool floods(const model::BridgePort& port, const model::MacAddress& destination) {
    constexpr std::array<uint8_t, 6> kBroadcast = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    if (destination.bytes == kBroadcast) return port.broadcast_flood;
    return destination.is_multicast() ? port.multicast_flood : port.unicast_flood;
}

Refused refusal(const BridgeView& view, const model::Link& port,
                const model::MacAddress& destination) {
    const model::BridgePort& settings = *port.bridge_port;
    if (&port == view.ingress && !settings.hairpin) return Refused::SamePort;
    if (settings.state != kForwarding || !port.is_up()) return Refused::NotForwarding;
    const bool filters = view.bridge->vlan_filtering.value_or(false);
    if (filters && view.vlan && !carries(port, *view.vlan)) return Refused::Vlan;
    const bool from_isolated = view.ingress != nullptr && view.ingress->bridge_port->isolated;
    if (from_isolated && settings.isolated) return Refused::Isolated;
    if (!view.known_destination && !floods(settings, destination)) return Refused::FloodOff;
    return Refused::Not;
}

const model::FdbEntry* find_entry(const Context& context, const model::MacAddress& destination,
                                  const BridgeView& view) {
    for (const model::FdbEntry& entry : context.state->fdb) {
        const bool right_vlan = entry.vlan == 0 || !view.vlan || entry.vlan == *view.vlan;
        const model::Link* port = context.state->link(entry.port_ifindex);
        const bool here = port != nullptr && port->master == view.bridge->ifindex;
        if (here && right_vlan && entry.mac == destination) return &entry;
    }
    return nullptr;
}

void add_ports(const Context& context, const model::MacAddress& destination,
               const model::FdbEntry* entry, BridgeView& view) {
    for (const model::Link& link : context.state->links) {
        if (link.master != view.bridge->ifindex || !link.bridge_port) continue;
        const bool wanted =
            entry != nullptr ? link.ifindex == entry->port_ifindex : &link != view.ingress;
        if (wanted) view.egress.push_back({&link, refusal(view, link, destination)});
    }
}

}  // namespace

bool carries(const model::Link& port, uint16_t vlan) {
    return std::any_of(port.vlans.begin(), port.vlans.end(),
                       [&](const model::VlanMembership& one) { return one.id == vlan; });
}

std::string port_state_name(uint8_t state) {
    constexpr std::array<const char*, 5> kNames = {"disabled", "listening", "learning",
                                                   "forwarding", "blocking"};
    return state < kNames.size() ? kNames[state] : std::to_string(state);
}

std::optional<BridgeView> view_bridge(const Context& context) {
    const model::Decoded* packet = context.packet();
    if (context.state == nullptr || packet == nullptr || !packet->ethernet) return std::nullopt;
    BridgeView view;
    view.ingress = ingress_port(context);
    const model::Link* link = context.link();
    if (view.ingress != nullptr) {
        view.bridge = context.state->link(view.ingress->master);
        view.vlan = vlan_inside(context, *view.ingress);
    } else if (link != nullptr && link->kind == "bridge") {
        view.bridge = link;
        view.vlan = vlan_inside(context, *link);
    }
    if (view.bridge == nullptr) return std::nullopt;
    const model::MacAddress& destination = packet->ethernet->destination;
    const model::FdbEntry* entry = find_entry(context, destination, view);
    view.known_destination = entry != nullptr;
    add_ports(context, destination, entry, view);
    return view;
}

}  // namespace knowhy::explain
