// Which packets of two hosts are the same: by what their headers say, without what is drawn anew in
// every run (ephemeral ports, link-local addresses, MACs, sequence numbers).
#pragma once

#include <optional>
#include <string>

#include "model/packet.h"

namespace knowhy::explain {

struct Flow {
    std::string name;         // "10.9.0.1 > 10.9.0.2:4791 udp": the same on both sides
    std::string instance;     // tells its packets apart within one run
    bool background = false;  // hosts send such packets by themselves, when their time has come
    bool resolves = false;    // ARP and neighbour discovery
    bool is_stream = false;   // TCP: how many packets there are is up to timing
};

// nullopt: the headers do not tell, or are not made yet.
std::optional<Flow> flow_of(const model::Decoded& packet);

}  // namespace knowhy::explain
