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

void lro_and_forwarding(const Inspection& inspection, const Report& report) {
    const std::string all = "net.ipv4.conf.all.forwarding";
    for (const model::Link& link : inspection.state.links) {
        const bool forwards =
            inspection.setting(all) == 1 ||
            inspection.setting(fmt::format("net.ipv4.conf.{}.forwarding", link.name)) == 1;
        const bool merges = std::any_of(
            link.features.begin(), link.features.end(),
            [](const auto& feature) { return feature.name == "rx-lro" && feature.active; });
        if (!forwards || !merges) continue;
        Conclusion found = fault(
            true,
            fmt::format("{} merges packets on receipt (LRO) and forwards them: what LRO merged "
                        "cannot be sent on as it was",
                        link.name));
        found.with(link_evidence("rx-lro of " + link.name, "on"));
        found.with(inspection.sysctl_evidence(all));
        found.attempt(inspection.here(fmt::format("ethtool -K {} lro off", shell_word(link.name))),
                      "leaves merging to GRO, which can be undone");
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
         .in_lab = false,
         .inspect = lro_and_forwarding},
    };
}

}  // namespace knowhy::explain
