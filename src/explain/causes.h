// The areas of which the registry is made: one function each, one cause_*.cpp each.
#pragma once

#include <vector>

#include "explain/cause.h"

namespace knowhy::explain {

std::vector<Cause> ipv4_source_causes();
// Written by someone else right now, leave these areas to them: socket (udp, raw, filter, checksums
// of layer 4), tcp, fragment, ipv6, queue (tun, veth, cpu backlog), and all harmless ones.

}  // namespace knowhy::explain
