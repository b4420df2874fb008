// Refused by IPv6: disabled, no address yet, no way on, neighbour discovery from afar.
#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>

#include "explain/causes.h"
#include "explain/nd_message.h"
#include "explain/route.h"
#include "explain/setting.h"

namespace knowhy::explain {
namespace {

constexpr uint32_t kMinimumMtu = 1280;  // RFC 8200, 5: below it a device has no IPv6 at all
const char* const kAllForwarding = "net.ipv6.conf.all.forwarding";

std::string destination_text(const Context& context) {
    const model::Ip* ip = context.ip6();
    return ip != nullptr ? ip->destination.text() : std::string("the destination");
}

bool is_multicast(const Context& context) {
    const model::Ip* ip = context.ip6();
    return ip != nullptr && ip->destination.is_multicast();
}

// "disabled" has two ways: the sysctl, or an MTU that IPv6 does not put up with.
std::optional<Conclusion> ipv6_disabled(const Context& context) {
    const auto disabled = device_setting(context, "ipv6", "disable_ipv6", Combine::DeviceOnly);
    const model::Link* link = context.link();
    const bool small = link != nullptr && link->mtu < kMinimumMtu && !disabled.is(1);
    std::string sentence = fmt::format("IPv6 is disabled on {}", context.device_or("the device"));
    if (small) sentence += fmt::format(": its MTU of {} is below {}", link->mtu, kMinimumMtu);
    if (disabled.is(0) && !small) sentence += " (not any more: disable_ipv6 is 0 now)";
    // What is sent to a group is not missed by who has no IPv6; nor are a host's own last reports.
    Conclusion found =
        certain(is_multicast(context) ? Verdict::Harmless : Verdict::Lost, std::move(sentence));
    disabled.tell(context, found);
    if (small) {
        found.with(link_evidence("mtu of " + link->name, fmt::format("{}", link->mtu)));
        found.set("link", "mtu of " + link->name, fmt::format("{}", link->mtu));
    }
    found.with(context.counter(context.at({"ip6_rcv_core"}) ? "snmp6.Ip6InDiscards"
                                                            : "snmp6.Ip6OutDiscards"));
    if (disabled.is(1) && !context.device().empty()) {
        found.attempt(context.here("sysctl -w " + shell_word(disabled.device_name + "=0")),
                      "enables IPv6 on the device");
    }
    return found;
}

bool at_forwarding(const Context& context) {
    return context.at({"ip6_forward"}) && context.kernel_says({"IP_INADDRERRORS"});
}

const model::Address* own_address(const Context& context) {
    const model::Ip* ip = context.ip6();
    if (ip == nullptr || context.state == nullptr) return nullptr;
    return context.state->local_address(ip->destination);
}

// An address has no local route until duplicate address detection is through: until then the
// packet looks like one for somebody else.
std::optional<Conclusion> ipv6_tentative(const Context& context) {
    const model::Address* own = own_address(context);
    if (!at_forwarding(context) || own == nullptr) return std::nullopt;
    const bool shows = own->tentative || own->dad_failed;
    const std::string device = context.device_name(own->ifindex);
    std::string sentence = fmt::format("{} on {} ", destination_text(context), device);
    if (own->dad_failed) sentence += "is in use by somebody else (duplicate address detection)";
    if (!own->dad_failed && shows) sentence += "is still tentative (duplicate address detection)";
    if (!shows) sentence += "is an address of this host now, and was not yet when the packet came";
    Conclusion found = when(shows, Verdict::Lost, std::move(sentence));
    const char* flag = own->dad_failed ? "dadfailed" : "tentative";
    const std::string text = fmt::format("{} on {}{}{}", own->prefix.text(), device,
                                         shows ? ", " : "", shows ? flag : "");
    found.with(state_evidence(Evidence::Kind::Address, destination_text(context), text));
    found.set("address", destination_text(context), text);
    found.with(context.counter("snmp6.Ip6InAddrErrors"));
    found.attempt(context.here("ip -6 addr show dev " + shell_word(device)),
                  "shows the address and its flags");
    return found;
}

std::optional<Conclusion> ipv6_forwarding_off(const Context& context) {
    if (!at_forwarding(context) || own_address(context) != nullptr) return std::nullopt;
    const auto forwarding = context.setting(kAllForwarding);
    // While forwarding is on the same name stands for a source that must not be forwarded.
    if (forwarding.value_or(0) != 0) return std::nullopt;
    const bool not_ours =
        context.state != nullptr && context.state->complete && context.ip6() != nullptr;
    Conclusion found =
        when(forwarding == 0 && not_ours, Verdict::Lost,
             fmt::format("{} is not an address of this host, and it does not forward IPv6{}",
                         destination_text(context), forwarding == 0 ? " (all.forwarding=0)" : ""));
    if (const auto value = context.sysctl(kAllForwarding)) {
        found.with(*value);
        found.set("sysctl", value->name, value->value);
    }
    const RouteAnswer answer = input_route(context);
    if (answer.kind == RouteAnswer::Kind::Route) {
        found.with(state_evidence(Evidence::Kind::Route, "route to " + destination_text(context),
                                  route_text(context, *answer.route)));
    }
    found.with(context.counter("snmp6.Ip6InAddrErrors"));
    found.attempt(context.here(fmt::format("sysctl -w {}=1", kAllForwarding)),
                  "forwards such packets (only if this host is to be a router)");
    return found;
}

// The error of the route on the packet: a route that refuses leaves its own.
bool error_allows_no_route(const Context& context) {
    if (context.sample == nullptr) return true;
    return std::abs(context.sample->dst_error.value_or(-ENETUNREACH)) == ENETUNREACH;
}

std::optional<Conclusion> ipv6_no_route(const Context& context) {
    const bool here =
        context.at({"ip6_pkt_drop", "ip6_pkt_discard"}) && context.kernel_says({"IP_INNOROUTES"});
    if (!here || is_multicast(context) || !error_allows_no_route(context)) return std::nullopt;
    const RouteAnswer answer = input_route(context);
    const bool refused = answer.is_route("unreachable") || answer.is_route("prohibit");
    if (refused) return std::nullopt;
    const bool absent = answer.kind == RouteAnswer::Kind::NoRoute;
    std::string sentence = "there is no IPv6 route to " + destination_text(context);
    if (!absent) sentence += ", or a route or rule refuses it";
    Conclusion found = when(absent && answer.sure, Verdict::Lost, std::move(sentence));
    if (absent) {
        found.with(state_evidence(Evidence::Kind::Route, destination_text(context),
                                  "no route in any table that the rules lead to"));
    }
    found.with(context.sysctl(kAllForwarding));
    found.with(context.counter("snmp6.Ip6InNoRoutes"));
    if (const model::Ip* ip = context.ip6(); ip != nullptr && !context.device().empty()) {
        found.attempt(
            context.here(fmt::format("ip -6 route get {} from {} iif {}", ip->destination.text(),
                                     ip->source.text(), shell_word(context.device()))),
            "asks the kernel the same question");
    }
    return found;
}

struct Named {
    const char* reason;
    const char* sentence;
};
const Named kNamed[] = {
    {"IPV6_NDISC_HOP_LIMIT", "it came from beyond the link: its hop limit is not 255"},
    {"IPV6_NDISC_FRAG", "it came in fragments, which is not allowed"},
    {"IPV6_NDISC_BAD_CODE", "its code is not 0"},
    {"IPV6_NDISC_BAD_OPTIONS", "one of its options is malformed"},
    {"PKT_TOO_SMALL", "it is cut short"},
};

std::optional<Conclusion> nd_by_name(const Context& context) {
    const bool small = context.kernel_says({"PKT_TOO_SMALL"});
    if (small && (!context.at({"icmpv6_rcv"}) || !is_nd_message(context))) return std::nullopt;
    for (const Named& one : kNamed) {
        if (!context.kernel_says({one.reason})) continue;
        const model::IcmpHeader* icmp = context.icmp();
        return certain(Verdict::Lost, fmt::format("a {} was refused: {}",
                                                  icmp != nullptr ? nd_name(icmp->type)
                                                                  : "neighbour discovery "
                                                                    "message",
                                                  one.sentence));
    }
    return std::nullopt;
}

// A router advertisement that was well-formed and not wanted.
std::optional<Conclusion> advertisement_ignored(const Context& context) {
    const model::IcmpHeader& icmp = *context.icmp();
    if (icmp.type != kRouterAdvertisement) return std::nullopt;
    if (!context.ip6()->source.is_link_local()) {
        Conclusion found =
            certain(Verdict::Lost, fmt::format("a router advertisement from {}, which is no "
                                               "link-local address",
                                               context.ip6()->source.text()));
        found.with(packet_evidence("source", context.ip6()->source.text()));
        return found;
    }
    const RouterPolicy policy = router_policy(context);
    if (policy.takes_advertisements().value_or(true)) return std::nullopt;
    const bool never = policy.accept.is(0);
    Conclusion found =
        likely(Verdict::Lost,
               fmt::format("{} takes no router advertisements{}", context.device_or("the device"),
                           never ? " (accept_ra=0)" : ": it forwards, and accept_ra is not 2"));
    policy.accept.tell(context, found);
    if (!never) policy.forwarding.tell(context, found);
    found.attempt(context.here("sysctl -w " + shell_word(policy.accept.device_name +
                                                         (policy.is_router() ? "=2" : "=1"))),
                  "takes routes and addresses from routers on this link");
    return found;
}

std::optional<Conclusion> nd_filtered(const Context& context) {
    if (auto found = nd_by_name(context)) return found;
    if (!context.says_nothing() || !context.at({"icmpv6_rcv"}) || !is_nd_message(context)) {
        return std::nullopt;
    }
    const model::IcmpHeader& icmp = *context.icmp();
    if (const uint8_t hops = context.ip6()->ttl; hops != kNdHopLimit) {
        Conclusion found = certain(
            Verdict::Lost, fmt::format("a {} from beyond the link was refused: its hop limit is {}",
                                       nd_name(icmp.type), hops));
        found.with(packet_evidence("hop limit", fmt::format("{}", hops)));
        return found;
    }
    if (icmp.code != 0) {
        Conclusion found = certain(Verdict::Lost, fmt::format("a {} was refused: its code is {}",
                                                              nd_name(icmp.type), icmp.code));
        found.with(packet_evidence("code", fmt::format("{}", icmp.code)));
        return found;
    }
    if (nd_is_well_formed(context) == false) {
        Conclusion found = certain(
            Verdict::Lost, fmt::format("a {} was refused: it is too short, its target is no single "
                                       "address, or an option of it is malformed",
                                       nd_name(icmp.type)));
        found.with(packet_evidence("length", fmt::format("{}", context.ip6()->total_length)));
        return found;
    }
    return advertisement_ignored(context);
}

}  // namespace

std::vector<Cause> ipv6_causes() {
    return {
        {.id = "ipv6-disabled",
         .title = "IPv6 is disabled on the device",
         .facts = "the kernel's IPV6DISABLED; disable_ipv6 of the device, or its MTU below 1280",
         .certainty = "certain. Harmless for multicast",
         .reasons = {"IPV6DISABLED"},
         .sysctls = {"net.ipv6.conf.{dev}.disable_ipv6"},
         .match = ipv6_disabled},
        {.id = "ipv6-tentative",
         .title = "The IPv6 address was still tentative, or is a duplicate",
         .facts = "freed in ip6_forward for IP_INADDRERRORS; the destination is an address of this "
                  "host",
         .certainty = "certain while the address is flagged tentative or dadfailed; likely when it "
                      "is not any more",
         .places = {"ip6_forward"},
         .match = ipv6_tentative},
        {.id = "ipv6-forwarding-off",
         .title = "IPv6: not for this host, and forwarding is off",
         .facts = "freed in ip6_forward for IP_INADDRERRORS; the destination is no address of this "
                  "host; all.forwarding = 0",
         .certainty = "certain with both from a whole snapshot; else likely",
         .places = {"ip6_forward"},
         .sysctls = {kAllForwarding},
         .match = ipv6_forwarding_off},
        {.id = "ipv6-no-route",
         .title = "IPv6: no route to the destination",
         .facts = "freed in ip6_pkt_drop or ip6_pkt_discard for IP_INNOROUTES; dst->error is not "
                  "that of a route that "
                  "refuses; no route along the rules of the snapshot",
         .certainty = "certain when rules and routes were read whole and agree; else likely",
         .places = {"ip6_pkt_drop", "ip6_pkt_discard"},
         .sysctls = {kAllForwarding},
         .match = ipv6_no_route},
        {.id = "nd-filtered",
         .title = "IPv6 neighbour discovery or router advertisement refused",
         .facts = "the kernel's IPV6_NDISC_HOP_LIMIT, _FRAG, _BAD_CODE or _BAD_OPTIONS; or freed "
                  "in icmpv6_rcv without a reason: type 133 to 137 with a hop limit other than "
                  "255, a code other than 0, options that do not fit, or an advertisement from no "
                  "link-local address; "
                  "accept_ra and forwarding of the device",
         .certainty = "certain by name or packet; likely for accept_ra",
         .reasons = {"IPV6_NDISC_HOP_LIMIT", "IPV6_NDISC_FRAG", "IPV6_NDISC_BAD_CODE",
                     "IPV6_NDISC_BAD_OPTIONS"},
         .places = {"icmpv6_rcv"},
         .sysctls = {"net.ipv6.conf.{dev}.accept_ra", "net.ipv6.conf.{dev}.forwarding"},
         .match = nd_filtered},
    };
}

}  // namespace knowhy::explain
