// Addresses, routes, rules and neighbours.
#include <fmt/format.h>

#include "explain/compare/facts.h"
#include "explain/context.h"
#include "explain/route.h"

namespace knowhy::explain {
namespace {

using model::IpAddress;
using model::NetnsState;
using model::Route;

constexpr uint32_t kTableMain = 254;

// Made of a MAC address (RFC 4291, appendix A), or of a secret: another one on every host.
bool is_made_up(const IpAddress& address) {
    if (!address.is_v6()) return false;
    const auto bytes = address.bytes();
    return address.is_link_local() || (bytes[11] == 0xff && bytes[12] == 0xfe);
}

// Routes that the kernel makes for an address by itself: the address tells of them.
bool is_of_an_address(const Route& route) {
    return route.protocol == "kernel" && route.type != "unicast";
}

std::string family_flag(const IpAddress& address) {
    return address.is_v6() ? "-6 " : "";
}

void add_addresses(const NetnsState& state, std::vector<StateFact>& facts) {
    for (const model::Address& address : state.addresses) {
        const std::string device = device_of(state, address.ifindex);
        const std::string prefix = address.prefix.text();
        const bool made_up = is_made_up(address.prefix.address);
        StateFact fact{made_up ? Nature::Identity : Nature::Setting,
                       "address",
                       device,
                       prefix,
                       address.scope,
                       "",
                       "",
                       link_thing(device)};
        fact.set = fmt::format("ip addr add {} dev {}", prefix, shell_word(device));
        fact.unset = fmt::format("ip addr del {} dev {}", prefix, shell_word(device));
        facts.push_back(fact);
        if (address.dad_failed)
            facts.push_back({Nature::Condition, "address", device, prefix + " duplicate", "yes", "",
                             "", address_thing(address.prefix.address)});
    }
}

std::string hops_of(const NetnsState& state, const Route& route) {
    std::string words;
    if (route.gateway) words += " via " + route.gateway.text();
    if (route.out_ifindex != 0) words += " dev " + device_of(state, route.out_ifindex);
    for (const uint32_t hop : route.nexthop_ifindexes)
        words += " nexthop dev " + device_of(state, hop);
    if (route.preferred_source) words += " src " + route.preferred_source.text();
    if (route.mtu) words += fmt::format(" mtu {}", *route.mtu);
    return words.empty() ? words : words.substr(1);
}

StateFact route_fact(const NetnsState& state, const Route& route) {
    const IpAddress& to = route.destination.address;
    StateFact fact;
    fact.kind = "route";
    fact.name = route.destination.length == 0 ? to.is_v6() ? "default (IPv6)" : "default"
                                              : route.destination.text();
    if (route.table != kTableMain) fact.name += fmt::format(" table {}", route.table);
    if (route.metric) fact.name += fmt::format(" metric {}", *route.metric);
    fact.device = device_of(state, route.out_ifindex);
    const std::string hops = hops_of(state, route);
    fact.value = route.type == "unicast" ? hops
                 : hops.empty()          ? route.type
                                         : fmt::format("{} {}", route.type, hops);
    const std::string words =
        fmt::format("{}{}{}{}", route.type == "unicast" ? "" : route.type + " ",
                    route.destination.length == 0 ? "default" : route.destination.text(),
                    route.table == kTableMain ? "" : fmt::format(" table {}", route.table),
                    route.metric ? fmt::format(" metric {}", *route.metric) : "");
    const std::string ip = "ip " + family_flag(to) + "route ";
    if (route.nexthop_ifindexes.empty())
        fact.set = fmt::format("{}replace {}{}{}", ip, words, hops.empty() ? "" : " ", hops);
    fact.unset = fmt::format("{}del {}", ip, words);
    if (!fact.device.empty()) fact.depends = link_thing(fact.device);
    return fact;
}

void add_routes(const NetnsState& state, std::vector<StateFact>& facts) {
    for (const Route& route : state.routes) {
        const IpAddress& to = route.destination.address;
        if (to.is_v6() && (to.is_link_local() || to.is_multicast())) continue;  // of the addresses
        StateFact fact = route_fact(state, route);
        if (is_of_an_address(route)) {
            // IPv6 ones come when duplicate address detection ends.
            fact.nature = to.is_v6() ? Nature::Moving : Nature::Condition;
            if (route.preferred_source) fact.depends = address_thing(route.preferred_source);
        } else if (route.protocol == "kernel") {
            fact.nature = Nature::Condition;
            if (route.preferred_source) fact.depends = address_thing(route.preferred_source);
        }
        if (is_made_up(to)) fact.nature = Nature::Identity;
        if (route.linkdown)
            facts.push_back({Nature::Condition, "route", fact.device, fact.name + " linkdown",
                             "yes", "", "", fact.depends});
        facts.push_back(std::move(fact));
    }
}

void add_rules(const NetnsState& state, std::vector<StateFact>& facts) {
    for (const model::Rule& rule : state.rules) {
        StateFact fact;
        fact.kind = "rule";
        fact.name = rule_text(rule) + (rule.family == 6 ? " (IPv6)" : "");
        fact.value = rule.has_more ? "with more than can be told" : "there";
        fact.unset =
            fmt::format("ip {}rule del pref {}", rule.family == 6 ? "-6 " : "", rule.priority);
        facts.push_back(std::move(fact));
    }
}

std::string owner_words(const model::MacAddress& mac, const MacOwners& owners) {
    const auto owner = owners.find(mac);
    return owner == owners.end() ? mac.text() : "the MAC of " + owner->second;
}

bool is_local(const model::MacAddress& mac) {
    return (mac.bytes[0] & 2U) != 0;
}

StateFact neighbour_fact(const NetnsState& state, const model::Neighbour& neighbour,
                         const MacOwners& owners) {
    const std::string device = device_of(state, neighbour.ifindex);
    StateFact fact{Nature::Condition, "neighbour", device, neighbour.address.text(), "", "", "",
                   link_thing(device)};
    if (is_made_up(neighbour.address) || neighbour.address.is_multicast() ||
        neighbour.state == "NOARP") {
        fact.nature = Nature::Moving;
        fact.value = neighbour.state;
    } else if (neighbour.state == "PERMANENT" && neighbour.mac) {
        const std::string owner = owner_words(*neighbour.mac, owners);
        fact.nature = Nature::Setting;
        fact.value = "permanent, " + owner;
        fact.set = fmt::format("ip neigh replace {} lladdr {} dev {} nud permanent",
                               neighbour.address.text(), neighbour.mac->text(), shell_word(device));
        fact.unset =
            fmt::format("ip neigh del {} dev {}", neighbour.address.text(), shell_word(device));
    } else if (neighbour.state == "FAILED" || neighbour.state == "INCOMPLETE") {
        fact.value = "does not answer";
    } else {
        // How fresh an entry is, and whether it is there yet, differs from look to look.
        fact.nature = Nature::Moving;
        fact.value = "answers";
    }
    return fact;
}

// On a host that made its MACs up, so did its neighbours: another permanent one says which host it
// is, not which setting.
void add_neighbours(const NetnsState& state, const MacOwners& owners,
                    std::vector<StateFact>& facts) {
    for (const model::Neighbour& neighbour : state.neighbours) {
        StateFact fact = neighbour_fact(state, neighbour, owners);
        const bool unknown = neighbour.mac && !owners.contains(*neighbour.mac);
        if (fact.nature == Nature::Setting && unknown && is_local(*neighbour.mac)) {
            facts.push_back({Nature::Identity, "neighbour", fact.device, fact.name + " MAC",
                             neighbour.mac->text(), fact.set, "", fact.depends});
            fact.value = "permanent";
        }
        facts.push_back(std::move(fact));
    }
}

}  // namespace

void add_address_facts(const NetnsState& state, const MacOwners& owners,
                       std::vector<StateFact>& facts) {
    add_addresses(state, facts);
    add_routes(state, facts);
    add_rules(state, facts);
    add_neighbours(state, owners, facts);
}

}  // namespace knowhy::explain
