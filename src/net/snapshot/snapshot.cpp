#include "net/snapshot/snapshot.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/clock.h"
#include "host/netlink.h"
#include "host/sysctl.h"
#include "net/snapshot/look.h"

namespace knowhy::net {
namespace {

// Registered for the first namespace alone (net/core/sysctl_net_core.c, net_core_table;
// net/ipv4/sysctl_net_ipv4.c, ipv4_table; net/core/neighbour.c, neigh_sysctl_register), as far as a
// cause asks for them.
bool is_of_host(const std::string& name) {
    constexpr std::array<std::string_view, 7> kOfHost = {"net.core.netdev_max_backlog",
                                                         "net.core.netdev_budget",
                                                         "net.core.netdev_budget_usecs",
                                                         "net.ipv4.tcp_mem",
                                                         "net.ipv4.udp_mem",
                                                         "net.ipv4.neigh.default.gc_thresh3",
                                                         "net.ipv6.neigh.default.gc_thresh3"};
    return std::find(kOfHost.begin(), kOfHost.end(), name) != kOfHost.end();
}

}  // namespace

Result<model::NetnsState> read_netns(const host::Netns& netns) {
    model::NetnsState state;
    state.inum = netns.inum;
    state.name = netns.name;
    state.complete = true;
    KW_CHECK_OK(host::in_netns(netns.fd.get(), [&]() -> Status {
        KW_TRY(host::NetlinkSocket rtnetlink, host::NetlinkSocket::open(NETLINK_ROUTE));
        Look look(state, rtnetlink);
        read_links(look);
        read_bridges(look);
        read_addresses(look);
        read_routes(look);
        read_rules(look);
        read_neighbours(look);
        read_qdiscs(look);
        read_tc_filters(look);
        read_nft(look);
        read_multicast(look);
        read_listeners(look);
        return {};
    }));
    return state;
}

Sysctls read_host_sysctls(const std::vector<std::string>& names) {
    Sysctls found;
    for (const std::string& name : names) {
        if (!is_of_host(name)) continue;
        auto value = host::read_sysctl(name);
        found[name] = value ? *std::move(value) : std::nullopt;
    }
    return found;
}

Status read_sysctls(const host::Netns& netns, const std::vector<std::string>& names,
                    model::NetnsState& state) {
    for (auto& [name, value] : read_host_sysctls(names)) state.sysctls[name] = std::move(value);
    KW_CHECK_OK(host::in_netns(netns.fd.get(), [&]() -> Status {
        for (const std::string& name : names) {
            if (is_of_host(name) || host::sysctl_is_secret(name)) continue;
            auto value = host::read_sysctl(name);
            if (value) {
                state.sysctls[name] = *std::move(value);
            } else {
                state.problems.push_back(value.error().message);
            }
        }
        return {};
    }));
    state.sysctls_read_ns = monotonic_now_ns();
    return {};
}

Status read_all_sysctls(const host::Netns& netns, model::NetnsState& state) {
    KW_CHECK_OK(host::in_netns(netns.fd.get(), [&]() -> Status {
        KW_TRY(auto all, host::read_sysctls_below("net"));
        for (auto& [name, value] : all) state.sysctls[name] = std::move(value);
        return {};
    }));
    state.sysctls_read_ns = monotonic_now_ns();
    return {};
}

}  // namespace knowhy::net
