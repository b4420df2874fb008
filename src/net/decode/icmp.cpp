#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>

#include "net/decode/layers.h"

namespace knowhy::net {
namespace {

constexpr size_t kHeaderBytes = 8;

bool is_echo(uint8_t protocol, uint8_t type) {
    if (protocol == IPPROTO_ICMP) return type == ICMP_ECHO || type == ICMP_ECHOREPLY;
    return type == ICMP6_ECHO_REQUEST || type == ICMP6_ECHO_REPLY;
}

}  // namespace

void decode_icmp(const Cursor& at, uint8_t protocol, model::Decoded& out) {
    const char* what = protocol == IPPROTO_ICMP ? "an ICMP header" : "an ICMPv6 header";
    if (!can_read(at, 4, what, out)) return;
    model::IcmpHeader& icmp = out.transport->icmp.emplace();
    icmp.type = at.u8(0);
    icmp.code = at.u8(1);
    if (!is_echo(protocol, icmp.type) || !can_read(at, kHeaderBytes, what, out)) return;
    icmp.id = at.be16(4);
    icmp.sequence = at.be16(6);
}

}  // namespace knowhy::net
