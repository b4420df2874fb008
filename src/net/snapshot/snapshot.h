// The host's network state as model::NetnsState: netlink dumps, nftables, counters, sysctls.
// Every reader is given a namespace's fd and works inside it; nothing here changes any state.
// Asking for sockets may make the kernel load its sock_diag modules, as `ss` does; nf_tables is
// never loaded by looking.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "host/netns.h"
#include "model/state.h"

namespace knowhy::net {

// Everything but counters and sysctls. Parts that cannot be read are named in `problems`; only a
// namespace that cannot be entered is an error.
Result<model::NetnsState> read_netns(const host::Netns& netns);

// What only a diagnosis asks for: drivers' settings, rings, features, bonds' ports as the bond sees
// them, protocol handlers. `state` is what read_netns() gave.
Status read_details(const host::Netns& netns, model::NetnsState& state);

// The namespace's counters, named as model::Counters says (snmp, netstat, snmp6, link, ethtool,
// qdisc, conntrack, frag).
Result<model::Counters> read_netns_counters(const host::Netns& netns);

// The host-wide ones: rt_cache, softnet, and the neighbour tables ("arp_cache.entries",
// "arp_cache.table_fulls", "ndisc_cache...": /proc/net/stat).
Result<model::Counters> read_host_counters();

using Sysctls = std::map<std::string, std::optional<std::string>>;

// Those of the names that the kernel has once for the host (net.ipv4.udp_mem), read where this
// program runs: other namespaces do not show them. nullopt: not shown here either.
Sysctls read_host_sysctls(const std::vector<std::string>& names);

// Reads the named sysctls ("net.ipv4.conf.v1.rp_filter") inside the namespace into
// state.sysctls; a name that does not exist becomes nullopt. A device name may contain dots. Those
// of the host are read as above.
Status read_sysctls(const host::Netns& netns, const std::vector<std::string>& names,
                    model::NetnsState& state);

// All of net.* in the namespace, thousands of them: what a comparison of two hosts needs. Secrets
// (TCP's fast open key, the key of stable IPv6 addresses) are left out, here and above.
Status read_all_sysctls(const host::Netns& netns, model::NetnsState& state);

// Watches a namespace's rtnetlink and nftables notifications. Readable through poll(2) on fd().
class StateWatch {
  public:
    static Result<std::unique_ptr<StateWatch>> open(const host::Netns& netns);
    virtual ~StateWatch() = default;
    [[nodiscard]] virtual int fd() const = 0;
    // Drains what is pending. True when something changed, or when notifications were lost, so that
    // the state must be read again.
    virtual bool changed() = 0;
};

}  // namespace knowhy::net
