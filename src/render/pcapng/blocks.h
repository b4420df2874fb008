// The blocks of a pcapng file as bytes, in the byte order of this machine: the format's byte-order
// magic says which. Lengths and padding as draft-ietf-opsawg-pcapng sections 3 and 4 have them.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace knowhy::render {

constexpr uint16_t kLinkEthernet = 1;  // LINKTYPE_ETHERNET
constexpr uint16_t kLinkRaw = 101;     // LINKTYPE_RAW: starts with an IPv4 or IPv6 header

// `hardware` and `system` are uname's machine and release.
std::string section_block(const std::string& hardware, const std::string& system);

// Times of its packets are in nanoseconds.
std::string interface_block(uint16_t link, const std::string& name, const std::string& description);

struct PacketBlock {
    uint32_t interface = 0;  // in the order of the interface blocks, from 0
    uint64_t realtime_ns = 0;
    std::span<const uint8_t> bytes;
    uint32_t wire_length = 0;
    std::string comment;
};
std::string packet_block(const PacketBlock& packet);

}  // namespace knowhy::render
