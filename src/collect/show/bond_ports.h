// What the bonding driver's own structs say of the ports of bonds in mode 802.3ad, for a diagnosis.
#pragma once

#include "collect/show/kernel_view.h"
#include "model/state.h"

namespace knowhy::collect {

// Fills `live` of each such port of the namespace. A port gets one only where the walk to it is
// proven: the structs point back to each other and to their devices, and the port's actor_system,
// or its aggregator's MAC address, is the one that the bond goes by. Nothing is an error: what is
// not proven, or may not be read, stays absent.
void add_live_ports(KernelView& view, model::NetnsState& state);

// The same for who has no view: opens one when a namespace has such a bond.
void add_live_ports(model::NetnsState& state);

}  // namespace knowhy::collect
