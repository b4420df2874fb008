// TCP (RFC 9293) and its timestamps option (RFC 7323).
#include <netinet/tcp.h>

#include "net/decode/layers.h"

namespace knowhy::net {
namespace {

constexpr size_t kFixedBytes = 20;

void read_flags(uint8_t bits, model::TcpHeader& tcp) {
    tcp.fin = (bits & 0x01U) != 0;
    tcp.syn = (bits & 0x02U) != 0;
    tcp.rst = (bits & 0x04U) != 0;
    tcp.psh = (bits & 0x08U) != 0;
    tcp.ack = (bits & 0x10U) != 0;
    tcp.urg = (bits & 0x20U) != 0;
}

// `options` holds what was copied of them. One that does not fit ends the walk: the kernel ignores
// the rest of a bad option list as well.
void read_options(Cursor options, model::TcpHeader& tcp) {
    while (options.copied() > 0 && options.u8(0) != TCPOPT_EOL) {
        if (options.u8(0) == TCPOPT_NOP) {
            options = options.skip(1);
            continue;
        }
        if (options.copied() < 2) return;
        const size_t length = options.u8(1);
        if (length < 2 || length > options.copied()) return;
        if (options.u8(0) == TCPOPT_TIMESTAMP && length == TCPOLEN_TIMESTAMP) {
            tcp.timestamp = options.be32(2);
            tcp.timestamp_echo = options.be32(6);
        }
        options = options.skip(length);
    }
}

}  // namespace

void decode_tcp(const Cursor& at, model::Decoded& out) {
    if (!can_read(at, 4, "a TCP header", out)) return;
    out.transport->source_port = at.be16(0);
    out.transport->destination_port = at.be16(2);
    if (!can_read(at, kFixedBytes, "a TCP header", out)) return;
    model::TcpHeader& tcp = out.transport->tcp.emplace();
    tcp.sequence = at.be32(4);
    tcp.acknowledgement = at.be32(8);
    tcp.header_length = static_cast<uint8_t>((at.u8(12) >> 4U) * 4);
    read_flags(at.u8(13), tcp);
    tcp.window = at.be16(14);
    if (tcp.header_length < kFixedBytes) {
        set_malformed(out, "TCP header length {}, less than 20", tcp.header_length);
        return;
    }
    tcp.payload_length = static_cast<uint32_t>(at.skip(tcp.header_length).wire());
    read_options(at.first(tcp.header_length).skip(kFixedBytes), tcp);
    can_read(at, tcp.header_length, "a TCP header with its options", out);
}

}  // namespace knowhy::net
