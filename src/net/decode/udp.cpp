// UDP, UDP-Lite (RFC 3828), and what rides on UDP ports that belong to a tunnel or to RoCE.
#include <netinet/in.h>

#include "net/decode/layers.h"

namespace knowhy::net {
namespace {

constexpr size_t kHeaderBytes = 8;
constexpr uint16_t kVxlan = 4789;
constexpr uint16_t kVxlanLinux = 8472;  // Linux' default from before the assignment
constexpr uint16_t kGeneve = 6081;
constexpr uint16_t kRoce = 4791;

// The field is the datagram's length in UDP, and in UDP-Lite how much of it the checksum covers,
// where 0 means all. In IPv6 a UDP length of 0 is a jumbogram's.
void check_length(const Cursor& at, uint16_t length, bool lite, model::Decoded& out) {
    const bool zero_means_all = lite || (out.ip && out.ip->version == 6);
    if (length == 0 && zero_means_all) return;
    const char* field = lite ? "UDP-Lite checksum coverage" : "UDP length";
    if (length < kHeaderBytes) {
        set_malformed(out, "{} {}, less than 8", field, length);
    } else if (length > at.wire() && !at.continued()) {
        set_malformed(out, "{} {}, but the packet has {} bytes left", field, length, at.wire());
    }
}

}  // namespace

void decode_udp(const Cursor& at, uint8_t protocol, model::Decoded& out, int depth) {
    if (!can_read(at, 4, "a UDP header", out)) return;
    const uint16_t port = at.be16(2);
    out.transport->source_port = at.be16(0);
    out.transport->destination_port = port;
    if (!can_read(at, kHeaderBytes, "a UDP header", out)) return;
    out.transport->udp_length = at.be16(4);
    out.transport->udp_checksum = at.be16(6);
    const bool lite = protocol == IPPROTO_UDPLITE;
    check_length(at, at.be16(4), lite, out);

    const Cursor payload = at.skip(kHeaderBytes);
    if (lite) return;
    if (port == kVxlan || port == kVxlanLinux) decode_vxlan(payload, out, depth);
    if (port == kGeneve) decode_geneve(payload, out, depth);
    if (port == kRoce) decode_roce(payload, out);
}

}  // namespace knowhy::net
