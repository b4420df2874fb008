// Packets in packets: GRE, IP in IP, VXLAN, Geneve; and RoCEv2's base transport header.
//
// A port or a protocol number only suggests a tunnel. Where the header behind it is not one (VXLAN
// without its flag, Geneve of another version), the packet is left as it is: other programs may use
// the port, so nothing is malformed.
#include <linux/if_ether.h>
#include <netinet/in.h>

#include <memory>

#include "net/decode/layers.h"

namespace knowhy::net {
namespace {

constexpr size_t kVxlanBytes = 8;
constexpr size_t kGeneveBytes = 8;
constexpr size_t kBthBytes = 12;
constexpr uint8_t kVxlanHasVni = 0x08;

constexpr uint16_t kGreChecksum = 0x8000;
constexpr uint16_t kGreRouting = 0x4000;
constexpr uint16_t kGreKey = 0x2000;
constexpr uint16_t kGreSequence = 0x1000;
constexpr uint16_t kGreVersion = 0x0007;

void enter(const Cursor& at, uint16_t ethertype, std::string kind, std::optional<uint32_t> id,
           model::Decoded& out, int depth) {
    const auto inner = std::make_shared<model::Decoded>();
    out.tunnel = model::Tunnel{std::move(kind), id, inner};
    if (depth + 1 > kMaxTunnels) return;
    if (ethertype == ETH_P_TEB) {
        decode_ethernet(at, *inner, depth + 1);
    } else if (ethertype >= ETH_P_802_3_MIN) {
        decode_ethertype(at, ethertype, *inner, depth + 1);
    }
}

std::string gre_kind(uint16_t ethertype) {
    if (ethertype == ETH_P_TEB) return "gretap";
    return ethertype == ETH_P_ERSPAN || ethertype == ETH_P_ERSPAN2 ? "erspan" : "gre";
}

}  // namespace

void decode_gre(const Cursor& at, model::Decoded& out, int depth) {
    if (!can_read(at, 4, "a GRE header", out)) return;
    const uint16_t flags = at.be16(0);
    const uint16_t ethertype = at.be16(2);
    // Version 1 is PPTP's, with fields of its own, and source routing is long dead.
    if ((flags & kGreVersion) != 0 || (flags & kGreRouting) != 0) return;
    const size_t key_at = (flags & kGreChecksum) != 0 ? 8 : 4;
    const size_t sequence_at = (flags & kGreKey) != 0 ? key_at + 4 : key_at;
    const size_t size = (flags & kGreSequence) != 0 ? sequence_at + 4 : sequence_at;
    if (!can_read(at, size, "a GRE header", out)) return;
    std::optional<uint32_t> key;
    if ((flags & kGreKey) != 0) key = at.be32(key_at);
    enter(at.skip(size), ethertype, gre_kind(ethertype), key, out, depth);
}

void decode_ip_in_ip(const Cursor& at, uint8_t protocol, model::Decoded& out, int depth) {
    const bool outer_v4 = out.ip->version == 4;
    const bool inner_v4 = protocol == IPPROTO_IPIP;
    const char* in_v4 = inner_v4 ? "ipip" : "sit";
    const char* in_v6 = inner_v4 ? "ipip6" : "ip6ip6";
    enter(at, inner_v4 ? ETH_P_IP : ETH_P_IPV6, outer_v4 ? in_v4 : in_v6, std::nullopt, out, depth);
}

void decode_vxlan(const Cursor& at, model::Decoded& out, int depth) {
    if (at.wire() < kVxlanBytes || !can_read(at, kVxlanBytes, "a VXLAN header", out)) return;
    if ((at.u8(0) & kVxlanHasVni) == 0) return;
    enter(at.skip(kVxlanBytes), ETH_P_TEB, "vxlan", at.be24(4), out, depth);
}

void decode_geneve(const Cursor& at, model::Decoded& out, int depth) {
    if (at.wire() < kGeneveBytes || !can_read(at, kGeneveBytes, "a Geneve header", out)) return;
    const bool version_0 = at.u8(0) >> 6U == 0;
    if (!version_0) return;
    const size_t size = kGeneveBytes + size_t{at.u8(0) & 0x3fU} * 4;
    if (!can_read(at, size, "the Geneve options", out)) return;
    enter(at.skip(size), at.be16(2), "geneve", at.be24(4), out, depth);
}

void decode_roce(const Cursor& at, model::Decoded& out) {
    if (at.wire() < kBthBytes || !can_read(at, kBthBytes, "an InfiniBand BTH", out)) return;
    out.roce = model::Roce{at.u8(0), at.be24(5), at.be24(9)};
}

}  // namespace knowhy::net
