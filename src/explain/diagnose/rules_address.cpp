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

// Someone who adds rules routes by source, and then two devices in one subnet are meant.
bool routes_by_rules(const Inspection& inspection) {
    return std::any_of(
        inspection.state.rules.begin(), inspection.state.rules.end(), [](const model::Rule& rule) {
            const bool standard =
                rule.priority == 0 || rule.priority == 32766 || rule.priority == 32767;
            return rule.family == 4 && !standard;
        });
}

void subnet_twice(const Inspection& inspection, const Report& report) {
    if (routes_by_rules(inspection)) return;
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
