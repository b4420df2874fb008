// Refused for where it goes: a martian destination, a multicast group nobody joined, unicast in a
// broadcast frame.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "explain/causes.h"
#include "explain/ipv4_input.h"
#include "explain/setting.h"

namespace knowhy::explain {
namespace {

std::optional<Conclusion> destination_martian(const Context& context) {
    const model::Ip* ip = context.ip4();
    const bool named = context.kernel_says({"IP_INVALID_DEST"});
    const bool shown = ip != nullptr && martian_kind(*ip) == Martian::Destination;
    if (!named) {
        const bool validated = context.returned("fib_validate_source").has_value();
        if (!context.says_nothing() || !shown || validated) return std::nullopt;
        if (lookup_allowed(context)) return std::nullopt;
    }
    std::string sentence = "the destination is no address that a packet may go to";
    if (ip != nullptr) {
        sentence = fmt::format("the destination {} is no address that a packet may go to",
                               ip->destination.text());
    }
    Conclusion found =
        when(named || refused_as_martian(context), Verdict::Lost, std::move(sentence));
    if (ip != nullptr) found.with(packet_evidence("destination", ip->destination.text()));
    found.with(lookup_evidence(context)).with(context.host_counter("rt_cache.in_martian_dst"));
    return found;
}

// nullopt: the device's groups were not read.
std::optional<bool> is_joined(const Context& context, const model::IpAddress& group) {
    if (context.state == nullptr) return std::nullopt;
    const auto found = context.state->multicast_groups.find(context.device());
    if (found == context.state->multicast_groups.end()) return std::nullopt;
    return std::find(found->second.begin(), found->second.end(), group) != found->second.end();
}

std::optional<Conclusion> multicast_not_joined(const Context& context) {
    const model::Ip* ip = context.ip4();
    if (!context.says_nothing() || ip == nullptr || !ip->destination.is_multicast()) {
        return std::nullopt;
    }
    if (context.returned("ip_mc_validate_source") || context.silent("ip_route_input_noref")) {
        return std::nullopt;
    }
    const auto joined = is_joined(context, ip->destination);
    if (joined.value_or(false)) return std::nullopt;

    // A multicast router takes groups that no socket joined.
    const auto forwarding = device_setting(context, "ipv4", "mc_forwarding", Combine::And);
    const bool proven = context.returned("ip_route_input_noref") == -EINVAL &&
                        context.silent("ip_mc_validate_source") && joined.has_value() &&
                        forwarding.is(0);
    const std::string group = ip->destination.text();
    // Whoever asks for the group by name misses it; to everybody else it is other hosts' traffic.
    const bool asked_for = context.observation.filter.find(group) != std::string::npos;
    Conclusion found = when(proven, asked_for ? Verdict::Lost : Verdict::Harmless,
                            fmt::format("nobody here joined the multicast group {} on {}", group,
                                        context.device_or("the device")));
    found.with(context.return_of("ip_route_input_noref"))
        .with(packet_evidence("destination", group));
    if (joined) {
        found.with(state_evidence(Evidence::Kind::Address, "groups of " + context.device(),
                                  group + " is not among them"));
    }
    forwarding.tell(context, found);
    found.attempt(context.here("ip maddr show dev " + shell_word(context.device())),
                  "shows which groups are joined");
    return found;
}

// ip_forward takes nothing that came in a broadcast or multicast frame.
std::optional<Conclusion> broadcast_not_forwarded(const Context& context) {
    const bool foreign_frame = context.sample != nullptr && context.sample->packet_type != 0;
    const model::Ip* ip = context.ip4();
    if (!context.at({"ip_forward"}) || !context.says_nothing() || !foreign_frame || ip == nullptr) {
        return std::nullopt;
    }
    Conclusion found = certain(
        Verdict::Harmless,
        fmt::format("{} came in a broadcast or multicast frame, and such frames are not forwarded",
                    ip->destination.text()));
    found.with(packet_evidence("packet type", fmt::format("{}", context.sample->packet_type)));
    return found;
}

std::optional<Conclusion> l2_broadcast_unicast(const Context& context) {
    if (!context.kernel_says({"UNICAST_IN_L2_MULTICAST"})) return broadcast_not_forwarded(context);
    const auto setting =
        device_setting(context, "ipv4", "drop_unicast_in_l2_multicast", Combine::Or);
    const model::Ip* ip = context.ip();
    Conclusion found =
        certain(Verdict::Lost,
                fmt::format("a packet to {} came in a broadcast or multicast frame on {}",
                            ip != nullptr ? ip->destination.text() : std::string("a single host"),
                            context.device_or("the device")));
    setting.tell(context, found);
    if (!context.device().empty()) {
        found.attempt(context.here("sysctl -w " + shell_word(setting.all_name + "=0") + " " +
                                   shell_word(setting.device_name + "=0")),
                      "lets such packets in");
    }
    return found;
}

}  // namespace

std::vector<Cause> ipv4_destination_causes() {
    return {
        {.id = "destination-martian",
         .title = "The destination is no address that a packet may go to",
         .facts = "ip_route_input_noref = -EINVAL without fib_validate_source; destination 0.0.0.0",
         .certainty = "certain with return value and packet, or when the kernel says "
                      "IP_INVALID_DEST; likely from the packet alone",
         .reasons = {"IP_INVALID_DEST"},
         .places = kIpv4InputPlaces,
         .match = destination_martian},
        {.id = "multicast-not-joined",
         .title = "A multicast group that nobody here joined",
         .facts = "ip_route_input_noref = -EINVAL without ip_mc_validate_source; the device's "
                  "groups lack the destination; mc_forwarding = 0",
         .certainty = "certain with all three; likely from packet and state. Harmless, unless the "
                      "filter asks for that group",
         .places = kIpv4InputPlaces,
         .sysctls = {"net.ipv4.conf.{dev}.mc_forwarding"},
         .match = multicast_not_joined},
        {.id = "l2-broadcast-unicast",
         .title = "Unicast IP in a broadcast or multicast frame",
         .facts = "the kernel's UNICAST_IN_L2_MULTICAST; or freed in ip_forward without a reason, "
                  "with a packet type other than HOST",
         .certainty = "certain. Not forwarding it is harmless, refusing it for oneself is a loss",
         .reasons = {"UNICAST_IN_L2_MULTICAST"},
         .places = {"ip_forward"},
         .sysctls = {"net.ipv4.conf.{dev}.drop_unicast_in_l2_multicast"},
         .match = l2_broadcast_unicast},
    };
}

}  // namespace knowhy::explain
