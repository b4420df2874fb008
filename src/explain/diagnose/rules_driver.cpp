// What a driver was asked for, and what it makes of it.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "explain/context.h"
#include "explain/diagnose/rule.h"

namespace knowhy::explain {
namespace {

std::string speed_words(std::optional<uint32_t> speed) {
    return speed ? fmt::format("{} Mb/s", *speed) : "not known";
}

// Why the link is slower than both ends can.
std::string why_slower(const model::LinkSettings& settings, uint32_t possible) {
    if (settings.autoneg == false)
        return "autonegotiation is off here, so that the other end's offer is not taken";
    if (settings.advertised_speed.value_or(possible) < possible)
        return fmt::format("this end offers no more than {} Mb/s", *settings.advertised_speed);
    return "both ends offer more and settled for less, as over a bad cable";
}

void speed_below_offer(const Inspection& inspection, const Report& report) {
    for (const model::Link& link : inspection.state.links) {
        if (!Inspection::carries(link) || !link.settings) continue;
        const model::LinkSettings& settings = *link.settings;
        if (!settings.speed || !settings.partner_speed || !settings.supported_speed) continue;
        const uint32_t possible = std::min(*settings.partner_speed, *settings.supported_speed);
        if (*settings.speed >= possible) continue;
        Conclusion found =
            fault(true, fmt::format("{} runs at {} Mb/s, and its link partner offers {}: {}",
                                    link.name, *settings.speed, speed_words(settings.partner_speed),
                                    why_slower(settings, possible)));
        found.with(link_evidence("speed of " + link.name, speed_words(settings.speed)));
        found.with(
            link_evidence("fastest mode it supports", speed_words(settings.supported_speed)));
        found.with(
            link_evidence("fastest mode it advertises", speed_words(settings.advertised_speed)));
        found.with(link_evidence("fastest mode its link partner advertises",
                                 speed_words(settings.partner_speed)));
        if (settings.autoneg)
            found.set("device", "autoneg of " + link.name, *settings.autoneg ? "on" : "off");
        found.attempt(inspection.here("ethtool " + shell_word(link.name)),
                      "shows the modes of both ends");
        report(link.name, std::move(found));
    }
}

const model::LinkFeature* feature(const model::Link& link, std::string_view name) {
    const auto found = std::find_if(link.features.begin(), link.features.end(),
                                    [&](const auto& each) { return each.name == name; });
    return found != link.features.end() ? &*found : nullptr;
}

bool is_off(const model::Link& link, std::string_view name) {
    const model::LinkFeature* found = feature(link, name);
    return found != nullptr && !found->active;
}

// What keeps a feature off, as the kernel has it (net/core/dev.c, netdev_fix_features()); "" when
// that is the driver's, or the device's below.
std::string_view what_it_lacks(const model::Link& link, std::string_view name) {
    const bool segments = name.find("segmentation") != std::string_view::npos;
    if (segments && is_off(link, "tx-scatter-gather")) return "tx-scatter-gather is off";
    constexpr std::array<std::string_view, 3> kChecksums = {"tx-checksum-ip-generic",
                                                            "tx-checksum-ipv4", "tx-checksum-ipv6"};
    const auto count = [&](bool active) {
        return std::count_if(kChecksums.begin(), kChecksums.end(), [&](std::string_view checksum) {
            const model::LinkFeature* found = feature(link, checksum);
            return found != nullptr && found->active == active;
        });
    };
    const bool no_checksum = count(true) == 0 && count(false) != 0;
    if (segments && no_checksum) return "checksums are not left to the device on sending";
    const bool merges = name == "rx-lro" || name == "rx-gro-hw";
    if (merges && is_off(link, "rx-checksum")) return "rx-checksum is off";
    return "";
}

// The kernel's own, which it asks for on every device.
bool is_software(const std::string& name) {
    return name == "tx-generic-segmentation" || name == "rx-gro";
}

// Devices that have their offloads of themselves, and not of what is below or behind them.
bool has_own_features(const model::Link& link) {
    return (link.kind.empty() && link.type == "ether") || link.kind == "veth";
}

void wanted_and_off(const Inspection& inspection, const Report& report) {
    for (const model::Link& link : inspection.state.links) {
        if (!has_own_features(link)) continue;
        std::string names;
        std::string_view lacks;
        bool fixed = false;
        for (const model::LinkFeature& each : link.features) {
            if (!each.requested || each.active || is_software(each.name)) continue;
            names += (names.empty() ? "" : ", ") + each.name;
            if (lacks.empty()) lacks = what_it_lacks(link, each.name);
            fixed = fixed || each.fixed;
        }
        if (names.empty()) continue;
        const std::string driver = link.driver.empty() ? "its driver" : "driver " + link.driver;
        const std::string why = !lacks.empty() ? std::string(lacks)
                                : fixed        ? driver + " does not let it be changed"
                                               : driver + " does not turn it on";
        Conclusion found = fault(
            true, fmt::format("offloads of {} are wanted and off: {}; {}", link.name, names, why));
        found.with(link_evidence("off [requested on]", names));
        if (!link.driver.empty()) found.with(link_evidence("driver of " + link.name, link.driver));
        found.attempt(inspection.here("ethtool -k " + shell_word(link.name)),
                      "shows them as \"off [requested on]\"");
        report(link.name, std::move(found));
    }
}

}  // namespace

std::vector<Rule> driver_rules() {
    return {
        {.id = "speed-below-offer",
         .title = "A link is slower than both its ends can",
         .facts = "speed, the link modes that the device supports and advertises, and those that "
                  "its link partner advertises, as the driver tells ethtool; few drivers tell the "
                  "last",
         .certainty = "certain",
         .remedy = "One end is held to less by its settings, or the cable carries no more",
         .inspect = speed_below_offer},
        {.id = "feature-wanted-off",
         .title = "Offloads were asked for and are off",
         .facts = "the features of hardware and of veths: wanted, and not active",
         .certainty = "certain that they are off",
         .remedy = "Something else that they need is off, or the driver cannot. What they would "
                   "save, the CPU does",
         .inspect = wanted_and_off},
    };
}

}  // namespace knowhy::explain
