// Lost on the way through: the hop count is used up, or the packet does not fit.
#include <fmt/format.h>

#include <algorithm>

#include "explain/causes.h"
#include "explain/route.h"

namespace knowhy::explain {
namespace {

// "10.9.0.1 > 10.55.0.1"
std::string flow_text(const Context& context) {
    const model::Ip* ip = context.ip();
    if (ip == nullptr) return "a packet to be forwarded";
    return fmt::format("{} > {}", ip->source.text(), ip->destination.text());
}

std::optional<Conclusion> hops_used_up(const Context& context, std::string_view name,
                                       const std::string& counter) {
    const model::Ip* ip = context.ip();
    const bool contradicted = ip != nullptr && ip->ttl > 1;
    if (contradicted) return std::nullopt;
    Conclusion found = when(ip != nullptr, Verdict::Lost,
                            fmt::format("the {} of {} was used up here", name, flow_text(context)));
    if (ip != nullptr) found.with(packet_evidence(std::string(name), fmt::format("{}", ip->ttl)));
    found.with(context.counter(counter));
    return found;
}

std::optional<Conclusion> ttl_exceeded(const Context& context) {
    if (!context.at({"ip_forward"}) || !context.kernel_says({"IP_INHDR"})) return std::nullopt;
    return hops_used_up(context, "TTL", "snmp.Ip.InHdrErrors");
}

std::optional<Conclusion> ipv6_hop_limit(const Context& context) {
    if (!context.at({"ip6_forward"}) || !context.kernel_says({"IP_INHDR"})) return std::nullopt;
    return hops_used_up(context, "hop limit", "snmp6.Ip6InHdrErrors");
}

// The MTU that the packet met: the route's own where it has one, else its device's.
std::optional<Evidence> mtu_ahead(const Context& context) {
    const RouteAnswer answer = input_route(context);
    if (answer.kind != RouteAnswer::Kind::Route) return std::nullopt;
    if (answer.route->mtu) {
        return state_evidence(Evidence::Kind::Route, "mtu of " + route_text(context, *answer.route),
                              fmt::format("{}", *answer.route->mtu));
    }
    const model::Link* out = context.state->link(answer.route->out_ifindex);
    if (out == nullptr) return std::nullopt;
    return link_evidence("mtu of " + out->name, fmt::format("{}", out->mtu));
}

std::optional<Conclusion> does_not_fit(const Context& context, const std::string& counter) {
    const model::Ip* ip = context.ip();
    const auto mtu = mtu_ahead(context);
    std::string sentence = flow_text(context) + " does not fit the MTU ahead";
    if (mtu && ip != nullptr) {
        sentence = fmt::format("{} bytes do not fit: the {} is {}", ip->total_length, mtu->name,
                               mtu->value);
    }
    if (ip != nullptr && ip->source.is_v4()) sentence += ", and DF forbids to fragment";
    Conclusion found = certain(Verdict::Lost, std::move(sentence));
    if (ip != nullptr) {
        found.with(packet_evidence("length", fmt::format("{}", ip->total_length)));
    }
    if (mtu) {
        found.with(*mtu);
        found.set("link", mtu->name, mtu->value);
    }
    found.with(context.counter(counter));
    return found;
}

std::optional<Conclusion> too_big(const Context& context) {
    if (!context.at({"ip_forward"}) || !context.kernel_says({"PKT_TOO_BIG"})) return std::nullopt;
    return does_not_fit(context, "snmp.Ip.FragFails");
}

std::optional<Conclusion> ipv6_too_big(const Context& context) {
    if (!context.at({"ip6_forward"}) || !context.kernel_says({"PKT_TOO_BIG"})) return std::nullopt;
    return does_not_fit(context, "snmp6.Ip6InTooBigErrors");
}

}  // namespace

std::vector<Cause> forwarding_causes() {
    return {
        {.id = "ttl-exceeded",
         .title = "TTL used up",
         .facts = "freed in ip_forward for IP_INHDR, which it gives for nothing else",
         .certainty = "certain when the packet shows it; likely when it was not seen",
         .places = {"ip_forward"},
         .match = ttl_exceeded},
        {.id = "too-big",
         .title = "Too big for the next link, with DF set",
         .facts = "freed in ip_forward for PKT_TOO_BIG; the MTU from the snapshot's route",
         .certainty = "certain",
         .places = {"ip_forward"},
         .match = too_big},
        {.id = "ipv6-hop-limit",
         .title = "IPv6: hop limit used up",
         .facts = "freed in ip6_forward for IP_INHDR, which it gives for nothing else",
         .certainty = "certain when the packet shows it; likely when it was not seen",
         .places = {"ip6_forward"},
         .match = ipv6_hop_limit},
        {.id = "ipv6-too-big",
         .title = "IPv6: too big for the next link",
         .facts = "freed in ip6_forward for PKT_TOO_BIG; the MTU from the snapshot's route",
         .certainty = "certain",
         .places = {"ip6_forward"},
         .match = ipv6_too_big},
    };
}

}  // namespace knowhy::explain
