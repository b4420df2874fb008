// What /proc/net/bonding/BOND says beyond netlink: each port's speed as the bond took it, its keys
// and its partner. Pure over the file's text.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "model/state.h"

namespace knowhy::net {

// By slave's name; of a port only what the file has is set. Without CAP_NET_ADMIN, and in modes
// other than 802.3ad, keys and partners are absent.
std::map<std::string, model::BondPort> parse_bonding(std::string_view text);

}  // namespace knowhy::net
