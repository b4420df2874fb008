// The areas of which the registry is made: one function each, one cause_*.cpp each.
#pragma once

#include <vector>

#include "explain/cause.h"

namespace knowhy::explain {

std::vector<Cause> ipv4_source_causes();
std::vector<Cause> ipv4_destination_causes();
std::vector<Cause> routing_causes();     // refusing routes of IPv6, too
std::vector<Cause> forwarding_causes();  // hops and MTU, of both families
std::vector<Cause> ip_header_causes();
std::vector<Cause> l2_causes();
std::vector<Cause> bridge_causes();
std::vector<Cause> netfilter_causes();
std::vector<Cause> neighbour_causes();
std::vector<Cause> transmit_causes();
std::vector<Cause> socket_causes();
std::vector<Cause> transport_header_causes();
std::vector<Cause> tcp_segment_causes();
std::vector<Cause> tcp_memory_causes();  // and what else a connection refuses
std::vector<Cause> tcp_connection_causes();
std::vector<Cause> fragment_causes();
std::vector<Cause> ipv6_causes();
std::vector<Cause> queue_causes();
std::vector<Cause> harmless_purge_causes();
std::vector<Cause> harmless_receive_causes();
std::vector<Cause> harmless_tcp_causes();

}  // namespace knowhy::explain
