// Neighbour discovery (RFC 4861): what its causes share.
#pragma once

#include <cstdint>
#include <string_view>

#include "explain/context.h"

namespace knowhy::explain {

constexpr uint8_t kRouterSolicitation = 133;
constexpr uint8_t kRouterAdvertisement = 134;
constexpr uint8_t kNeighbourSolicitation = 135;
constexpr uint8_t kNeighbourAdvertisement = 136;
constexpr uint8_t kRedirect = 137;
constexpr uint8_t kNdHopLimit = 255;  // less proves that a router let it pass

// The packet is one of the five.
bool is_nd_message(const Context& context);

std::string_view nd_name(uint8_t type);  // "neighbour solicitation"

}  // namespace knowhy::explain
