// Who may be the source of a packet: rp_filter and accept_local against the paths that the routing
// table makes possible.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "explain/context.h"
#include "explain/diagnose/rule.h"

namespace knowhy::explain {
namespace {

std::string conf(const std::string& device, std::string_view key) {
    return fmt::format("net.ipv4.conf.{}.{}", device, key);
}

bool has_ipv4(const Inspection& inspection, const model::Link& link) {
    return std::any_of(inspection.state.addresses.begin(), inspection.state.addresses.end(),
                       [&](const model::Address& address) {
                           return address.ifindex == link.ifindex && address.prefix.address.is_v4();
                       });
}

// rp_filter is the larger of `all` and the device's (include/linux/inetdevice.h, IN_DEV_RPFILTER).
std::optional<int64_t> rp_filter(const Inspection& inspection, const std::string& device) {
    const auto all = inspection.setting(conf("all", "rp_filter"));
    const auto own = inspection.setting(conf(device, "rp_filter"));
    if (!all || !own) return std::nullopt;
    return std::max(*all, *own);
}

// accept_local is on when either is (IN_DEV_ORCONF).
std::optional<bool> accepts_local(const Inspection& inspection, const std::string& device) {
    const auto all = inspection.setting(conf("all", "accept_local"));
    const auto own = inspection.setting(conf(device, "accept_local"));
    if (all.value_or(0) != 0 || own.value_or(0) != 0) return true;
    if (!all || !own) return std::nullopt;
    return false;
}

constexpr uint32_t kTableMain = 254;  // RT_TABLE_MAIN

// The default routes of the main table, the one in use first.
std::vector<const model::Route*> default_routes(const Inspection& inspection) {
    std::vector<const model::Route*> routes;
    for (const model::Route& route : inspection.state.routes) {
        const bool is_default = route.destination.length == 0 &&
                                route.destination.address.is_v4() && route.table == kTableMain;
        if (is_default && route.type == "unicast" && route.out_ifindex != 0)
            routes.push_back(&route);
    }
    std::stable_sort(routes.begin(), routes.end(), [](const auto* a, const auto* b) {
        return a->metric.value_or(0) < b->metric.value_or(0);
    });
    return routes;
}

void strict_and_asymmetric(const Inspection& inspection, const Report& report) {
    if (!inspection.only_standard_rules() || !inspection.state.complete) return;
    const auto routes = default_routes(inspection);
    for (size_t i = 1; i < routes.size(); ++i) {
        if (routes[i]->out_ifindex == routes[0]->out_ifindex) continue;
        const std::string device = inspection.device_name(routes[i]->out_ifindex);
        if (rp_filter(inspection, device) != 1) continue;
        Conclusion found = fault(
            false,
            fmt::format("what comes in at {0} from beyond its gateway is refused: rp_filter is "
                        "strict there, and the way back is {1}",
                        device, inspection.route_words(*routes[0])));
        found.with(state_evidence(Evidence::Kind::Route, "route in use",
                                  inspection.route_words(*routes[0])));
        found.with(state_evidence(Evidence::Kind::Route, "route not in use",
                                  fmt::format("{} metric {}", inspection.route_words(*routes[i]),
                                              routes[i]->metric.value_or(0))));
        for (const std::string& name : {conf("all", "rp_filter"), conf(device, "rp_filter")}) {
            found.with(inspection.sysctl_evidence(name));
            const auto value = inspection.setting(name);
            if (value == 1) found.set("sysctl", name, "1");
        }
        found.attempt(inspection.here("sysctl -w " + shell_word(conf(device, "rp_filter")) + "=2"),
                      "loose: any route back will do");
        report(device, std::move(found));
    }
}

// A veth whose peer is here as well: what one sends, the other receives, from this host's own
// address.
void same_host_path(const Inspection& inspection, const Report& report) {
    for (const model::Link& one : inspection.state.links) {
        if (one.kind != "veth" || !one.is_up() || one.lower == 0 || one.master != 0) continue;
        const model::Link* peer = inspection.state.link(one.lower);
        if (peer == nullptr || !peer->is_up() || peer->kind != "veth" || peer->master != 0)
            continue;
        if (!has_ipv4(inspection, one) || !has_ipv4(inspection, *peer)) continue;
        if (accepts_local(inspection, one.name) != false) continue;
        Conclusion found =
            fault(false,
                  fmt::format("{0} and {1} are ends of one pair, both with addresses of this host: "
                              "what {1} sends from its own address is refused at {0}, which has "
                              "accept_local=0",
                              one.name, peer->name));
        for (const std::string& name :
             {conf("all", "accept_local"), conf(one.name, "accept_local")}) {
            found.with(inspection.sysctl_evidence(name));
            found.set("sysctl", name, "0");
        }
        found.attempt(
            inspection.here("sysctl -w " + shell_word(conf(one.name, "accept_local")) + "=1"),
            "lets it in; strict rp_filter would have to go as well");
        report(one.name, std::move(found));
    }
}

}  // namespace

std::vector<Rule> source_rules() {
    return {
        {.id = "rp-filter-asymmetric",
         .title = "A strict reverse path filter on a device that is not the way back",
         .facts = "two default routes on different devices; rp_filter of all and of the device not "
                  "in use; only the standard rules",
         .certainty = "likely: that traffic comes in there is not seen",
         .remedy =
             "Strict mode takes a packet only where an answer would leave. Loose mode (2), or "
             "routing by source",
         .sysctls = {"net.ipv4.conf.{dev}.rp_filter"},
         .inspect = strict_and_asymmetric},
        {.id = "same-host-path",
         .title = "Two devices of this host talk to each other over a wire",
         .facts = "a veth pair with both ends here, addresses on both, accept_local",
         .certainty = "likely: traffic between the two is not seen",
         .remedy = "A packet from one of the host's own addresses that comes in from outside is "
                   "refused as a martian, unless accept_local is set",
         .sysctls = {"net.ipv4.conf.{dev}.accept_local"},
         .inspect = same_host_path},
    };
}

}  // namespace knowhy::explain
