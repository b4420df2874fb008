// Inside a bridge: the port does not forward, the VLAN filter, isolation, nobody to send to.
#include <fmt/format.h>

#include <algorithm>

#include "explain/bridge.h"
#include "explain/causes.h"

namespace knowhy::explain {
namespace {

constexpr uint8_t kLearning = 2;    // BR_STATE_LEARNING
constexpr uint8_t kForwarding = 3;  // BR_STATE_FORWARDING

const std::vector<std::string_view> kSendingPlaces = {
    "br_handle_frame_finish", "br_dev_xmit",       "br_flood", "br_forward",
    "__br_forward",           "br_multicast_flood"};

bool says_nothing_or(const Context& context, std::string_view reason) {
    return context.says_nothing() || context.kernel_says({reason});
}

// br_handle_frame also refuses a source that is no station's, and pause frames.
bool is_refused_frame(const model::Ethernet& frame) {
    constexpr std::array<uint8_t, 6> kPause = {0x01, 0x80, 0xc2, 0x00, 0x00, 0x01};
    return frame.source.is_multicast() || frame.source == model::MacAddress{} ||
           frame.destination.bytes == kPause;
}

bool state_stops_at(const Context& context, uint8_t state) {
    const bool entered = context.at({"br_handle_frame_finish"});
    return entered ? state == kLearning : state != kForwarding && state != kLearning;
}

std::optional<Conclusion> bridge_port_blocked(const Context& context) {
    const model::Link* port = context.link();
    const bool named = context.kernel_says({"BRIDGE_INGRESS_STP_STATE"});
    const bool known = port != nullptr && port->bridge_port.has_value();
    const bool stopped = known && state_stops_at(context, port->bridge_port->state);
    const model::Decoded* packet = context.packet();
    const bool seen = packet != nullptr && packet->ethernet;
    if (!named) {
        if (!context.says_nothing() || !stopped) return std::nullopt;
        if (seen && is_refused_frame(*packet->ethernet)) return std::nullopt;
    }
    // A locked port refuses unknown sources where a learning one refuses everybody.
    const bool only_state = known && !port->bridge_port->locked;
    const model::Link* bridge = context.master();
    std::string state = "not forwarding";
    if (stopped) state = port_state_name(port->bridge_port->state);
    std::string sentence =
        fmt::format("the bridge port {} is {}", context.device_or("it came in by"), state);
    const bool bridge_down = bridge != nullptr && !bridge->is_up();
    if (bridge_down) sentence += fmt::format(", because the bridge {} is down", bridge->name);
    Conclusion found = when(named || (seen && only_state), Verdict::Lost, std::move(sentence));
    if (known) {
        const std::string text = port_state_name(port->bridge_port->state);
        found.with(link_evidence("state of " + port->name, text));
        found.set("link", port->name, text);
    }
    if (bridge_down) {
        found.attempt(context.here(fmt::format("ip link set {} up", shell_word(bridge->name))),
                      "starts the bridge");
    } else if (known) {
        found.attempt(context.here("bridge -d link show dev " + shell_word(port->name)),
                      "shows the port's state, and whether spanning tree set it");
    }
    return found;
}

std::string vlan_list(const model::Link& link) {
    std::string text;
    for (const auto& one : link.vlans)
        text += fmt::format("{}{}", text.empty() ? "" : ", ", one.id);
    return text.empty() ? "none" : text;
}

std::optional<Conclusion> vlan_ingress(const Context& context) {
    const model::Link* port = context.link();
    const model::Link* bridge = port != nullptr && port->kind == "bridge" ? port : context.master();
    const bool filters = bridge != nullptr && bridge->vlan_filtering.value_or(false);
    const auto view = view_bridge(context);
    const bool untagged_without_pvid = view && !view->vlan;
    std::string what = "the frame";
    if (view && view->vlan) what = fmt::format("a frame of VLAN {}", *view->vlan);
    if (untagged_without_pvid) what = "an untagged frame";
    Conclusion found = when(filters && port != nullptr, Verdict::Lost,
                            fmt::format("the VLAN filter of the bridge does not let {} in by {}",
                                        what, context.device_or("its port")));
    if (port != nullptr) {
        found.with(link_evidence("VLANs of " + port->name, vlan_list(*port)));
        found.set("link", "VLANs of " + port->name, vlan_list(*port));
        found.attempt(context.here("bridge vlan show dev " + shell_word(port->name)),
                      "shows what the port lets in");
    }
    return found;
}

// True when every port that could have taken the frame refused it for this one reason.
bool all_refused_for(const BridgeView& view, Refused why) {
    return !view.egress.empty() &&
           std::all_of(view.egress.begin(), view.egress.end(),
                       [&](const EgressPort& port) { return port.why == why; });
}

bool at_sending(const Context& context) {
    const auto& places = kSendingPlaces;
    const bool here =
        std::find(places.begin(), places.end(), context.group.place.function) != places.end();
    return here && says_nothing_or(context, "NO_TX_TARGET");
}

// At the sending side the cause is computed from the bridge as it was read, so all of it must have
// been read. A learning or locked ingress port would have ended the frame at the same place.
bool view_is_sure(const Context& context, const BridgeView& view) {
    const bool ingress_fine =
        view.ingress == nullptr ||
        (view.ingress->bridge_port->state == kForwarding && !view.ingress->bridge_port->locked);
    return context.state->complete && ingress_fine;
}

void tell_ports(const BridgeView& view, std::string_view what, Conclusion& found) {
    for (const EgressPort& port : view.egress) {
        found.with(link_evidence(port.link->name, std::string(what)));
        found.set("link", port.link->name, std::string(what));
    }
}

std::optional<Conclusion> vlan_egress(const Context& context) {
    const auto view = view_bridge(context);
    if (!at_sending(context) || !view || !all_refused_for(*view, Refused::Vlan)) {
        return std::nullopt;
    }
    Conclusion found = when(view_is_sure(context, *view), Verdict::Lost,
                            fmt::format("no port of {} that could take the frame has VLAN {}",
                                        view->bridge->name, *view->vlan));
    for (const EgressPort& port : view->egress) {
        found.with(link_evidence("VLANs of " + port.link->name, vlan_list(*port.link)));
    }
    found.attempt(context.here("bridge vlan show"), "shows which port carries which VLAN");
    return found;
}

std::optional<Conclusion> bridge_vlan(const Context& context) {
    const bool ingress =
        context.at({"br_allowed_ingress", "__allowed_ingress"}) && context.says_nothing();
    return ingress ? vlan_ingress(context) : vlan_egress(context);
}

std::optional<Conclusion> bridge_isolated(const Context& context) {
    const auto view = view_bridge(context);
    if (!at_sending(context) || !view || !all_refused_for(*view, Refused::Isolated)) {
        return std::nullopt;
    }
    Conclusion found =
        when(view_is_sure(context, *view), Verdict::Lost,
             fmt::format("{} is isolated, and so is {}", view->ingress->name,
                         view->known_destination ? view->egress.front().link->name
                                                 : std::string("every port that could take it")));
    found.with(link_evidence(view->ingress->name, "isolated"));
    tell_ports(*view, "isolated", found);
    found.attempt(context.here(fmt::format("bridge link set dev {} isolated off",
                                           shell_word(view->ingress->name))),
                  "lets it speak to isolated ports");
    return found;
}

std::string_view refusal_text(Refused why) {
    switch (why) {
        case Refused::SamePort:
            return "the port it came from (hairpin is off)";
        case Refused::NotForwarding:
            return "not forwarding";
        case Refused::Isolated:
            return "isolated";
        case Refused::Vlan:
            return "not in the VLAN";
        case Refused::FloodOff:
            return "does not take unknown destinations";
        case Refused::Not:
            break;
    }
    return "would have taken it";
}

std::optional<Conclusion> bridge_no_egress(const Context& context) {
    if (!at_sending(context)) return std::nullopt;
    const auto view = view_bridge(context);
    const bool named = context.kernel_says({"NO_TX_TARGET"});
    if (!view) {
        return likely(Verdict::Unknown, "the bridge found no port to send the frame to");
    }
    if (all_refused_for(*view, Refused::Vlan) || all_refused_for(*view, Refused::Isolated)) {
        return std::nullopt;
    }
    const bool none_takes =
        std::none_of(view->egress.begin(), view->egress.end(),
                     [](const EgressPort& port) { return port.why == Refused::Not; });
    // With a single port, or while it starts, a bridge has nobody to send to, and nobody misses it.
    const Verdict verdict = view->egress.empty() ? Verdict::Harmless : Verdict::Lost;
    Conclusion found = when((named || view_is_sure(context, *view)) && none_takes, verdict,
                            fmt::format("{} has no port to send the frame to", view->bridge->name));
    if (view->egress.empty()) found.with(link_evidence(view->bridge->name, "no other port"));
    for (const EgressPort& port : view->egress) {
        found.with(link_evidence(port.link->name, std::string(refusal_text(port.why))));
    }
    return found;
}

}  // namespace

std::vector<Cause> bridge_causes() {
    return {
        {.id = "bridge-port-blocked",
         .title = "The bridge port does not forward",
         .facts = "freed in br_handle_frame (disabled, listening, blocking) or "
                  "br_handle_frame_finish (learning) without a reason; the port's state; an "
                  "ordinary frame",
         .certainty = "certain with all three, or when the kernel says BRIDGE_INGRESS_STP_STATE; "
                      "else likely",
         .reasons = {"BRIDGE_INGRESS_STP_STATE"},
         .places = {"br_handle_frame", "br_handle_frame_finish"},
         .match = bridge_port_blocked},
        {.id = "bridge-vlan",
         .title = "The bridge's VLAN filter",
         .facts = "freed in br_allowed_ingress without a reason, vlan_filtering = 1; on the way "
                  "out: every port that could take the frame lacks its VLAN",
         .certainty = "certain with all of it; else likely",
         .places =
             [] {
                 auto places = kSendingPlaces;
                 places.insert(places.end(), {"br_allowed_ingress", "__allowed_ingress"});
                 return places;
             }(),
         .match = bridge_vlan},
        {.id = "bridge-isolated",
         .title = "From an isolated bridge port to another",
         .facts = "freed where a bridge sends; the port it came by and every port that could take "
                  "it are isolated",
         .certainty = "certain when the snapshot is complete; else likely",
         .places = kSendingPlaces,
         .match = bridge_isolated},
        {.id = "bridge-no-egress",
         .title = "The bridge has no port to send to",
         .facts = "freed where a bridge sends; what each other port has against the frame",
         .certainty = "certain when no port could take it; else likely. Harmless with a single "
                      "port",
         .places = kSendingPlaces,
         .match = bridge_no_egress},
    };
}

}  // namespace knowhy::explain
