// Refused for where it comes from: the host's own address, a martian, 127/8, the reverse path.
#include <fmt/format.h>

#include <cerrno>

#include "explain/causes.h"
#include "explain/ipv4_input.h"
#include "explain/route.h"
#include "explain/setting.h"

namespace knowhy::explain {
namespace {

constexpr uint32_t kTableLocal = 255;  // RT_TABLE_LOCAL
constexpr std::string_view kMartianSource = "ip_handle_martian_source";

// fib_validate_source was asked (or may have been, where nobody watches it) and did not allow it.
bool validation_may_have_failed(const Context& context) {
    if (const auto validated = context.returned("fib_validate_source"))
        return *validated == -EINVAL;
    if (context.silent("fib_validate_source") || lookup_allowed(context)) return false;
    return lookup_returned(context).value_or(-EINVAL) == -EINVAL;
}

// How this namespace comes to own an address: "10.9.0.1/24 on v0", or a local route.
std::optional<Evidence> ownership(const Context& context, const model::IpAddress& address) {
    if (context.state == nullptr) return std::nullopt;
    if (const model::Address* own = context.state->local_address(address)) {
        return state_evidence(
            Evidence::Kind::Address, address.text(),
            fmt::format("{} on {}", own->prefix.text(), context.device_name(own->ifindex)));
    }
    const model::Route* route = context.state->lookup(address, kTableLocal);
    if (route == nullptr || route->type != "local") return std::nullopt;
    return state_evidence(Evidence::Kind::Route, address.text(), route_text(context, *route));
}

std::string owner_text(const Context& context, const model::IpAddress& address) {
    const model::Address* own =
        context.state != nullptr ? context.state->local_address(address) : nullptr;
    return own != nullptr ? fmt::format(" (dev {})", context.device_name(own->ifindex)) : "";
}

std::string source_local_sentence(const Context& context, const DeviceSetting& accept_local) {
    const model::Ip* ip = context.ip4();
    if (ip == nullptr) return "the source is one of this host's own addresses";
    std::string text = fmt::format("the source {} is one of this host's own addresses{}",
                                   ip->source.text(), owner_text(context, ip->source));
    if (accept_local.is(0)) text += fmt::format("; {} has accept_local=0", context.device());
    if (accept_local.is(1)) text += "; accept_local is 1 now, so it was changed since";
    return text;
}

// fib_validate_source refused it: seen, or all that is left. Before the first loss nobody watches
// that function, because every packet passes it. What else is a martian source to the lookup has it
// in its addresses, which the caller excludes; what else gets -EINVAL has a destination that no
// packet may be sent to.
bool validation_failed(const Context& context) {
    if (!validation_may_have_failed(context)) return false;
    if (context.returned("fib_validate_source")) return true;
    if (!lookup_returned(context) || context.silent(kMartianSource)) return false;
    if (context.returned(kMartianSource)) return true;
    const RouteAnswer answer = input_route(context);
    return answer.sure &&
           (answer.is_route("local") || answer.is_route("unicast") || answer.is_route("broadcast"));
}

std::optional<Evidence> validation_evidence(const Context& context) {
    auto seen = context.return_of("fib_validate_source");
    if (seen || !context.returned(kMartianSource)) return seen;
    return Evidence{
        Evidence::Kind::Return, "fib_validate_source",
        return_text(-EINVAL) + ": ip_handle_martian_source was called, and no address is a martian",
        "", Evidence::Read::Event};
}

std::optional<Conclusion> source_local(const Context& context) {
    const bool named = context.kernel_says({"IP_LOCAL_SOURCE"});
    const auto accept_local = device_setting(context, "ipv4", "accept_local", Combine::Or);
    std::optional<Evidence> owner;
    if (const model::Ip* ip = context.ip4()) owner = ownership(context, ip->source);
    if (!named) {
        if (!context.says_nothing() || !validation_may_have_failed(context) || !owner) {
            return std::nullopt;
        }
        if (martian_kind(*context.ip4()) != Martian::None || accept_local.is(1)) {
            return std::nullopt;
        }
    }
    const bool proven = named || (validation_failed(context) && accept_local.is(0));
    Conclusion found = when(proven, Verdict::Lost, source_local_sentence(context, accept_local));
    if (proven) found.with(validation_evidence(context));
    found.with(lookup_evidence(context));
    if (owner) {
        found.with(*owner);
        found.set(owner->kind == Evidence::Kind::Address ? "address" : "route", owner->name,
                  owner->value);
    }
    accept_local.tell(context, found);
    found.with(context.host_counter("rt_cache.in_martian_src"));
    if (!accept_local.is(1) && !context.device().empty()) {
        found.attempt(context.here("sysctl -w " + shell_word(accept_local.device_name + "=1")),
                      "lets such packets in (only if intended)");
    }
    return found;
}

std::string martian_source_sentence(const model::Ip* ip) {
    if (ip == nullptr) return "the source is no address that a packet may come from";
    const auto& source = ip->source;
    const char* what = source.is_multicast()           ? "a multicast address"
                       : source.is_limited_broadcast() ? "the limited broadcast address"
                       : source.is_unspecified()       ? "the unspecified address"
                                                       : "no address of a single host";
    return fmt::format("the source {} is {}, which no packet may come from", source.text(), what);
}

// The subnet's own broadcast address as source: refused only where the full check runs, that is
// with rp_filter or custom rules.
bool source_is_a_broadcast(const Context& context) {
    const model::Ip* ip = context.ip4();
    if (ip == nullptr || context.state == nullptr) return false;
    const model::Route* route = context.state->lookup(ip->source, kTableLocal);
    return route != nullptr && route->type == "broadcast";
}

std::optional<Conclusion> source_martian(const Context& context) {
    const model::Ip* ip = context.ip();
    const bool named = context.kernel_says({"IP_INVALID_SOURCE"});
    // IPv6 names only the header; which field it disliked is plain from the packet.
    const bool v6_multicast = context.kernel_says({"IP_INHDR"}) && context.at({"ip6_rcv_core"}) &&
                              ip != nullptr && ip->source.is_multicast();
    const bool silent = context.says_nothing();
    const bool martian = silent && context.ip4() != nullptr &&
                         martian_kind(*context.ip4()) == Martian::Source &&
                         !context.returned("fib_validate_source");
    const bool refused =
        lookup_returned(context) == -EINVAL || context.returned("ip_mc_validate_source") == -EINVAL;
    const bool broadcast = silent && source_is_a_broadcast(context) &&
                           context.returned("fib_validate_source") == -EINVAL;
    if (!named && !v6_multicast && !martian && !broadcast) return std::nullopt;
    if (martian && lookup_allowed(context) && context.silent("ip_mc_validate_source")) {
        return std::nullopt;  // the lookup was watched and had nothing against it
    }
    Conclusion found = when(named || v6_multicast || broadcast || refused, Verdict::Lost,
                            martian_source_sentence(ip));
    if (ip != nullptr) found.with(packet_evidence("source", ip->source.text()));
    found.with(context.return_of("fib_validate_source"))
        .with(lookup_evidence(context))
        .with(context.return_of("ip_mc_validate_source"))
        .with(context.host_counter("rt_cache.in_martian_src"));
    return found;
}

std::optional<Conclusion> localnet(const Context& context) {
    const model::Ip* ip = context.ip4();
    const Martian kind = ip != nullptr ? martian_kind(*ip) : Martian::None;
    const bool is_source = kind == Martian::LocalnetSource;
    const bool shown = is_source || kind == Martian::LocalnetDestination;
    const bool named = context.kernel_says({"IP_LOCALNET"});
    const auto setting = device_setting(context, "ipv4", "route_localnet", Combine::Or);
    if (!named) {
        const bool validated = context.returned("fib_validate_source").has_value();
        if (!context.says_nothing() || !shown || validated || setting.is(1)) return std::nullopt;
        if (lookup_allowed(context)) return std::nullopt;
    }
    const bool proven = named || (refused_as_martian(context) && setting.is(0));
    std::string sentence = "an address of 127/8 came from outside";
    if (shown) {
        sentence = fmt::format("the {} {} is a loopback address, and the packet came from outside",
                               is_source ? "source" : "destination",
                               (is_source ? ip->source : ip->destination).text());
    }
    if (setting.is(0)) sentence += fmt::format("; {} has route_localnet=0", context.device());
    Conclusion found = when(proven, Verdict::Lost, std::move(sentence));
    found.with(lookup_evidence(context));
    if (shown) {
        found.with(packet_evidence(is_source ? "source" : "destination",
                                   (is_source ? ip->source : ip->destination).text()));
    }
    setting.tell(context, found);
    found.with(
        context.host_counter(is_source ? "rt_cache.in_martian_src" : "rt_cache.in_martian_dst"));
    if (!context.device().empty()) {
        found.attempt(context.here("sysctl -w " + shell_word(setting.device_name + "=1")),
                      "lets 127/8 cross this device (only if intended)");
    }
    return found;
}

// Where the kernel would send an answer: what rp_filter compared the incoming device with.
RouteAnswer way_back(const Context& context) {
    const model::Ip* ip = context.ip4();
    if (ip == nullptr) return {};
    // The check asks as the host itself would when it answers.
    return route_to(context.state, {ip->destination, ip->source, "lo", 0});
}

std::string rp_filter_sentence(const Context& context, const DeviceSetting& setting,
                               const RouteAnswer& back) {
    const std::string device = context.device_or("the device");
    const model::Ip* ip = context.ip4();
    std::string text = fmt::format("{} is not the way back to the source", device);
    if (ip != nullptr) text += " " + ip->source.text();
    if (setting.is(1)) text += "; rp_filter=1 (strict) wants the best route back to use it";
    if (setting.is(2)) text += "; rp_filter=2 (loose) wants some route back to exist";
    if (back.kind == RouteAnswer::Kind::NoRoute) text += ", and there is none";
    if (back.kind == RouteAnswer::Kind::Route && back.route->out_ifindex != 0) {
        text += fmt::format("; the route back leaves by {}",
                            context.device_name(back.route->out_ifindex));
    }
    return text;
}

std::optional<Conclusion> rp_filter(const Context& context) {
    // Nothing else that the lookup asks answers -EXDEV.
    const auto seen = context.returned("fib_validate_source");
    const auto validated = seen ? seen : lookup_returned(context);
    // -EINVAL is never the reverse path, whatever rp_filter is set to.
    if (validated == -EINVAL) return std::nullopt;
    const bool named = context.kernel_says({"IP_RPFILTER"});
    const bool returned = context.says_nothing() && validated == -EXDEV;
    if (!named && !returned) return std::nullopt;

    const auto setting = device_setting(context, "ipv4", "rp_filter", Combine::Max);
    const RouteAnswer back = way_back(context);
    Conclusion found = certain(Verdict::Lost, rp_filter_sentence(context, setting, back));
    found.with(context.return_of("fib_validate_source"))
        .with(context.return_of("ip_mc_validate_source"));
    if (!seen) found.with(lookup_evidence(context));
    if (back.kind == RouteAnswer::Kind::Route) {
        found.with(
            state_evidence(Evidence::Kind::Route, "route back", route_text(context, *back.route)));
    }
    setting.tell(context, found);
    found.with(context.counter("netstat.TcpExt.IPReversePathFilter"));
    if (const model::Ip* ip = context.ip4()) {
        found.attempt(context.here("ip route get " + ip->source.text()),
                      "shows the way back that the kernel would take");
    }
    if (!context.device().empty()) {
        found.attempt(context.here("sysctl -w " + shell_word(setting.all_name + "=0") + " " +
                                   shell_word(setting.device_name + "=0")),
                      "switches the check off (only if the asymmetry is intended)");
    }
    return found;
}

}  // namespace

std::vector<Cause> ipv4_source_causes() {
    return {
        {.id = "source-local",
         .title = "The source is one of this host's own addresses",
         .facts = "fib_validate_source = -EINVAL (for the first packet: ip_route_input_noref = "
                  "-EINVAL, ip_handle_martian_source called or a route to the destination, and no "
                  "martian); the source in the "
                  "namespace's addresses or local routes; accept_local of the device or `all`",
         .certainty = "certain with all three, or when the kernel says IP_LOCAL_SOURCE; likely "
                      "from packet and state",
         .reasons = {"IP_LOCAL_SOURCE"},
         .places = kIpv4InputPlaces,
         .sysctls = {"net.ipv4.conf.{dev}.accept_local", "net.ipv4.conf.{dev}.rp_filter"},
         .match = source_local},
        {.id = "source-martian",
         .title = "The source is no address that a packet may come from",
         .facts = "ip_route_input_noref or ip_mc_validate_source = -EINVAL without "
                  "fib_validate_source; a source that is multicast, 255.255.255.255 or 0.0.0.0. A "
                  "subnet's broadcast address: fib_validate_source = -EINVAL",
         .certainty = "certain with return value and packet, or when the kernel says "
                      "IP_INVALID_SOURCE; likely from the packet alone",
         .reasons = {"IP_INVALID_SOURCE"},
         .places =
             [] {
                 auto places = kIpv4InputPlaces;
                 places.push_back("ip6_rcv_core");
                 return places;
             }(),
         .match = source_martian},
        {.id = "localnet",
         .title = "127/8 from outside without route_localnet",
         .facts = "ip_route_input_noref = -EINVAL without fib_validate_source; source or "
                  "destination in 127/8; route_localnet of the device or `all`",
         .certainty = "certain with all three, or when the kernel says IP_LOCALNET; likely from "
                      "packet and state",
         .reasons = {"IP_LOCALNET"},
         .places = kIpv4InputPlaces,
         .sysctls = {"net.ipv4.conf.{dev}.route_localnet"},
         .match = localnet},
        {.id = "rp-filter",
         .title = "Reverse path filter",
         .facts = "the kernel's IP_RPFILTER, or ip_route_input_noref = -EXDEV where it gives no "
                  "reason; rp_filter is the larger of the device's and `all`",
         .certainty = "certain; never for -EINVAL",
         .reasons = {"IP_RPFILTER"},
         .places = kIpv4InputPlaces,
         .sysctls = {"net.ipv4.conf.{dev}.rp_filter"},
         .match = rp_filter},
    };
}

}  // namespace knowhy::explain
