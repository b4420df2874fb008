// Sizes that do not fit along the way a frame takes through this host.
#include <fmt/format.h>

#include <algorithm>

#include "explain/context.h"
#include "explain/diagnose/rule.h"

namespace knowhy::explain {
namespace {

Conclusion mtu_fault(bool proven, std::string sentence, const model::Link& one,
                     const model::Link& other) {
    Conclusion found = fault(proven, std::move(sentence));
    found.with(link_evidence("mtu of " + one.name, fmt::format("{}", one.mtu)));
    found.with(link_evidence("mtu of " + other.name, fmt::format("{}", other.mtu)));
    found.set("link", "mtu of " + other.name, fmt::format("{}", other.mtu));
    return found;
}

void bridge_ports(const Inspection& inspection, const Report& report) {
    for (const model::Link& bridge : inspection.state.links) {
        if (bridge.kind != "bridge" || !bridge.is_up()) continue;
        const auto ports = inspection.ports_of(bridge);
        const model::Link* widest = &bridge;
        for (const model::Link* port : ports)
            if (port->is_up() && port->mtu > widest->mtu) widest = port;
        for (const model::Link* port : ports) {
            if (!port->is_up() || port->mtu >= widest->mtu) continue;
            Conclusion found = mtu_fault(
                true,
                fmt::format("frames of more than {} bytes cannot leave {} through port {}, "
                            "while {} of the bridge takes {}: they are dropped without a word",
                            port->mtu, bridge.name, port->name,
                            widest == &bridge ? "the device" : "port " + widest->name, widest->mtu),
                *widest, *port);
            found.attempt(inspection.here(fmt::format("ip link set {} mtu {}",
                                                      shell_word(port->name), widest->mtu)),
                          "makes the port as wide");
            report(port->name, std::move(found));
        }
    }
}

void vlan_on_device(const Inspection& inspection, const Report& report) {
    for (const model::Link& vlan : inspection.state.links) {
        if (vlan.kind != "vlan" || vlan.lower == 0) continue;
        const model::Link* lower = inspection.state.link(vlan.lower);
        if (lower == nullptr || vlan.mtu <= lower->mtu) continue;
        report(vlan.name,
               mtu_fault(true,
                         fmt::format("VLAN device {} sends up to {} bytes over {}, which takes "
                                     "{}",
                                     vlan.name, vlan.mtu, lower->name, lower->mtu),
                         vlan, *lower));
    }
}

void veth_peers(const Inspection& inspection, const Report& report) {
    for (const model::Link& one : inspection.state.links) {
        if (one.kind != "veth" || one.lower == 0) continue;
        const model::Link* peer = inspection.state.link(one.lower);
        if (peer == nullptr || peer->kind != "veth" || one.mtu <= peer->mtu) continue;
        report(one.name, mtu_fault(true,
                                   fmt::format("{} sends up to {} bytes, its peer {} takes {}: "
                                               "what is longer is dropped there",
                                               one.name, one.mtu, peer->name, peer->mtu),
                                   one, *peer));
    }
}

// Bytes that the tunnel puts before what it carries, over IPv4, without options.
uint32_t overhead_of(const std::string& kind) {
    if (kind == "vxlan") return 50;   // IP, UDP, VXLAN, inner Ethernet
    if (kind == "gre") return 24;     // IP, GRE
    if (kind == "gretap") return 38;  // IP, GRE, inner Ethernet
    if (kind == "ipip" || kind == "sit") return 20;
    return 0;
}

void tunnel_over_device(const Inspection& inspection, const Report& report) {
    for (const model::Link& tunnel : inspection.state.links) {
        const uint32_t overhead = overhead_of(tunnel.kind);
        const model::Link* lower = inspection.state.link(tunnel.lower);
        if (overhead == 0 || lower == nullptr || tunnel.lower == 0 || !tunnel.is_up()) continue;
        if (tunnel.mtu + overhead <= lower->mtu) continue;
        Conclusion found = mtu_fault(
            false,
            fmt::format("{} sends up to {} bytes, which with {} bytes of its headers are more "
                        "than the {} that {} takes: they are fragmented or dropped",
                        tunnel.name, tunnel.mtu, overhead, lower->mtu, lower->name),
            tunnel, *lower);
        found.attempt(inspection.here(fmt::format("ip link set {} mtu {}", shell_word(tunnel.name),
                                                  lower->mtu - std::min(lower->mtu, overhead))),
                      "leaves room for them");
        report(tunnel.name, std::move(found));
    }
}

}  // namespace

std::vector<Rule> mtu_rules() {
    return {
        {.id = "bridge-mtu",
         .title = "A bridge's ports have different MTUs",
         .facts = "the MTUs of the bridge and of its ports that are up",
         .certainty = "certain",
         .remedy = "A bridge does not fragment and sends no ICMP: what does not fit is gone",
         .inspect = bridge_ports},
        {.id = "vlan-mtu",
         .title = "A VLAN device's MTU is larger than its device's",
         .facts = "both MTUs",
         .certainty = "certain",
         .remedy = "Frames of the full size do not fit",
         .in_lab = false,
         .inspect = vlan_on_device},
        {.id = "veth-mtu",
         .title = "The ends of a veth pair have different MTUs",
         .facts = "both MTUs, with both ends in the namespace",
         .certainty = "certain",
         .remedy = "The narrower end drops what is too long for it, without ICMP",
         .inspect = veth_peers},
        {.id = "tunnel-mtu",
         .title = "A tunnel's MTU leaves no room for its headers",
         .facts =
             "the MTUs of a vxlan, gre, gretap, ipip or sit device and of the device it is bound "
             "to; headers over IPv4 without options",
         .certainty = "likely: packets of that size are not seen",
         .remedy = "Large packets are fragmented on the way, or lost where DF is set",
         .inspect = tunnel_over_device},
    };
}

}  // namespace knowhy::explain
