// One link at a time: its operational state, its carrier, what its driver says.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "explain/context.h"
#include "explain/diagnose/rule.h"

namespace knowhy::explain {
namespace {

constexpr unsigned kStatusBit = 16;  // VIRTIO_NET_F_STATUS; the header is no C++

// Kinds whose drivers never call netif_carrier_off(), so that no change of carrier is ever noticed.
bool never_reports(const model::Link& link) {
    constexpr std::array<std::string_view, 20> kKinds = {
        "dummy",  "tun",       "wireguard", "ipip",  "sit",    "gre",  "gretap",
        "ip6gre", "ip6gretap", "ip6tnl",    "vti",   "vti6",   "xfrm", "vxlan",
        "geneve", "bareudp",   "ifb",       "nlmon", "erspan", "vcan"};
    return link.type == "loopback" ||
           std::find(kKinds.begin(), kKinds.end(), link.kind) != kKinds.end();
}

std::string kind_words(const model::Link& link) {
    if (link.type == "loopback") return "the loopback device";
    const bool vowel = std::string_view("aeiou").find(link.kind.front()) != std::string_view::npos;
    return fmt::format("{} {} device", vowel ? "an" : "a", link.kind);
}

Conclusion with_operstate(Conclusion found, const model::Link& link) {
    found.with(link_evidence("operstate of " + link.name, link.operstate));
    if (!link.driver.empty()) found.with(link_evidence("driver", link.driver));
    if (link.carrier_changes) {
        found.with(link_evidence("carrier changes", fmt::format("{}", *link.carrier_changes)));
    }
    return found;
}

void operstate_unknown(const Inspection& inspection, const Report& report) {
    for (const model::Link& link : inspection.state.links) {
        if (!link.is_up() || link.operstate != "UNKNOWN") continue;
        if (never_reports(link)) {
            report(link.name,
                   with_operstate(normal(fmt::format("{} is UNKNOWN: {} never reports a change of "
                                                     "carrier. That is normal for its kind",
                                                     link.name, kind_words(link))),
                                  link));
            continue;
        }
        if (!link.kind.empty() || link.type != "ether") continue;
        const std::string driver = link.driver.empty() ? "its driver" : "driver " + link.driver;
        Conclusion found = fault(
            link.carrier == true && link.carrier_changes == 0U,
            fmt::format("{} is UNKNOWN: {} never reported a change of carrier, so the kernel never "
                        "worked out its state; the driver has to call netif_carrier_off() before "
                        "netif_carrier_on()",
                        link.name, driver));
        if (link.virtio_features) {
            const bool has = (*link.virtio_features >> kStatusBit & 1U) != 0;
            found.with(
                link_evidence("VIRTIO_NET_F_STATUS (bit 16)", has ? "offered" : "not offered"));
            if (!has) found.set("device", link.bus, "offers no VIRTIO_NET_F_STATUS");
        }
        report(link.name, with_operstate(std::move(found), link));
    }
}

void virtio_no_status(const Inspection& inspection, const Report& report) {
    for (const model::Link& link : inspection.state.links) {
        if (!link.virtio_features || link.driver != "virtio_net") continue;
        if ((*link.virtio_features >> kStatusBit & 1U) != 0) continue;
        Conclusion found = normal(fmt::format(
            "{} has a carrier whatever happens to its network: the hypervisor offers no "
            "VIRTIO_NET_F_STATUS, so a link that fails there is not seen here",
            link.name));
        found.with(link_evidence("virtio features of " + link.bus,
                                 fmt::format("{:#x}, bit 16 is 0", *link.virtio_features)));
        found.set("device", link.bus, "offers no VIRTIO_NET_F_STATUS");
        report(link.name, std::move(found));
    }
}

void half_duplex(const Inspection& inspection, const Report& report) {
    for (const model::Link& link : inspection.state.links) {
        if (!Inspection::carries(link) || !link.settings || link.settings->duplex != "half")
            continue;
        Conclusion found = fault(
            true,
            fmt::format("{} runs at half duplex: it cannot send while it receives", link.name));
        found.with(link_evidence("duplex of " + link.name, "half"));
        if (link.settings->speed)
            found.with(link_evidence("speed", fmt::format("{} Mb/s", *link.settings->speed)));
        if (link.settings->autoneg) {
            const bool negotiates = *link.settings->autoneg;
            found.set("device", "autoneg of " + link.name, negotiates ? "on" : "off");
        }
        found.attempt(inspection.here("ethtool " + shell_word(link.name)),
                      "shows what either end offers; a side with autoneg off makes the other guess "
                      "half duplex");
        report(link.name, std::move(found));
    }
}

void carrier_flapping(const Inspection& inspection, const Report& report) {
    for (const model::Link& link : inspection.state.links) {
        const std::string name = fmt::format("link.{}.carrier_changes", link.name);
        const auto moved = inspection.moved(name);
        if (!moved || *moved < 2) continue;
        Conclusion found =
            fault(true, fmt::format("{} lost or got its carrier {} times while it was watched",
                                    link.name, *moved));
        found.with(inspection.counter_evidence(name));
        report(link.name, std::move(found));
    }
}

void loopback_down(const Inspection& inspection, const Report& report) {
    for (const model::Link& link : inspection.state.links) {
        if (link.type != "loopback" || link.is_up()) continue;
        Conclusion found = fault(true, fmt::format("{} is down: nothing here can reach its own "
                                                   "addresses, not even 127.0.0.1",
                                                   link.name));
        found.with(link_evidence("flags of " + link.name, "not IFF_UP"));
        found.set("link", link.name, "down");
        found.attempt(inspection.here("ip link set " + shell_word(link.name) + " up"),
                      "brings it up");
        report(link.name, std::move(found));
    }
}

void down_with_address(const Inspection& inspection, const Report& report) {
    for (const model::Link& link : inspection.state.links) {
        if (link.is_up() || link.type == "loopback") continue;
        for (const model::Address& address : inspection.state.addresses) {
            if (address.ifindex != link.ifindex || address.scope != "global") continue;
            Conclusion found = fault(true, fmt::format("{} has the address {} and is down",
                                                       link.name, address.prefix.text()));
            found.with(link_evidence("flags of " + link.name, "not IFF_UP"));
            found.with(state_evidence(Evidence::Kind::Address, address.prefix.text(),
                                      address.prefix.text() + " on " + link.name));
            found.set("link", link.name, "down");
            found.attempt(inspection.here("ip link set " + shell_word(link.name) + " up"),
                          "brings it up");
            report(link.name, std::move(found));
            break;  // once for a device
        }
    }
}

void wildcard_handler(const Inspection& inspection, const Report& report) {
    for (const model::PacketHandler& handler : inspection.state.packet_handlers) {
        // The bonding driver's own: each belongs to one bond, and must see that bond's frames only.
        const bool of_bond =
            handler.function.starts_with("rlb_arp_recv") || handler.function.starts_with("bond_");
        if (!of_bond || !handler.device.empty()) continue;
        Conclusion found =
            fault(true, fmt::format("{} gets the frames of every device: it is registered without "
                                    "one, so another bond's frames reach it too",
                                    handler.function));
        found.with(link_evidence(
            "/proc/net/ptype",
            fmt::format("type {}, no device, {}", handler.protocol, handler.function)));
        found.subject = handler.function;
        report("", std::move(found));
    }
}

}  // namespace

std::vector<Rule> link_rules() {
    return {
        {.id = "operstate-unknown",
         .title = "A link that is up has the operational state UNKNOWN",
         .facts = "the link's operstate, kind, driver and carrier changes; virtio feature bits",
         .certainty =
             "certain when it has a carrier and never a change of it; else likely. For lo, "
             "dummy, tun and tunnels it is normal, and said to be harmless",
         .remedy = "The kernel works the state out when the driver reports a change of carrier. A "
                   "driver that never reports one leaves it UNKNOWN; only the driver (or a "
                   "hypervisor that offers VIRTIO_NET_F_STATUS) can mend that",
         .inspect = operstate_unknown},
        {.id = "virtio-no-status",
         .title = "A virtio device whose hypervisor does not tell the state of the link",
         .facts = "bit 16 of the features that device and driver agreed on",
         .certainty = "certain; harmless in itself",
         .remedy =
             "Its carrier is always on, so bonds and routes do not notice a failure behind it. "
             "The hypervisor has to offer the feature",
         .inspect = virtio_no_status},
        {.id = "half-duplex",
         .title = "A link runs at half duplex",
         .facts = "what the driver tells ethtool, of a link with a carrier",
         .certainty = "certain",
         .remedy = "Usually one end has autonegotiation off. Collisions and late collisions follow",
         .inspect = half_duplex},
        {.id = "carrier-flapping",
         .title = "A link loses its carrier and gets it back",
         .facts = "carrier changes before and after --watch",
         .certainty = "certain, with two changes or more",
         .remedy = "A cable, a transceiver, or the other end",
         .inspect = carrier_flapping},
        {.id = "loopback-down",
         .title = "The loopback device is down",
         .facts = "its flags",
         .certainty = "certain",
         .remedy = "A new network namespace begins like this",
         .inspect = loopback_down},
        {.id = "down-with-address",
         .title = "A device has an address and is down",
         .facts = "the device's flags and its addresses of global scope",
         .certainty = "certain",
         .remedy = "Nothing is received at it, and its routes are gone",
         .inspect = down_with_address},
        {.id = "wildcard-handler",
         .title = "A bond's protocol handler gets the frames of every device",
         .facts = "/proc/net/ptype",
         .certainty = "certain",
         .remedy = "The handler works on another bond's data, or crashes on it; the driver must "
                   "register it for its own device",
         .inspect = wildcard_handler},
    };
}

}  // namespace knowhy::explain
