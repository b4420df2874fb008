// Ethernet II, 802.3 with LLC and SNAP, and stacked 802.1Q/802.1ad tags.
#include <linux/if_ether.h>

#include "net/decode/layers.h"

namespace knowhy::net {
namespace {

constexpr size_t kEthernetBytes = 14;
constexpr size_t kTagBytes = 4;
constexpr size_t kLlcBytes = 3;
constexpr size_t kSnapBytes = 8;
constexpr uint8_t kSnapSap = 0xaa;

bool is_tag(uint16_t ethertype) {
    return ethertype == ETH_P_8021Q || ethertype == ETH_P_8021AD;
}

// Leaves `at` behind the tags. False when the copy or the packet ended inside them.
bool take_tags(Cursor& at, uint16_t& ethertype, model::Decoded& out) {
    while (is_tag(ethertype)) {
        if (out.vlans.size() == kMaxVlanTags) {
            set_malformed(out, "more than {} VLAN tags", kMaxVlanTags);
            return false;
        }
        if (!can_read(at, kTagBytes, "a VLAN tag", out)) return false;
        const uint16_t control = at.be16(0);
        out.vlans.push_back({ethertype, static_cast<uint16_t>(control & 0xfffU),
                             static_cast<uint8_t>(control >> 13U)});
        ethertype = at.be16(2);
        at = at.skip(kTagBytes);
    }
    return true;
}

void decode_llc(const Cursor& at, model::Decoded& out, int depth) {
    if (!can_read(at, kLlcBytes, "an LLC header", out)) return;
    out.llc = model::Llc{at.u8(0), at.u8(1)};
    const bool snap = at.u8(0) == kSnapSap && at.u8(1) == kSnapSap;
    if (!snap || !can_read(at, kSnapBytes, "a SNAP header", out)) return;
    const bool encapsulated_ethernet = at.be24(3) == 0;
    if (encapsulated_ethernet) decode_ethertype(at.skip(kSnapBytes), at.be16(6), out, depth);
}

}  // namespace

void decode_ethernet(const Cursor& at, model::Decoded& out, int depth) {
    if (!can_read(at, kEthernetBytes, "an Ethernet header", out)) return;
    out.ethernet = model::Ethernet{at.mac(6), at.mac(0), at.be16(12)};
    Cursor rest = at.skip(kEthernetBytes);
    uint16_t ethertype = out.ethernet->ethertype;
    if (!take_tags(rest, ethertype, out)) return;
    out.ethernet->ethertype = ethertype;
    decode_ethertype(rest, ethertype, out, depth);
}

void decode_ethertype(const Cursor& at, uint16_t ethertype, model::Decoded& out, int depth) {
    Cursor rest = at;
    if (!take_tags(rest, ethertype, out)) return;
    const bool is_length = ethertype < ETH_P_802_3_MIN;
    if (is_length) {
        // An 802.3 length counts what follows. The kernel's own ETH_P_802_2, which it sets for such
        // a frame, says nothing of the length.
        const bool known = out.ethernet && out.ethernet->ethertype == ethertype;
        if (known && ethertype > rest.wire())
            set_malformed(out, "802.3 length {}, but {} bytes follow", ethertype, rest.wire());
        decode_llc(known ? rest.first(ethertype) : rest, out, depth);
        return;
    }
    out.ethertype = ethertype;
    if (ethertype == ETH_P_IP) decode_ipv4(rest, out, depth);
    if (ethertype == ETH_P_IPV6) decode_ipv6(rest, out, depth);
    if (ethertype == ETH_P_ARP) decode_arp(rest, out);
}

}  // namespace knowhy::net
