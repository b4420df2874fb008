// The layer above IP: who decodes which protocol number.
#include <netinet/in.h>

#include "net/decode/layers.h"

namespace knowhy::net {
namespace {

// SCTP and DCCP begin with their ports as TCP and UDP do; more of them no cause needs.
void decode_ports(const Cursor& at, const char* what, model::Decoded& out) {
    if (!can_read(at, 4, what, out)) return;
    out.transport->source_port = at.be16(0);
    out.transport->destination_port = at.be16(2);
}

}  // namespace

void decode_upper(const Cursor& at, uint8_t protocol, model::Decoded& out, int depth) {
    if (protocol == IPPROTO_NONE) return;
    out.transport.emplace().protocol = protocol;
    switch (protocol) {
        case IPPROTO_TCP:
            return decode_tcp(at, out);
        case IPPROTO_UDP:
        case IPPROTO_UDPLITE:
            return decode_udp(at, protocol, out, depth);
        case IPPROTO_ICMP:
        case IPPROTO_ICMPV6:
            return decode_icmp(at, protocol, out);
        case IPPROTO_SCTP:
            return decode_ports(at, "an SCTP header", out);
        case IPPROTO_DCCP:
            return decode_ports(at, "a DCCP header", out);
        case IPPROTO_GRE:
            return decode_gre(at, out, depth);
        case IPPROTO_IPIP:
        case IPPROTO_IPV6:
            return decode_ip_in_ip(at, protocol, out, depth);
        default:
            return;
    }
}

}  // namespace knowhy::net
