// Routing said no: no route, forwarding off, a route or rule that refuses.
#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>

#include "explain/causes.h"
#include "explain/route.h"
#include "explain/setting.h"

namespace knowhy::explain {
namespace {

// The error of the route on the packet, as a positive errno: IPv4 keeps it so, IPv6 negative.
std::optional<int> route_error(const Context& context) {
    if (context.sample == nullptr || !context.sample->dst_error) return std::nullopt;
    return std::abs(*context.sample->dst_error);
}

bool error_allows(const Context& context, int wanted) {
    return route_error(context).value_or(wanted) == wanted;
}

std::string destination_text(const Context& context) {
    const model::Ip* ip = context.ip();
    return ip != nullptr ? ip->destination.text() : std::string("the destination");
}

void tell_error(const Context& context, Conclusion& found) {
    if (const auto error = route_error(context)) {
        found.with(Evidence{Evidence::Kind::Return, "dst->error", return_text(-*error), "",
                            Evidence::Read::Event});
    }
}

void suggest_route_get(const Context& context, Conclusion& found) {
    const model::Ip* ip = context.ip();
    if (ip == nullptr || context.device().empty()) return;
    found.attempt(context.here(fmt::format("ip route get {} from {} iif {}", ip->destination.text(),
                                           ip->source.text(), shell_word(context.device()))),
                  "asks the kernel the same question");
}

// A connected socket whose route went away while it still had something to send.
std::optional<Conclusion> no_route_out(const Context& context) {
    const model::TcpHeader* tcp = context.tcp();
    // A FIN or RST that cannot leave because its device is going has nothing to deliver.
    const bool farewell = tcp != nullptr && tcp->payload_length == 0 && (tcp->fin || tcp->rst);
    Conclusion found = certain(
        farewell ? Verdict::Harmless : Verdict::Lost,
        fmt::format("the route of a connected socket to {} is gone", destination_text(context)));
    found.with(context.counter("snmp.Ip.OutNoRoutes"));
    return found;
}

std::optional<Conclusion> no_route(const Context& context) {
    if (context.kernel_says({"IP_OUTNOROUTES"})) return no_route_out(context);
    if (!context.at({"ip_error"}) || !context.kernel_says({"IP_INNOROUTES"})) return std::nullopt;
    const RouteAnswer answer = input_route(context);
    if (answer.is_rule("unreachable") || !error_allows(context, ENETUNREACH)) return std::nullopt;
    const bool absent = answer.kind == RouteAnswer::Kind::NoRoute;
    std::string sentence = "there is no route to " + destination_text(context);
    if (!absent) sentence += ", or a rule makes it unreachable";
    Conclusion found = when(absent && answer.sure, Verdict::Lost, std::move(sentence));
    tell_error(context, found);
    if (absent) {
        found.with(state_evidence(Evidence::Kind::Route, destination_text(context),
                                  "no route in any table that the rules lead to"));
    }
    found.with(context.counter("netstat.IpExt.InNoRoutes"));
    suggest_route_get(context, found);
    return found;
}

std::string forwarding_off_sentence(const Context& context, const DeviceSetting& forwarding,
                                    const RouteAnswer& answer) {
    std::string text = fmt::format("{} is not an address of this host and {} does not forward",
                                   destination_text(context), context.device_or("the device"));
    if (forwarding.is(0)) text += fmt::format(" ({}=0)", forwarding.device_name);
    if (forwarding.is(1)) text += "; forwarding is 1 now, so it was changed since";
    if (answer.kind == RouteAnswer::Kind::NoRoute) text += "; there is no route to it either";
    return text;
}

std::optional<Conclusion> forwarding_off(const Context& context) {
    if (!context.at({"ip_error"}) || !context.kernel_says({"IP_INADDRERRORS"})) {
        return std::nullopt;
    }
    const auto forwarding = device_setting(context, "ipv4", "forwarding", Combine::DeviceOnly);
    const RouteAnswer answer = input_route(context);
    Conclusion found =
        when(forwarding.is(0), Verdict::Lost, forwarding_off_sentence(context, forwarding, answer));
    tell_error(context, found);
    forwarding.tell(context, found);
    if (answer.kind == RouteAnswer::Kind::Route) {
        found.with(state_evidence(Evidence::Kind::Route, "route to " + destination_text(context),
                                  route_text(context, *answer.route)));
    }
    found.with(context.counter("snmp.Ip.InAddrErrors"));
    if (!context.device().empty()) {
        found.attempt(context.here("sysctl -w " + shell_word(forwarding.device_name + "=1")),
                      "forwards such packets (only if this host is to be a router)");
    }
    return found;
}

// What a route or rule that refuses leaves behind: its errno on the packet, and itself in the
// snapshot.
struct Refusal {
    const char* kind;  // route type and rule action
    int error;
};
constexpr Refusal kBlackhole{"blackhole", EINVAL};
constexpr Refusal kUnreachable{"unreachable", EHOSTUNREACH};
constexpr Refusal kProhibit{"prohibit", EACCES};

// Where the packets end that such a route takes: IPv4 asks ip_error; IPv6 has a function for the
// silent one and one for those that answer.
bool ends_here(const Context& context, const Refusal& refusal) {
    if (context.at({"ip_error"})) return context.says_nothing();
    const bool silent = refusal.error == EINVAL;
    if (silent) {
        return context.says_nothing() &&
               context.at({"dst_discard_out", "dst_discard", "dst_discard_sk"});
    }
    return context.at({"ip6_pkt_drop", "ip6_pkt_discard", "ip6_pkt_prohibit"}) &&
           context.kernel_says({"IP_INNOROUTES"});
}

std::optional<Conclusion> refusing_route(const Context& context, const Refusal& refusal) {
    if (!ends_here(context, refusal)) return std::nullopt;
    const bool v4 = context.at({"ip_error"});
    const auto error = route_error(context);
    const RouteAnswer answer = input_route(context);
    const bool shown = answer.is_route(refusal.kind);
    if (v4 && !error_allows(context, refusal.error)) return std::nullopt;
    if (answer.kind == RouteAnswer::Kind::Rule) return std::nullopt;
    // Something must point at it: the errno, or the route itself.
    const bool by_error = v4 && error == refusal.error;
    if (!shown && !by_error) return std::nullopt;

    const bool proven = shown && answer.sure && (by_error || !v4);
    std::string sentence =
        shown ? fmt::format("the route {} refuses packets to {}",
                            route_text(context, *answer.route), destination_text(context))
              : fmt::format("a {} route or rule refuses packets to {}", refusal.kind,
                            destination_text(context));
    Conclusion found = when(proven, Verdict::Lost, std::move(sentence));
    tell_error(context, found);
    if (shown) {
        const std::string text = route_text(context, *answer.route);
        found.with(state_evidence(Evidence::Kind::Route, destination_text(context), text));
        found.set("route", text, refusal.kind);
    }
    suggest_route_get(context, found);
    return found;
}

// An unreachable rule answers like a missing route; the others like the route of their name.
constexpr Refusal kRuleUnreachable{"unreachable", ENETUNREACH};

bool rule_ends_here(const Context& context, const Refusal& refusal) {
    if (!context.at({"ip_error"})) return false;
    return refusal.error == ENETUNREACH ? context.kernel_says({"IP_INNOROUTES"})
                                        : context.says_nothing();
}

std::optional<Conclusion> refusing_rule(const Context& context, const Refusal& refusal) {
    if (!rule_ends_here(context, refusal)) return std::nullopt;
    const RouteAnswer answer = input_route(context);
    if (!answer.is_rule(refusal.kind) || !error_allows(context, refusal.error)) {
        return std::nullopt;
    }
    const std::string text = rule_text(*answer.rule);
    const bool proven = answer.sure && route_error(context) == refusal.error;
    Conclusion found =
        when(proven, Verdict::Lost,
             fmt::format("the rule \"{}\" refuses packets to {}", text, destination_text(context)));
    tell_error(context, found);
    found.with(state_evidence(Evidence::Kind::Rule, destination_text(context), text));
    found.set("rule", text, refusal.kind);
    found.attempt(context.here("ip rule show"), "lists the rules in the order they are asked");
    return found;
}

Cause refusing_route_cause(std::string_view id, std::string_view title,
                           std::optional<Conclusion> (*match)(const Context&)) {
    return {.id = id,
            .title = title,
            .facts =
                "freed in ip_error with dst->error of that kind of route (IPv6: in "
                "dst_discard_out, ip6_pkt_drop, ip6_pkt_discard or ip6_pkt_prohibit); the route "
                "that the snapshot finds for "
                "the packet",
            .certainty =
                "certain when both agree and rules and routes were read whole; likely "
                "with one of them",
            .places = {"ip_error", "ip6_pkt_drop", "ip6_pkt_discard", "ip6_pkt_prohibit",
                       "dst_discard_out", "dst_discard", "dst_discard_sk"},
            .match = match};
}

Cause refusing_rule_cause(std::string_view id, std::string_view title,
                          std::optional<Conclusion> (*match)(const Context&)) {
    return {.id = id,
            .title = title,
            .facts =
                "freed in ip_error with dst->error of that action; the rule that the "
                "snapshot finds for the packet",
            .certainty = "certain when both agree and the rules were read whole; else likely",
            .places = {"ip_error"},
            .match = match};
}

}  // namespace

std::vector<Cause> routing_causes() {
    return {
        {.id = "no-route",
         .title = "No route to the destination",
         .facts = "freed in ip_error for IP_INNOROUTES; no route along the rules of the snapshot. "
                  "IP_OUTNOROUTES for a connected socket",
         .certainty = "certain when rules and routes were read whole and agree; else likely, "
                      "because an unreachable rule looks the same",
         .reasons = {"IP_OUTNOROUTES"},
         .places = {"ip_error"},
         .match = no_route},
        {.id = "forwarding-off",
         .title = "Not for this host, and forwarding is off",
         .facts = "freed in ip_error for IP_INADDRERRORS, which is given only while the device "
                  "does not forward; the device's forwarding = 0",
         .certainty = "certain with both; likely when the sysctl was not read or reads 1 now",
         .places = {"ip_error"},
         .sysctls = {"net.ipv4.conf.{dev}.forwarding", "net.ipv4.ip_forward"},
         .match = forwarding_off},
        refusing_route_cause(
            "route-blackhole", "A blackhole route",
            [](const Context& context) { return refusing_route(context, kBlackhole); }),
        refusing_route_cause(
            "route-unreachable", "An unreachable route",
            [](const Context& context) { return refusing_route(context, kUnreachable); }),
        refusing_route_cause(
            "route-prohibit", "A prohibit route",
            [](const Context& context) { return refusing_route(context, kProhibit); }),
        refusing_rule_cause(
            "rule-blackhole", "A blackhole rule",
            [](const Context& context) { return refusing_rule(context, kBlackhole); }),
        refusing_rule_cause(
            "rule-unreachable", "An unreachable rule",
            [](const Context& context) { return refusing_rule(context, kRuleUnreachable); }),
        refusing_rule_cause(
            "rule-prohibit", "A prohibit rule",
            [](const Context& context) { return refusing_rule(context, kProhibit); }),
    };
}

}  // namespace knowhy::explain
