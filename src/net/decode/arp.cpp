// ARP for IPv4 over Ethernet (RFC 826).
#include <linux/if_ether.h>
#include <net/if_arp.h>

#include "net/decode/layers.h"

namespace knowhy::net {
namespace {

constexpr size_t kFixedBytes = 8;
constexpr size_t kEthernetBytes = 28;

}  // namespace

void decode_arp(const Cursor& at, model::Decoded& out) {
    if (!can_read(at, kFixedBytes, "an ARP header", out)) return;
    model::Arp& arp = out.arp.emplace();
    arp.operation = at.be16(6);
    const bool over_ethernet = at.be16(0) == ARPHRD_ETHER;
    const unsigned mac_bytes = at.u8(4);
    const unsigned ip_bytes = at.u8(5);
    if (at.be16(2) != ETH_P_IP || !over_ethernet) return;  // legal, and nothing we can name
    if (mac_bytes != 6 || ip_bytes != 4) {
        set_malformed(out, "ARP with addresses of {} and {} bytes", mac_bytes, ip_bytes);
        return;
    }
    if (!can_read(at, kEthernetBytes, "an ARP packet", out)) return;
    arp.sender_mac = at.mac(8);
    arp.sender = model::IpAddress::v4(at.bytes<4>(14));
    arp.target_mac = at.mac(18);
    arp.target = model::IpAddress::v4(at.bytes<4>(24));
}

}  // namespace knowhy::net
