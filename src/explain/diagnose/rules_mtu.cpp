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

// The device at the bottom of VLAN devices, and how many tags a frame of the top one bears there.
struct Stack {
    const model::Link* base = nullptr;
    uint32_t tags = 0;
};

Stack stack_under(const Inspection& inspection, const model::Link& vlan) {
    Stack stack{&vlan, 0};
    constexpr uint32_t kMost = 8;
    while (stack.base != nullptr && stack.base->kind == "vlan" && stack.tags < kMost) {
        ++stack.tags;
        stack.base = stack.base->lower != 0 ? inspection.state.link(stack.base->lower) : nullptr;
    }
    if (stack.base != nullptr && stack.base->kind == "vlan") stack.base = nullptr;  // a ring
    return stack;
}

// One tag more than the MTU is what Ethernet devices take; the kernel keeps a VLAN device from
// being wider than its device.
void vlan_on_device(const Inspection& inspection, const Report& report) {
    constexpr uint32_t kTag = 4;  // bytes
    for (const model::Link& vlan : inspection.state.links) {
        if (vlan.kind != "vlan" || !vlan.is_up()) continue;
        const auto [base, tags] = stack_under(inspection, vlan);
        if (base == nullptr || tags == 0 || vlan.mtu + (tags - 1) * kTag <= base->mtu) continue;
        Conclusion found = mtu_fault(
            false,
            fmt::format("VLAN device {} sends up to {} bytes behind {} tags over {}, whose MTU is "
                        "{}: with more than one tag that is longer than many devices and "
                        "switches take",
                        vlan.name, vlan.mtu, tags, base->name, base->mtu),
            vlan, *base);
        found.attempt(inspection.here(fmt::format("ip link set {} mtu {}", shell_word(vlan.name),
                                                  base->mtu - (tags - 1) * kTag)),
                      "leaves room for the further tags");
        report(vlan.name, std::move(found));
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
         .title = "A VLAN in a VLAN leaves no room for its tags",
         .facts = "the MTUs of a VLAN device and of the device below all its VLANs",
         .certainty = "likely: some devices take longer frames than their MTU says",
         .remedy = "Frames of the full size are lost on the way. Make its MTU four bytes smaller "
                   "for each tag after the first, or the device's larger",
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
