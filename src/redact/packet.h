// Addresses in packets. Headers keep their form, checksums stay as right or as wrong as they were,
// and what programs sent is blanked: it may hold anything.
#pragma once

#include "model/packet.h"
#include "redact/address_map.h"

namespace knowhy::redact {

void redact_packet(model::RawPacket& packet, AddressMap& map);

}  // namespace knowhy::redact
