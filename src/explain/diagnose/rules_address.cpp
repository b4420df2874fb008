// Addresses of this host among each other, and IPv6's own checks.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "explain/context.h"
#include "explain/diagnose/rule.h"

namespace knowhy::explain {
namespace {

Evidence address_on(const model::Address& address, const std::string& device) {
    const std::string text = address.prefix.text();
    return state_evidence(Evidence::Kind::Address, text, text + " on " + device);
}

// Addresses that two devices may not share without a reason: IPv4 in a subnet of more than one, on
// devices that are up and take part in routing by themselves.
bool counts(const Inspection& inspection, const model::Address& address) {
    if (!address.prefix.address.is_v4() || address.prefix.length >= 31) return false;
    if (address.scope != "global") return false;
    const model::Link* link = inspection.state.link(address.ifindex);
    return link != nullptr && link->is_up() && link->type != "loopback" && link->kind != "dummy" &&
           inspection.master_of(*link) == nullptr;
}

void duplicate_address(const Inspection& inspection, const Report& report) {
    std::map<model::IpAddress, const model::Address*> owners;
    for (const model::Address& address : inspection.state.addresses) {
        if (!counts(inspection, address)) continue;
        const auto [owner, is_new] = owners.try_emplace(address.prefix.address, &address);
        if (is_new || owner->second->ifindex == address.ifindex) continue;
        const std::string here = inspection.device_name(address.ifindex);
        const std::string there = inspection.device_name(owner->second->ifindex);
        Conclusion found = fault(true, fmt::format("{} is the address of both {} and {}",
                                                   address.prefix.address.text(), there, here));
        found.with(address_on(*owner->second, there)).with(address_on(address, here));
        found.subject = address.prefix.address.text();
        report(here, std::move(found));
    }
}

model::IpAddress network_of(const model::Prefix& prefix) {
    const uint32_t mask = prefix.length == 0 ? 0 : UINT32_MAX << (32U - prefix.length);
    const uint32_t network = prefix.address.v4_host() & mask;
    const std::array<uint8_t, 4> bytes = {
        static_cast<uint8_t>(network >> 24U), static_cast<uint8_t>(network >> 16U),
        static_cast<uint8_t>(network >> 8U), static_cast<uint8_t>(network)};
    return model::IpAddress::v4(bytes);
}

void subnet_twice(const Inspection& inspection, const Report& report) {
    // Someone who adds rules routes by source, and then two devices in one subnet are meant.
    if (!inspection.only_standard_rules()) return;
    std::map<std::pair<model::IpAddress, uint8_t>, const model::Address*> owners;
    for (const model::Address& address : inspection.state.addresses) {
        if (!counts(inspection, address)) continue;
        const model::IpAddress network = network_of(address.prefix);
        const auto [owner, is_new] = owners.try_emplace({network, address.prefix.length}, &address);
        const model::Address& first = *owner->second;
        const bool same =
            first.ifindex == address.ifindex || first.prefix.address == address.prefix.address;
        if (is_new || same) continue;
        const std::string here = inspection.device_name(address.ifindex);
        const std::string there = inspection.device_name(first.ifindex);
        Conclusion found =
            fault(false,
                  fmt::format("{}/{} is on both {} and {}: the host answers ARP for either address "
                              "on both, sends through one of them only, and cannot reach one from "
                              "the other through the wire",
                              network.text(), address.prefix.length, there, here));
        found.with(address_on(first, there)).with(address_on(address, here));
        found.subject = network.text();
        report(here, std::move(found));
    }
}

bool asks_by_arp(const Inspection& inspection, const model::Address& address) {
    const model::Link* link = inspection.state.link(address.ifindex);
    return link != nullptr && link->type == "ether";
}

// A subnet that is a part of another device's: who is in it can be reached through one of the two.
void subnet_in_subnet(const Inspection& inspection, const Report& report) {
    if (!inspection.only_standard_rules()) return;
    const auto& addresses = inspection.state.addresses;
    for (const model::Address& inner : addresses) {
        if (!counts(inspection, inner) || !asks_by_arp(inspection, inner)) continue;
        const auto outer =
            std::find_if(addresses.begin(), addresses.end(), [&](const model::Address& other) {
                return counts(inspection, other) && asks_by_arp(inspection, other) &&
                       other.ifindex != inner.ifindex &&
                       other.prefix.length < inner.prefix.length &&
                       other.prefix.contains(inner.prefix.address);
            });
        if (outer == addresses.end()) continue;
        const std::string here = inspection.device_name(inner.ifindex);
        const std::string there = inspection.device_name(outer->ifindex);
        const std::string part =
            fmt::format("{}/{}", network_of(inner.prefix).text(), inner.prefix.length);
        const std::string whole =
            fmt::format("{}/{}", network_of(outer->prefix).text(), outer->prefix.length);
        Conclusion found = fault(
            false, fmt::format("{} on {} is a part of {} on {}: hosts on {} with such addresses "
                               "are looked for on {}, and are not reached",
                               part, here, whole, there, there, here));
        found.with(address_on(inner, here)).with(address_on(*outer, there));
        found.subject = part;
        report(here, std::move(found));
    }
}

void tentative(const Inspection& inspection, const Report& report) {
    constexpr uint64_t kLong = 5000;  // ms; one probe and its answer take two seconds at most
    for (const model::Address& address : inspection.state.addresses) {
        if (!address.tentative || address.dad_failed || address.scope != "global") continue;
        const model::Link* link = inspection.state.link(address.ifindex);
        if (link == nullptr || !link->is_up() || address.tentative_ms.value_or(0) < kLong) continue;
        const bool waits = link->carrier == false;
        Conclusion found =
            fault(waits, fmt::format("{} on {} is not used yet, {} s after it was added: duplicate "
                                     "address detection {}",
                                     address.prefix.address.text(), link->name,
                                     *address.tentative_ms / 1000,
                                     waits ? "waits for a carrier" : "has not ended"));
        found.with(address_on(address, link->name));
        found.with(link_evidence("flags of the address", "tentative"));
        found.with(link_evidence("operstate of " + link->name, link->operstate));
        const std::string probes = fmt::format("net.ipv6.conf.{}.dad_transmits", link->name);
        if (!waits) found.with(inspection.sysctl_evidence(probes));
        found.subject = address.prefix.text();
        report(link->name, std::move(found));
    }
}

void duplicate_detected(const Inspection& inspection, const Report& report) {
    for (const model::Address& address : inspection.state.addresses) {
        if (!address.dad_failed) continue;
        const std::string device = inspection.device_name(address.ifindex);
        Conclusion found = fault(
            true,
            fmt::format("{} on {} is not used: duplicate address detection found that another "
                        "host has it",
                        address.prefix.address.text(), device));
        found.with(address_on(address, device));
        found.with(link_evidence("flags of the address", "dadfailed"));
        found.subject = address.prefix.text();
        report(device, std::move(found));
    }
}

bool has_global(const Inspection& inspection, uint32_t ifindex, int family) {
    return std::any_of(inspection.state.addresses.begin(), inspection.state.addresses.end(),
                       [&](const model::Address& address) {
                           return address.ifindex == ifindex && address.scope == "global" &&
                                  address.prefix.address.family() == family;
                       });
}

void ipv6_disabled(const Inspection& inspection, const Report& report) {
    const auto& links = inspection.state.links;
    const bool in_use = std::any_of(links.begin(), links.end(), [&](const model::Link& link) {
        return link.type != "loopback" && has_global(inspection, link.ifindex, 6);
    });
    if (!in_use) return;
    for (const model::Link& link : links) {
        const std::string name = fmt::format("net.ipv6.conf.{}.disable_ipv6", link.name);
        if (!link.is_up() || inspection.setting(name) != 1) continue;
        if (!has_global(inspection, link.ifindex, 4)) continue;
        Conclusion found =
            fault(false, fmt::format("IPv6 is off on {} alone: other devices here have global IPv6 "
                                     "addresses, and it has IPv4's",
                                     link.name));
        found.with(inspection.sysctl_evidence(name));
        found.set("sysctl", name, "1");
        found.attempt(inspection.here(fmt::format("sysctl -w {}=0", shell_word(name))),
                      "turns it on, if it is not off on purpose");
        report(link.name, std::move(found));
    }
}

}  // namespace

std::vector<Rule> address_rules() {
    return {
        {.id = "duplicate-address",
         .title = "Two devices have the same address",
         .facts = "IPv4 addresses of devices that are up, /32 and /31 left out, as are lo, dummies "
                  "and ports of a master",
         .certainty = "certain",
         .remedy = "Which of the two answers is chance",
         .inspect = duplicate_address},
        {.id = "subnet-on-two-devices",
         .title = "Two devices are in one subnet",
         .facts = "as for duplicate-address; silent where rules beyond the standard ones route",
         .certainty = "likely: it may be meant",
         .remedy = "Bond the two, bridge them, or route by source with a table for each",
         .inspect = subnet_twice},
        {.id = "subnet-in-subnet",
         .title = "A device's subnet is a part of another device's",
         .facts = "as for subnet-on-two-devices; Ethernet devices",
         .certainty = "likely: it may be meant",
         .remedy = "The longer prefix is routed first. Give one of the two other addresses, or "
                   "answer for the hosts behind it (proxy_arp)",
         .inspect = subnet_in_subnet},
        {.id = "ipv6-tentative",
         .title = "An IPv6 address stays tentative",
         .facts = "the address's flags and age, the carrier of its device; global addresses, "
                  "after five seconds",
         .certainty = "certain without a carrier, for which the kernel waits; else likely",
         .remedy = "Until duplicate address detection has ended, nothing is sent from the address "
                   "and nobody can reach it",
         .sysctls = {"net.ipv6.conf.{dev}.dad_transmits"},
         .inspect = tentative},
        {.id = "ipv6-duplicate",
         .title = "Another host has this IPv6 address",
         .facts = "the address's flag that duplicate address detection failed",
         .certainty = "certain",
         .remedy = "The address is not used until it is removed and added again",
         .inspect = duplicate_detected},
        {.id = "ipv6-disabled",
         .title = "IPv6 is off on one device of a host that uses it",
         .facts = "disable_ipv6; global addresses of both families",
         .certainty = "likely: it may be meant",
         .remedy = "The device has no IPv6 address, and nothing is received there over IPv6",
         .sysctls = {"net.ipv6.conf.{dev}.disable_ipv6"},
         .inspect = ipv6_disabled},
    };
}

}  // namespace knowhy::explain
