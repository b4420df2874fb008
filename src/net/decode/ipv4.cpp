#include "net/decode/layers.h"

namespace knowhy::net {
namespace {

constexpr size_t kFixedBytes = 20;
constexpr size_t kMaxTotalLength = 0xffff;

// RFC 1071 over the whole header, checksum included: a good one sums to zero.
bool checksum_is_good(const Cursor& at, size_t header_bytes) {
    uint32_t sum = 0;
    for (size_t i = 0; i < header_bytes; i += 2) sum += at.be16(i);
    while (sum > 0xffff) sum = (sum & 0xffffU) + (sum >> 16U);
    return sum == 0xffff;
}

model::Ip read_header(const Cursor& at) {
    model::Ip ip;
    ip.version = at.u8(0) >> 4U;
    ip.header_length = static_cast<uint16_t>((at.u8(0) & 0xfU) * 4);
    ip.tos = at.u8(1);
    ip.total_length = at.be16(2);
    ip.id = at.be16(4);
    const uint16_t fragment = at.be16(6);
    ip.dont_fragment = (fragment & 0x4000U) != 0;
    ip.more_fragments = (fragment & 0x2000U) != 0;
    ip.fragment_offset = static_cast<uint16_t>((fragment & 0x1fffU) * 8);
    ip.ttl = at.u8(8);
    ip.protocol = at.u8(9);
    ip.source = model::IpAddress::v4(at.bytes<4>(12));
    ip.destination = model::IpAddress::v4(at.bytes<4>(16));
    ip.has_options = ip.header_length > kFixedBytes;
    return ip;
}

// False when the header cannot be trusted to say where the payload begins.
bool check(const model::Ip& ip, const Cursor& at, model::Decoded& out) {
    if (ip.version != 4) {
        set_malformed(out, "IP version {} in an IPv4 packet", ip.version);
    } else if (ip.header_length < kFixedBytes) {
        set_malformed(out, "IPv4 header length {}, less than 20", ip.header_length);
    } else if (ip.total_length < ip.header_length) {
        set_malformed(out, "IPv4 total length {}, less than its header's {}", ip.total_length,
                      ip.header_length);
    } else {
        if (ip.total_length > at.wire() && !at.continued())
            set_malformed(out, "IPv4 total length {}, but the packet has {} bytes", ip.total_length,
                          at.wire());
        return true;
    }
    return false;
}

}  // namespace

void decode_ipv4(const Cursor& at, model::Decoded& out, int depth) {
    if (!can_read(at, kFixedBytes, "an IPv4 header", out)) return;
    model::Ip& ip = out.ip.emplace(read_header(at));
    // A segment too big for the field (BIG TCP) has 0 there and is as long as the skb says.
    const bool big = ip.total_length == 0 && at.wire() > kMaxTotalLength;
    if (big) ip.total_length = static_cast<uint32_t>(at.wire());
    if (!check(ip, at, out)) return;
    if (!can_read(at, ip.header_length, "the IPv4 options", out)) return;
    ip.checksum_ok = checksum_is_good(at, ip.header_length);

    if (ip.fragment_offset != 0) return;
    Cursor payload = at.first(ip.total_length).skip(ip.header_length);
    if (ip.more_fragments) payload = payload.continued_later();
    decode_upper(payload, ip.protocol, out, depth);
}

}  // namespace knowhy::net
