#include "net/decode/decode.h"

#include <linux/if_ether.h>

#include "net/decode/layers.h"

namespace knowhy::net {
namespace {

// Packets on their way out are freed before skb->protocol is set: then the header's first nibble
// is all there is.
uint16_t guess_ethertype(const Cursor& at) {
    if (at.copied() == 0) return 0;
    const unsigned version = at.u8(0) >> 4U;
    if (version == 4) return ETH_P_IP;
    return version == 6 ? ETH_P_IPV6 : 0;
}

}  // namespace

model::Decoded decode(const model::RawPacket& packet) {
    model::Decoded out;
    const Cursor at(packet.bytes, packet.wire_length);
    switch (packet.start) {
        case model::RawPacket::Start::None:
            break;
        case model::RawPacket::Start::Mac:
            decode_ethernet(at, out, 0);
            break;
        case model::RawPacket::Start::Network:
            decode_ethertype(at, packet.protocol != 0 ? packet.protocol : guess_ethertype(at), out,
                             0);
            break;
    }
    return out;
}

}  // namespace knowhy::net
