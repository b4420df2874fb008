// Neighbour discovery (RFC 4861): what its causes share.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "explain/context.h"
#include "explain/setting.h"

namespace knowhy::explain {

constexpr uint8_t kRouterSolicitation = 133;
constexpr uint8_t kRouterAdvertisement = 134;
constexpr uint8_t kNeighbourSolicitation = 135;
constexpr uint8_t kNeighbourAdvertisement = 136;
constexpr uint8_t kRedirect = 137;
constexpr uint8_t kNdHopLimit = 255;  // less proves that a router let it pass

// The packet is one of the five.
bool is_nd_message(const Context& context);

// The message is long enough, its target is one address, and its options follow one another to its
// end. nullopt when less of it was copied.
std::optional<bool> nd_is_well_formed(const Context& context);

// Until 6.4 every ICMPv6 message is freed without a reason once it was understood (icmpv6_rcv).
// Since then that is left to what was refused for a reason without a name.
bool understood_icmp_ends_without_reason(const Context& context);

// Whether a device takes router advertisements (ipv6_accept_ra, include/net/ipv6.h).
struct RouterPolicy {
    DeviceSetting accept;
    DeviceSetting forwarding;

    [[nodiscard]] bool is_router() const { return forwarding.is(1); }
    [[nodiscard]] std::optional<bool> takes_advertisements() const;
};
RouterPolicy router_policy(const Context& context);

std::string_view nd_name(uint8_t type);  // "neighbour solicitation"

}  // namespace knowhy::explain
