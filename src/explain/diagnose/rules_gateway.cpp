// Routes and the neighbours that they lead to.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "explain/context.h"
#include "explain/diagnose/rule.h"

namespace knowhy::explain {
namespace {

// A gateway on a device, with the first of the routes through it.
struct Gateway {
    const model::Route* route = nullptr;
    const model::Link* link = nullptr;
    size_t routes = 0;
};

// Those of devices that are up; a thousand routes through one of them are one trouble.
std::vector<Gateway> gateways(const Inspection& inspection) {
    std::map<std::pair<uint32_t, model::IpAddress>, Gateway> found;
    for (const model::Route& route : inspection.state.routes) {
        if (!route.gateway || route.type != "unicast" || route.out_ifindex == 0) continue;
        Gateway& gateway = found[{route.out_ifindex, route.gateway}];
        if (++gateway.routes > 1) continue;
        gateway.route = &route;
        gateway.link = inspection.state.link(route.out_ifindex);
    }
    std::vector<Gateway> all;
    for (const auto& [key, gateway] : found)
        if (gateway.link != nullptr && gateway.link->is_up()) all.push_back(gateway);
    return all;
}

Evidence route_evidence(const Inspection& inspection, const Gateway& gateway) {
    std::string words = inspection.route_words(*gateway.route);
    if (gateway.routes > 1) words += fmt::format(" and {} more through it", gateway.routes - 1);
    return state_evidence(Evidence::Kind::Route, "route", std::move(words));
}

// Some route without a gateway leads to it on its device.
bool is_on_link(const Inspection& inspection, const Gateway& gateway) {
    const auto& routes = inspection.state.routes;
    return std::any_of(routes.begin(), routes.end(), [&](const model::Route& other) {
        const bool direct = !other.gateway && other.type == "unicast";
        const bool same_device = other.out_ifindex == gateway.link->ifindex;
        return direct && same_device && other.destination.contains(gateway.route->gateway);
    });
}

void gateway_off_link(const Inspection& inspection, const Report& report) {
    if (!inspection.state.complete) return;
    for (const Gateway& gateway : gateways(inspection)) {
        const model::Route& route = *gateway.route;
        if (route.onlink || route.gateway.is_v6() || is_on_link(inspection, gateway)) continue;
        Conclusion found = fault(
            true, fmt::format("no route leads to the gateway {} on {}: the address that made it a "
                              "neighbour is gone",
                              route.gateway.text(), gateway.link->name));
        found.with(route_evidence(inspection, gateway));
        found.set("route", inspection.route_words(route),
                  "its gateway is in no subnet of " + gateway.link->name);
        found.subject = route.gateway.text();
        report(gateway.link->name, std::move(found));
    }
}

const model::Neighbour* neighbour_of(const Inspection& inspection, const model::Route& route) {
    for (const model::Neighbour& neighbour : inspection.state.neighbours)
        if (neighbour.ifindex == route.out_ifindex && neighbour.address == route.gateway)
            return &neighbour;
    return nullptr;
}

void gateway_unresolved(const Inspection& inspection, const Report& report) {
    for (const Gateway& gateway : gateways(inspection)) {
        const std::string address = gateway.route->gateway.text();
        const model::Neighbour* neighbour = neighbour_of(inspection, *gateway.route);
        if (neighbour == nullptr) continue;
        const bool failed = neighbour->state == "FAILED";
        if (!failed && neighbour->state != "INCOMPLETE") continue;
        const bool is_v4 = gateway.route->gateway.is_v4();
        Conclusion found =
            fault(failed, fmt::format("the gateway {} on {} does not answer {}", address,
                                      gateway.link->name, is_v4 ? "ARP" : "neighbour discovery"));
        found.with(route_evidence(inspection, gateway));
        found.with(link_evidence("neighbour " + address, neighbour->state));
        found.attempt(inspection.here(fmt::format("ip neigh show {} dev {}", address,
                                                  shell_word(gateway.link->name))),
                      "shows whether it is still so");
        found.subject = address;
        report(gateway.link->name, std::move(found));
    }
}

void route_without_carrier(const Inspection& inspection, const Report& report) {
    for (const Gateway& gateway : gateways(inspection)) {
        if (gateway.link->carrier.value_or(true)) continue;
        Conclusion found =
            fault(true, fmt::format("the route {} leads to {}, which has no carrier",
                                    inspection.route_words(*gateway.route), gateway.link->name));
        found.with(route_evidence(inspection, gateway));
        found.with(link_evidence("operstate of " + gateway.link->name, gateway.link->operstate));
        found.subject = gateway.route->gateway.text();
        report(gateway.link->name, std::move(found));
    }
}

// Hosts that are gone fail one by one. A device where many fail and nobody answers has another
// trouble.
void nobody_answers(const Inspection& inspection, const Report& report) {
    constexpr unsigned kMany = 3;
    struct Sum {
        unsigned failed = 0;
        unsigned good = 0;
        std::string names;
    };
    std::map<uint32_t, Sum> devices;
    for (const model::Neighbour& neighbour : inspection.state.neighbours) {
        if (!neighbour.address.is_v4()) continue;
        Sum& sum = devices[neighbour.ifindex];
        const bool failed = neighbour.state == "FAILED" || neighbour.state == "INCOMPLETE";
        const bool learnt = !failed && neighbour.state != "NOARP" && neighbour.state != "PERMANENT";
        if (learnt) ++sum.good;
        if (!failed) continue;
        if (++sum.failed <= kMany)
            sum.names += (sum.names.empty() ? "" : ", ") + neighbour.address.text();
    }
    for (const auto& [ifindex, sum] : devices) {
        if (sum.failed < kMany || sum.good != 0) continue;
        const std::string device = inspection.device_name(ifindex);
        Conclusion found =
            fault(false, fmt::format("nobody answers ARP on {}: {} neighbours were asked for, and "
                                     "none is known",
                                     device, sum.failed));
        found.with(link_evidence("without an answer", sum.names));
        report(device, std::move(found));
    }
}

}  // namespace

std::vector<Rule> gateway_rules() {
    return {
        {.id = "gateway-off-link",
         .title = "No route leads to a route's gateway",
         .facts = "all IPv4 routes; a gateway needs a route without one on its device, or the flag "
                  "onlink",
         .certainty = "certain",
         .remedy =
             "Removing an address removes its subnet's route, not the routes through gateways "
             "in it",
         .inspect = gateway_off_link},
        {.id = "gateway-unresolved",
         .title = "A gateway does not answer",
         .facts = "routes, and the gateway's entry among the neighbours",
         .certainty = "certain when its state is FAILED; likely while it is INCOMPLETE",
         .remedy = "It is down, or not on this wire; a wrong VLAN does the same",
         .inspect = gateway_unresolved},
        {.id = "route-no-carrier",
         .title = "A route leads to a device without carrier",
         .facts = "routes through gateways, the device's carrier",
         .certainty = "certain",
         .remedy = "What takes the route is lost, unless ignore_routes_with_linkdown is set",
         .inspect = route_without_carrier},
        {.id = "neighbours-silent",
         .title = "Nobody answers ARP on a device",
         .facts = "three neighbours or more that failed, and none that is known",
         .certainty = "likely",
         .remedy = "The wrong VLAN or wire, a filter, or an address in the wrong subnet",
         .inspect = nobody_answers},
    };
}

}  // namespace knowhy::explain
