// Bytes of a packet to what they say. Total: any bytes give a Decoded, with `truncated` or
// `malformed` set where they end early or contradict themselves. Bounded in time and memory.
#pragma once

#include "model/packet.h"

namespace knowhy::net {

model::Decoded decode(const model::RawPacket& packet);

}  // namespace knowhy::net
