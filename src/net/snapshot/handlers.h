// /proc/net/ptype: who gets to see which frames of which device. Pure over the file's text.
#pragma once

#include <string_view>
#include <vector>

#include "model/state.h"

namespace knowhy::net {

std::vector<model::PacketHandler> parse_ptype(std::string_view text);

}  // namespace knowhy::net
