#include "net/snapshot/snapshot.h"

#include "base/clock.h"
#include "host/netlink.h"
#include "host/sysctl.h"
#include "net/snapshot/look.h"

namespace knowhy::net {

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

Status read_sysctls(const host::Netns& netns, const std::vector<std::string>& names,
                    model::NetnsState& state) {
    KW_CHECK_OK(host::in_netns(netns.fd.get(), [&]() -> Status {
        for (const std::string& name : names) {
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

}  // namespace knowhy::net
