// Any bytes give a Decoded and a summary. The first bytes choose how they are to be read.
#include <cstdint>
#include <cstdlib>

#include "net/decode/decode.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using Start = knowhy::model::RawPacket::Start;
    if (size < 4) return 0;
    knowhy::model::RawPacket packet;
    packet.start = (data[0] & 1U) != 0 ? Start::Mac : Start::Network;
    packet.protocol = static_cast<uint16_t>(data[1] << 8U | data[2]);
    packet.bytes.assign(data + 4, data + size);
    packet.wire_length = static_cast<uint32_t>(packet.bytes.size() + data[3] * (data[0] & 2U));
    const auto decoded = knowhy::net::decode(packet);
    if (decoded.malformed == decoded.problem.empty()) std::abort();
    if (decoded.tunnel && decoded.tunnel->inner == nullptr) std::abort();
    if (decoded.summary().empty()) std::abort();
    return 0;
}
