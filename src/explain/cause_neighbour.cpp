// The next hop's link-layer address could not be had.
#include <fmt/format.h>

#include <algorithm>

#include "explain/causes.h"
#include "explain/route.h"

namespace knowhy::explain {
namespace {

// Who was asked for: the point around the free knows; else the route's gateway or the destination.
model::IpAddress next_hop(const Context& context) {
    const model::Fact* fact = context.around("__neigh_event_send");
    if (fact != nullptr) {
        if (const auto address = model::IpAddress::parse(fact->text("address"))) return *address;
    }
    const model::Ip* ip = context.ip();
    if (ip == nullptr) return {};
    const RouteAnswer answer = route_to(context.state, {ip->source, ip->destination, "lo", 0});
    const bool by_gateway = answer.kind == RouteAnswer::Kind::Route && answer.route->gateway;
    return by_gateway ? answer.route->gateway : ip->destination;
}

const model::Neighbour* neighbour_of(const Context& context, const model::IpAddress& address) {
    if (context.state == nullptr || !address) return nullptr;
    const auto& all = context.state->neighbours;
    const auto found = std::find_if(all.begin(), all.end(), [&](const model::Neighbour& one) {
        const bool on_device =
            context.group.key.ifindex == 0 || one.ifindex == context.group.key.ifindex;
        return on_device && one.address == address;
    });
    return found != all.end() ? &*found : nullptr;
}

bool is_unresolved(const model::Neighbour* neighbour) {
    return neighbour != nullptr &&
           (neighbour->state == "FAILED" || neighbour->state == "INCOMPLETE" || !neighbour->mac);
}

void tell_neighbour(const Context& context, const model::Neighbour* neighbour, Conclusion& found) {
    if (neighbour == nullptr) return;
    const std::string name = neighbour->address.text();
    found.with(state_evidence(
        Evidence::Kind::Address, "neighbour " + name,
        fmt::format("{} on {}", neighbour->state, context.device_name(neighbour->ifindex))));
    found.set("neighbour", name, neighbour->state);
}

std::string hop_text(const model::IpAddress& hop) {
    return hop ? hop.text() : std::string("the next hop");
}

std::optional<Conclusion> neighbour_unresolved(const Context& context) {
    const bool named = context.kernel_says({"NEIGH_FAILED"});
    const bool ipv6 = context.says_nothing() &&
                      context.at({"neigh_invalidate", "ndisc_error_report", "arp_error_report"});
    if (!named && !ipv6) return std::nullopt;
    const model::IpAddress hop = next_hop(context);
    const model::Neighbour* neighbour = neighbour_of(context, hop);
    const std::string device = context.device_or("its device");
    Conclusion found = when(named || is_unresolved(neighbour), Verdict::Lost,
                            fmt::format("{} does not answer on {}: its link-layer address is not "
                                        "known",
                                        hop_text(hop), device));
    if (hop) found.with(packet_evidence("next hop", hop.text()));
    tell_neighbour(context, neighbour, found);
    if (hop && !context.device().empty()) {
        const std::string on = shell_word(context.device());
        if (hop.is_v4()) {
            found.attempt(context.here(fmt::format("arping -I {} -c 3 {}", on, hop.text())),
                          "asks again, and shows whether anybody answers");
        }
        found.attempt(context.here(fmt::format("ip neigh show {} dev {}", hop.text(), on)),
                      "shows the entry's state");
    }
    return found;
}

std::optional<Conclusion> neighbour_queue_full(const Context& context) {
    if (!context.kernel_says({"NEIGH_QUEUEFULL"})) return std::nullopt;
    const model::IpAddress hop = next_hop(context);
    Conclusion found = certain(
        Verdict::Lost, fmt::format("more packets wait for the link-layer address of {} than the "
                                   "neighbour's queue holds",
                                   hop_text(hop)));
    const std::string family = hop.is_v6() ? "ipv6" : "ipv4";
    const std::string name =
        fmt::format("net.{}.neigh.{}.unres_qlen_bytes", family, context.device());
    if (const auto limit = context.sysctl(name)) {
        found.with(*limit);
        found.set("sysctl", name, limit->value);
    }
    tell_neighbour(context, neighbour_of(context, hop), found);
    return found;
}

// The table is the whole host's, and so are its limits: only the first namespace has them.
std::optional<Conclusion> neighbour_create_failed(const Context& context) {
    const model::IpAddress hop = next_hop(context);
    Conclusion found = certain(
        Verdict::Lost, fmt::format("no neighbour entry could be made for {} on {}: the host's "
                                   "neighbour table is full, or memory is short",
                                   hop_text(hop), context.device_or("its device")));
    if (hop) found.with(packet_evidence("next hop", hop.text()));
    const std::string name =
        fmt::format("net.{}.neigh.default.gc_thresh3", hop.is_v6() ? "ipv6" : "ipv4");
    if (const auto limit = context.sysctl(name)) {
        found.with(*limit);
        found.set("sysctl", name, limit->value);
    }
    found.attempt("sysctl " + name, "shows how many entries the host may have, of all namespaces");
    return found;
}

}  // namespace

std::vector<Cause> neighbour_causes() {
    return {
        {.id = "neighbour-unresolved",
         .title = "The next hop does not answer ARP or neighbour discovery",
         .facts = "the kernel's NEIGH_FAILED; for IPv6, which gives no reason: freed in "
                  "neigh_invalidate and the neighbour's entry is FAILED",
         .certainty = "certain with the reason or the entry; else likely",
         .reasons = {"NEIGH_FAILED"},
         .places = {"neigh_invalidate", "ndisc_error_report", "arp_error_report"},
         .match = neighbour_unresolved},
        {.id = "neighbour-queue-full",
         .title = "Too many packets wait for the next hop's address",
         .facts = "the kernel's NEIGH_QUEUEFULL",
         .certainty = "certain",
         .reasons = {"NEIGH_QUEUEFULL"},
         .sysctls = {"net.ipv4.neigh.{dev}.unres_qlen_bytes",
                     "net.ipv6.neigh.{dev}.unres_qlen_bytes"},
         .match = neighbour_queue_full},
        {.id = "neighbour-create-failed",
         .title = "No neighbour entry could be made",
         .facts = "the kernel's NEIGH_CREATEFAIL; gc_thresh3, where the namespace has it",
         .certainty = "certain; the reason does not tell a full table from a lack of memory",
         .reasons = {"NEIGH_CREATEFAIL"},
         .sysctls = {"net.ipv4.neigh.default.gc_thresh3", "net.ipv6.neigh.default.gc_thresh3"},
         .match = neighbour_create_failed},
    };
}

}  // namespace knowhy::explain
