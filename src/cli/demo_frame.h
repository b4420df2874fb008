// A RoCEv2 packet as an Ethernet frame, for a demo that needs one without an RDMA card.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/address.h"

namespace knowhy::cli {

constexpr uint16_t kRocePort = 4791;

// SEND-only with an empty payload; checksums of Ethernet and InfiniBand are left out or zero, those
// of IPv4 are right. Both addresses must be IPv4.
std::vector<uint8_t> roce_frame(const model::MacAddress& from_mac, const model::MacAddress& to_mac,
                                const model::IpAddress& from, const model::IpAddress& to,
                                uint32_t sequence);

}  // namespace knowhy::cli
