// Not taken at the link layer: another host's MAC, a VLAN nobody has, an EtherType nobody handles,
// the backup slave of a bond.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "explain/causes.h"

namespace knowhy::explain {
namespace {

constexpr int64_t kExact = 2;  // RX_HANDLER_EXACT, enum rx_handler_result

// The frame's destination, when both it and the device's own address are known.
struct FrameAddress {
    model::MacAddress destination;
    model::MacAddress own;
};

std::optional<FrameAddress> frame_address(const Context& context) {
    const model::Decoded* packet = context.packet();
    const model::Link* link = context.link();
    if (packet == nullptr || !packet->ethernet || link == nullptr) return std::nullopt;
    return FrameAddress{packet->ethernet->destination, link->mac};
}

bool other_host(const Context& context) {
    return context.at({"ip_rcv_core", "ip6_rcv_core"}) && context.kernel_says({"OTHERHOST"});
}

std::optional<Conclusion> not_our_mac(const Context& context) {
    const auto frame = frame_address(context);
    if (!other_host(context)) return std::nullopt;
    if (frame && (frame->destination == frame->own || frame->destination.is_multicast())) {
        return std::nullopt;
    }
    const std::string device = context.device_or("the device");
    if (!frame) {
        Conclusion unseen = likely(Verdict::Unknown,
                                   "the frame was for another host's MAC, or for "
                                   "a VLAN that no device here has");
        return unseen.with(context.counter("link." + context.device() + ".rx_otherhost_dropped"));
    }
    // A device that listens to everything (a capture, a bridge port) sees such frames all day.
    const uint32_t promiscuity = context.link()->promiscuity;
    Conclusion found = certain(promiscuity > 0 ? Verdict::Harmless : Verdict::Lost,
                               fmt::format("the frame was for {}; {} is {}",
                                           frame->destination.text(), device, frame->own.text()));
    found.with(packet_evidence("destination MAC", frame->destination.text()))
        .with(link_evidence("MAC of " + device, frame->own.text()));
    if (promiscuity > 0) {
        found.with(link_evidence("promiscuity of " + device, fmt::format("{}", promiscuity)));
    }
    found.with(context.counter("link." + context.device() + ".rx_otherhost_dropped"));
    found.attempt(context.here("ip neigh show"), "on the sender: shows which MAC it believes in");
    return found;
}

const model::Link* vlan_device(const Context& context, std::optional<int64_t> id) {
    if (context.state == nullptr || context.link() == nullptr) return nullptr;
    const auto& links = context.state->links;
    const auto found = std::find_if(links.begin(), links.end(), [&](const model::Link& link) {
        return link.kind == "vlan" && link.lower == context.link()->ifindex &&
               (!id || link.vlan_id == *id);
    });
    return found != links.end() ? &*found : nullptr;
}

std::optional<Conclusion> vlan_unknown(const Context& context) {
    const auto frame = frame_address(context);
    if (!other_host(context) || !frame) return std::nullopt;
    // For this host, and still called another's: only an unknown VLAN does that. The tag itself is
    // gone by then.
    if (frame->destination != frame->own && !frame->destination.is_multicast()) {
        return std::nullopt;
    }
    const model::Fact* fact = context.before("vlan_do_receive");
    const auto id = fact != nullptr ? fact->number("vlan_id") : std::nullopt;
    if (id && vlan_device(context, id) != nullptr) return std::nullopt;
    const bool proven = context.returned("vlan_do_receive") == 0;
    const std::string device = context.device_or("the device");
    const std::string vlan = id ? fmt::format("VLAN {}", *id) : "a VLAN";
    Conclusion found =
        when(proven, Verdict::Lost,
             fmt::format("the frame was in {}, and {} has no device for it", vlan, device));
    found.with(context.return_of("vlan_do_receive"));
    if (id) found.with(packet_evidence("VLAN id", fmt::format("{}", *id)));
    found.with(packet_evidence("destination MAC", frame->destination.text()))
        .with(context.counter("link." + context.device() + ".rx_otherhost_dropped"));
    if (id && !context.device().empty()) {
        const std::string parent = shell_word(context.device());
        found.attempt(
            context.here(fmt::format("ip link add link {} name {} type vlan id {}", parent,
                                     shell_word(fmt::format("{}.{}", device, *id)), *id)),
            "makes the device that would take it");
    }
    return found;
}

std::optional<Conclusion> vlan_down(const Context& context) {
    if (!context.at({"vlan_do_receive"}) || !context.says_nothing()) return std::nullopt;
    const auto id = context.vlan_id();
    const model::Link* vlan = vlan_device(context, id);
    const bool shown = vlan != nullptr && !vlan->is_up();
    if (vlan != nullptr && !shown && id) return std::nullopt;
    Conclusion found = when(shown && id, Verdict::Lost,
                            fmt::format("the VLAN device {} is down",
                                        shown ? vlan->name : std::string("of the frame")));
    if (id) found.with(packet_evidence("VLAN id", fmt::format("{}", *id)));
    if (shown) {
        found.with(link_evidence(vlan->name, "not UP"));
        found.set("link", vlan->name, "down");
        found.attempt(context.here(fmt::format("ip link set {} up", shell_word(vlan->name))),
                      "lets it receive");
    }
    return found;
}

bool unhandled(const Context& context) {
    return context.at({"__netif_receive_skb_core", "__netif_receive_skb_one_core",
                       "__netif_receive_skb_list_core"}) &&
           context.kernel_says({"UNHANDLED_PROTO"});
}

uint16_t ethertype_of(const Context& context) {
    if (context.sample == nullptr) return 0;
    return context.sample->decoded.ethertype != 0 ? context.sample->decoded.ethertype
                                                  : context.sample->protocol;
}

// Protocols that neighbours speak all by themselves, to whoever listens.
bool is_chatter(uint16_t ethertype) {
    constexpr std::array<uint16_t, 4> kChatter = {0x8809, 0x88cc, 0x8899, 0x9000};
    const bool is_802_3 = ethertype < 0x600;  // a length: STP and other LLC
    return is_802_3 || std::find(kChatter.begin(), kChatter.end(), ethertype) != kChatter.end();
}

// IP always has its handler; a frame of it that ends here was kept from it.
bool always_handled(uint16_t ethertype) {
    return ethertype == 0x0800 || ethertype == 0x0806;
}

// LLC frames that reached the LLC layer and found no taker there.
std::optional<Conclusion> unclaimed_llc(const Context& context) {
    if (!context.at({"llc_rcv", "stp_pdu_rcv"}) || !context.says_nothing()) return std::nullopt;
    Conclusion found = likely(Verdict::Harmless,
                              "an LLC frame (spanning tree and the like) that "
                              "nobody here listens to");
    return found.with(packet_evidence("EtherType", "802.3 length"));
}

bool may_be_a_bond_slave(const Context& context) {
    const model::Link* master = context.master();
    if (context.link() == nullptr) return true;
    return context.link()->master != 0 &&
           (master == nullptr || master->kind == "bond" || master->kind == "team");
}

std::optional<Conclusion> no_protocol_handler(const Context& context) {
    if (!unhandled(context)) return unclaimed_llc(context);
    const uint16_t type = ethertype_of(context);
    if (context.returned("bond_handle_frame") == kExact || always_handled(type)) {
        return std::nullopt;
    }
    if (context.sample == nullptr) {
        return likely(Verdict::Unknown, "nothing here handles the frame's EtherType");
    }
    const bool watched_bond = context.silent("bond_handle_frame");
    const bool proven = !may_be_a_bond_slave(context) || watched_bond;
    const std::string name = type < 0x600 ? "802.3 frames" : model::ethertype_name(type);
    Conclusion found =
        when(proven && type != 0, is_chatter(type) ? Verdict::Harmless : Verdict::Lost,
             fmt::format("nothing here handles {} on {}", name, context.device_or("the device")));
    found.with(packet_evidence("EtherType", fmt::format("{:#06x}", type)))
        .with(context.counter("link." + context.device() + ".rx_dropped"));
    return found;
}

// What a backup slave of an active-backup bond gets by broadcast, the active one gets as well.
Verdict slave_verdict(const Context& context) {
    const model::Link* bond = context.master();
    const bool spread = context.sample != nullptr &&
                        (context.sample->packet_type == 1 || context.sample->packet_type == 2);
    const bool backup = bond != nullptr && bond->bond_mode == "active-backup";
    return spread && backup ? Verdict::Harmless : Verdict::Lost;
}

std::string slave_text(const model::BondPort& port) {
    std::string text = port.state;
    if (port.aggregator) text += fmt::format(", aggregator {}", *port.aggregator);
    if (port.partner_oper_port_state) {
        text += fmt::format(", partner state {}", *port.partner_oper_port_state);
    }
    return text;
}

std::optional<Conclusion> bond_inactive(const Context& context) {
    if (!unhandled(context)) return std::nullopt;
    const bool exact = context.returned("bond_handle_frame") == kExact;
    const model::Link* slave = context.link();
    const bool backup = slave != nullptr && slave->bond_port && slave->bond_port->state == "backup";
    if (!exact && (!backup || context.silent("bond_handle_frame"))) return std::nullopt;
    const model::Link* bond = context.master();
    std::string sentence = fmt::format("{} is an inactive slave", context.device_or("the device"));
    if (bond != nullptr) {
        sentence += fmt::format(" of {} ({})", bond->name, bond->bond_mode);
    } else {
        sentence += " of its bond";
    }
    sentence += ", which takes nothing from it";
    Conclusion found = when(exact, slave_verdict(context), std::move(sentence));
    found.with(context.return_of("bond_handle_frame"));
    if (slave != nullptr && slave->bond_port) {
        const std::string text = slave_text(*slave->bond_port);
        found.with(link_evidence(slave->name, text));
        found.set("link", slave->name, text);
    }
    found.with(context.counter("link." + context.device() + ".rx_nohandler"));
    if (bond != nullptr) {
        found.attempt(context.here("cat " + shell_word("/proc/net/bonding/" + bond->name)),
                      "shows why this slave is not the active one");
    }
    return found;
}

}  // namespace

std::vector<Cause> l2_causes() {
    const std::vector<std::string_view> receive = {"__netif_receive_skb_core",
                                                   "__netif_receive_skb_one_core",
                                                   "__netif_receive_skb_list_core"};
    return {
        {.id = "not-our-mac",
         .title = "The frame was for another host's MAC",
         .facts = "freed in ip_rcv_core or ip6_rcv_core for OTHERHOST; the frame's destination MAC "
                  "and the device's own",
         .certainty = "certain with both addresses; likely without. Harmless on a promiscuous "
                      "device",
         .places = {"ip_rcv_core", "ip6_rcv_core"},
         .match = not_our_mac},
        {.id = "vlan-unknown",
         .title = "A VLAN id that no device here has",
         .facts = "OTHERHOST although the destination MAC is the device's own or a group's; "
                  "vlan_do_receive = 0 with the VLAN id",
         .certainty = "certain with the return value; likely from the MAC alone",
         .places = {"ip_rcv_core", "ip6_rcv_core"},
         .match = vlan_unknown},
        {.id = "vlan-down",
         .title = "The VLAN device is down",
         .facts = "freed in vlan_do_receive without a reason; the VLAN device of that id is not UP",
         .certainty = "certain with the id and the device's state; else likely",
         .places = {"vlan_do_receive"},
         .match = vlan_down},
        {.id = "no-protocol-handler",
         .title = "No handler for the EtherType",
         .facts = "freed in __netif_receive_skb_core for UNHANDLED_PROTO; the EtherType; the "
                  "device is no bond slave, or bond_handle_frame was watched",
         .certainty = "certain with all three; else likely. Harmless for LACP, LLDP, spanning tree",
         .places =
             [&] {
                 auto places = receive;
                 places.insert(places.end(), {"llc_rcv", "stp_pdu_rcv"});
                 return places;
             }(),
         .match = no_protocol_handler},
        {.id = "bond-inactive",
         .title = "Received on an inactive slave of a bond",
         .facts = "freed in __netif_receive_skb_core for UNHANDLED_PROTO; bond_handle_frame = 2 "
                  "(RX_HANDLER_EXACT)",
         .certainty = "certain with both; likely when only the slave's state says backup. Harmless "
                      "for broadcast in active-backup",
         .places = receive,
         .match = bond_inactive},
    };
}

}  // namespace knowhy::explain
