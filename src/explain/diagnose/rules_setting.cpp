// Settings that contradict each other.
#include <fmt/format.h>

#include <algorithm>

#include "explain/context.h"
#include "explain/diagnose/rule.h"

namespace knowhy::explain {
namespace {

// IPv4 alone: there each device's own value decides (IN_DEV_FORWARD), in IPv6 that of `all`.
void forwarding_half_set(const Inspection& inspection, const Report& report) {
    const std::string all = "net.ipv4.conf.all.forwarding";
    if (inspection.setting(all) != 1) return;
    for (const model::Link& link : inspection.state.links) {
        const std::string own = fmt::format("net.ipv4.conf.{}.forwarding", link.name);
        if (!link.is_up() || link.type == "loopback" || link.master != 0) continue;
        if (inspection.setting(own) != 0) continue;
        Conclusion found =
            fault(true, fmt::format("forwarding is on, and off for {}: what comes in "
                                    "there for others is dropped",
                                    link.name));
        found.with(inspection.sysctl_evidence(all));
        found.with(inspection.sysctl_evidence(own));
        found.set("sysctl", own, "0");
        found.attempt(inspection.here("sysctl -w " + shell_word(own) + "=1"),
                      "forwards from there, too");
        report(link.name, std::move(found));
    }
}

bool is_active(const model::Link& link, std::string_view feature) {
    return std::any_of(link.features.begin(), link.features.end(),
                       [&](const auto& each) { return each.name == feature && each.active; });
}

std::string forwarding_of(const std::string& device) {
    return fmt::format("net.ipv4.conf.{}.forwarding", device);
}

void lro_and_forwarding(const Inspection& inspection, const Report& report) {
    for (const model::Link& link : inspection.state.links) {
        const bool forwards = inspection.setting(forwarding_of("all")) == 1 ||
                              inspection.setting(forwarding_of(link.name)) == 1;
        if (!forwards || !is_active(link, "rx-lro")) continue;
        Conclusion found = fault(
            true,
            fmt::format("{} merges packets on receipt (LRO) and forwards them: what LRO merged "
                        "cannot be sent on as it was",
                        link.name));
        found.with(link_evidence("rx-lro of " + link.name, "on"));
        found.with(inspection.sysctl_evidence(forwarding_of("all")));
        found.attempt(inspection.here(fmt::format("ethtool -K {} lro off", shell_word(link.name))),
                      "leaves merging to GRO, which can be undone");
        report(link.name, std::move(found));
    }
}

// Made for forwarders: packets are chained, not merged, so that they can be sent on as they came.
void gro_list_at_the_end(const Inspection& inspection, const Report& report) {
    for (const model::Link& link : inspection.state.links) {
        const std::string own = forwarding_of(link.name);
        const bool forwards = inspection.setting(forwarding_of("all")) != 0 ||
                              inspection.setting(own) != 0 || link.master != 0;
        if (forwards || !is_active(link, "rx-gro-list")) continue;
        Conclusion found = fault(
            false, fmt::format("{} chains UDP packets for forwarding (rx-gro-list) and forwards "
                               "none: for sockets of this host each chain is taken apart again, "
                               "so that receiving costs more than without",
                               link.name));
        found.with(link_evidence("rx-gro-list of " + link.name, "on"));
        found.with(inspection.sysctl_evidence(own));
        found.set("feature", "rx-gro-list of " + link.name, "on");
        found.attempt(
            inspection.here(fmt::format("ethtool -K {} rx-gro-list off", shell_word(link.name))),
            "leaves plain GRO");
        report(link.name, std::move(found));
    }
}

}  // namespace

std::vector<Rule> setting_rules() {
    return {
        {.id = "forwarding-half-set",
         .title = "Forwarding is on for all devices but one",
         .facts = "IPv4's forwarding of `all` and of each device that is up",
         .certainty = "certain",
         .remedy = "Writing `all` sets every device; one that was set apart later, or by a network "
                   "manager, does not forward what it receives",
         .sysctls = {"net.ipv4.conf.{dev}.forwarding"},
         .inspect = forwarding_half_set},
        {.id = "lro-forwarding",
         .title = "A device merges packets with LRO and forwards them",
         .facts = "the feature rx-lro; forwarding",
         .certainty = "certain",
         .remedy =
             "The kernel turns LRO off when forwarding is turned on; someone turned it on again",
         .sysctls = {"net.ipv4.conf.{dev}.forwarding"},
         .inspect = lro_and_forwarding},
        {.id = "gro-list-not-forwarding",
         .title = "A device chains packets for forwarding and forwards none",
         .facts = "the feature rx-gro-list; forwarding of all and of the device; no master",
         .certainty = "likely: that UDP for sockets of this host comes in there is not seen",
         .remedy = "rx-gro-list helps a forwarder, and costs a host that receives for itself",
         .sysctls = {"net.ipv4.conf.{dev}.forwarding"},
         .inspect = gro_list_at_the_end},
    };
}

}  // namespace knowhy::explain
