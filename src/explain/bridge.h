// What a bridge would have done with a frame: its ports and why each did not take it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "explain/context.h"

namespace knowhy::explain {

enum class Refused { Not, SamePort, NotForwarding, Isolated, Vlan, FloodOff };

struct EgressPort {
    const model::Link* link;
    Refused why;
};

struct BridgeView {
    const model::Link* bridge = nullptr;
    const model::Link* ingress = nullptr;  // null for what the bridge itself sends
    std::optional<uint16_t> vlan;          // of the frame inside the bridge; absent: not known
    bool known_destination = false;        // the forwarding database has the destination
    std::vector<EgressPort> egress;  // one port when the destination is known, else all others
};

// nullopt when the snapshot does not tell, or the frame was not seen.
std::optional<BridgeView> view_bridge(const Context& context);

// Does this port (or bridge) carry the VLAN?
bool carries(const model::Link& port, uint16_t vlan);
std::string port_state_name(uint8_t state);  // "blocking"

}  // namespace knowhy::explain
