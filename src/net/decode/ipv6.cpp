// IPv6 and its extension headers (RFC 8200).
#include <netinet/in.h>

#include "net/decode/layers.h"

namespace knowhy::net {
namespace {

constexpr size_t kFixedBytes = 40;
constexpr size_t kFragmentBytes = 8;
constexpr uint8_t kMobility = 135;
constexpr uint8_t kHostIdentity = 139;
constexpr uint8_t kShim6 = 140;

bool is_extension(uint8_t protocol) {
    switch (protocol) {
        case IPPROTO_HOPOPTS:
        case IPPROTO_ROUTING:
        case IPPROTO_FRAGMENT:
        case IPPROTO_DSTOPTS:
        case IPPROTO_AH:
        case kMobility:
        case kHostIdentity:
        case kShim6:
            return true;
        default:
            return false;
    }
}

size_t extension_bytes(uint8_t protocol, uint8_t length_field) {
    if (protocol == IPPROTO_FRAGMENT) return kFragmentBytes;
    // AH alone counts in words of four bytes, and two fewer than there are (RFC 4302).
    if (protocol == IPPROTO_AH) return (size_t{length_field} + 2) * 4;
    return (size_t{length_field} + 1) * 8;
}

void read_fragment(const Cursor& at, model::Ip& ip) {
    const uint16_t field = at.be16(2);
    ip.fragment_offset = field & 0xfff8U;
    ip.more_fragments = (field & 1U) != 0;
}

// Walks the extension headers; leaves `at` at the upper layer and its number in ip.protocol. False
// when there is no upper layer to read here.
bool take_extensions(Cursor& at, model::Ip& ip, model::Decoded& out) {
    while (is_extension(ip.protocol)) {
        if (ip.extensions.size() == kMaxExtensionHeaders) {
            set_malformed(out, "more than {} IPv6 extension headers", kMaxExtensionHeaders);
            return false;
        }
        ip.extensions.push_back(ip.protocol);
        if (!can_read(at, 2, "an IPv6 extension header", out)) return false;
        const size_t size = extension_bytes(ip.protocol, at.u8(1));
        if (!can_read(at, size, "an IPv6 extension header", out)) return false;
        const bool fragment = ip.protocol == IPPROTO_FRAGMENT;
        if (fragment) read_fragment(at, ip);
        ip.protocol = at.u8(0);
        ip.header_length = static_cast<uint16_t>(ip.header_length + size);
        at = at.skip(size);
        if (fragment && ip.fragment_offset != 0) return false;
        if (fragment && ip.more_fragments) at = at.continued_later();
    }
    return true;
}

model::Ip read_header(const Cursor& at) {
    model::Ip ip;
    ip.version = at.u8(0) >> 4U;
    ip.tos = static_cast<uint8_t>(at.be16(0) >> 4U);
    ip.total_length = static_cast<uint32_t>(kFixedBytes + at.be16(4));
    ip.header_length = kFixedBytes;
    ip.protocol = at.u8(6);
    ip.ttl = at.u8(7);
    ip.source = model::IpAddress::v6(at.bytes<16>(8));
    ip.destination = model::IpAddress::v6(at.bytes<16>(24));
    return ip;
}

}  // namespace

void decode_ipv6(const Cursor& at, model::Decoded& out, int depth) {
    if (!can_read(at, kFixedBytes, "an IPv6 header", out)) return;
    model::Ip& ip = out.ip.emplace(read_header(at));
    if (ip.version != 6) {
        set_malformed(out, "IP version {} in an IPv6 packet", ip.version);
        return;
    }
    // A jumbogram (and BIG TCP, which is one inside the host) has a payload length of 0 and says
    // the real one in a hop-by-hop option; it is as long as the skb says.
    const bool jumbo = ip.total_length == kFixedBytes && ip.protocol == IPPROTO_HOPOPTS;
    if (jumbo) ip.total_length = static_cast<uint32_t>(at.wire());
    if (ip.total_length > at.wire() && !at.continued())
        set_malformed(out, "IPv6 payload length {}, but {} bytes follow",
                      ip.total_length - kFixedBytes, at.wire() - kFixedBytes);

    Cursor payload = at.first(ip.total_length).skip(kFixedBytes);
    if (take_extensions(payload, ip, out)) decode_upper(payload, ip.protocol, out, depth);
}

}  // namespace knowhy::net
