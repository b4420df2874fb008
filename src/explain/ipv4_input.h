// What the causes of one place share: ip_rcv_finish_core, where a packet's route is looked up on
// the way in, and where a single call site frees for a dozen reasons.
#pragma once

#include <string_view>
#include <vector>

#include "explain/context.h"

namespace knowhy::explain {

// The function and those it may be inlined into, also on the list path of NAPI drivers.
inline const std::vector<std::string_view> kIpv4InputPlaces = {
    "ip_rcv_finish_core", "ip_rcv_finish", "ip_list_rcv_finish", "ip_sublist_rcv"};

// An address that ip_route_input_slow refuses by itself, in the order in which it looks
// (net/ipv4/route.c). Such packets never reach fib_validate_source.
enum class Martian {
    None,
    Source,               // multicast, 255.255.255.255, 0.0.0.0
    Destination,          // 0.0.0.0
    LocalnetDestination,  // 127/8, unless route_localnet
    LocalnetSource,
};
Martian martian_kind(const model::Ip& ip);

// What the route lookup on the way in returned: ip_route_input_slow where it is watched, else
// ip_route_input_noref, which hands on what the former returned unless the destination is
// multicast.
std::optional<int64_t> lookup_returned(const Context& context);
std::optional<model::Evidence> lookup_evidence(const Context& context);
// The lookup was watched and had nothing against the packet.
bool lookup_allowed(const Context& context);

// The route lookup refused the packet as martian before it asked fib_validate_source.
bool refused_as_martian(const Context& context);

}  // namespace knowhy::explain
