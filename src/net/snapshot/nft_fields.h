// What nftables' loads put into a register, and how a value compared with it reads.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace knowhy::net {

enum class NftShape {
    Number,  // in decimal
    Hex,     // marks, and what has no better shape
    Address,
    Name,        // a device's; without its NUL it is the beginning of one
    Protocol,    // IPPROTO_*
    Family,      // NFPROTO_*
    Ethertype,   // ETH_P_*
    CtState,     // bits, by name
    TcpFlags,    // bits, by name
    PacketType,  // PACKET_*
    Mac,
};

struct NftField {
    std::string text;  // "udp dport", "meta mark", "ct state"
    NftShape shape = NftShape::Hex;
    bool network_order = false;
    size_t size = 0;  // bytes of the whole field, 0 unknown; a shorter load is a prefix of it
};

struct NftProtocols {              // what earlier expressions have pinned down
    unsigned network = 0;          // 4, 6 or 0
    std::optional<uint8_t> upper;  // IPPROTO_*
};

NftField nft_meta_field(uint32_t key);
NftField nft_ct_field(uint32_t key);
// Bytes of the packet: base is NFT_PAYLOAD_*. A place without a name reads as nft writes raw ones:
// "@th,32,8" (base, bit offset, bit length).
NftField nft_payload_field(uint32_t base, uint32_t offset, uint32_t size,
                           const NftProtocols& protocols);

// The value as it reads beside the field. A mask of leading ones makes an address a prefix.
std::string nft_value(const NftField& field, std::span<const uint8_t> value);
std::string nft_masked_address(std::span<const uint8_t> value, std::span<const uint8_t> mask);

// Little endian or big endian bytes as one number, of at most eight of them.
uint64_t nft_number(std::span<const uint8_t> value, bool network_order);

}  // namespace knowhy::net
