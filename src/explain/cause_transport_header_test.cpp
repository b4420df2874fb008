#include "explain/fixture.h"

namespace knowhy::explain::testing {
namespace {

Drop received(Drop drop, const std::string& place, uint8_t protocol) {
    return drop.at(place).dev("v1").ip("10.1.0.1", "10.1.0.2", protocol);
}

Drop cut_to(Drop drop, uint32_t payload) {
    model::Ip& ip = *drop.sample().decoded.ip;
    ip.total_length = ip.header_length + payload;
    return drop;
}

std::vector<Fixture> checksums() {
    return {
        received(Drop::on_6_1("UDP checksum"), "__udp4_lib_rcv", 17)
            .udp(9)
            .reason("UDP_CSUM")
            .counter("snmp.Udp.InCsumErrors", 3)
            .lost("bad-udp-checksum", "the UDP checksum is wrong", {"reason"}),
        received(Drop::on_6_18("UDP checksum"), "__udp4_lib_rcv", 17)
            .reason("UDP_CSUM")
            .unsampled()
            .lost("bad-udp-checksum", "wrong", {"reason"}),
        Drop::on_6_1("IPv6 without a UDP checksum, closed port")
            .at("__udp6_lib_rcv")
            .dev("v1")
            .ip("fd00::1", "fd00::2")
            .udp(9, 0)
            .reason("NO_SOCKET")
            .counter("snmp6.Udp6InCsumErrors", 3)
            .lost("bad-udp-checksum", "which IPv6 forbids", {"reason", "packet", "sample"}),
        received(Drop::on_6_1("long datagram, verified when read"), "udp_recvmsg", 17)
            .udp(9)
            .counter("snmp.Udp.InCsumErrors", 3)
            .likely_lost("bad-udp-checksum"),
        // Legal in IPv4.
        received(Drop::on_6_1("no UDP checksum over IPv4"), "__udp4_lib_rcv", 17)
            .udp(9, 0)
            .reason("NO_SOCKET")
            .lost("no-socket-udp", "port 9", {"reason"}),
        received(Drop::on_6_1("TCP checksum"), "tcp_v4_rcv", 6)
            .tcp("S")
            .reason("TCP_CSUM")
            .lost("bad-tcp-checksum", "the TCP checksum is wrong", {"reason"}),
        received(Drop::on_6_18("TCP checksum"), "tcp_v4_rcv", 6)
            .tcp("S")
            .reason("TCP_CSUM")
            .lost("bad-tcp-checksum", "wrong", {"reason"}),
        received(Drop::on_6_1("ICMP checksum"), "icmp_rcv", 1)
            .icmp(8)
            .reason("ICMP_CSUM")
            .lost("bad-icmp-checksum", "the ICMP checksum is wrong",
                  {"reason", "packet", "sample"}),
        received(Drop::on_6_18("ICMP checksum"), "icmp_rcv", 1)
            .icmp(8)
            .reason("ICMP_CSUM")
            .lost("bad-icmp-checksum", "wrong", {"reason"}),
    };
}

std::vector<Fixture> lengths() {
    return {
        received(Drop::on_6_1("UDP length field"), "__udp4_lib_rcv", 17)
            .udp(9)
            .reason("PKT_TOO_SMALL")
            .lost("malformed-l4", "the UDP header says 28 bytes", {"reason"}),
        cut_to(received(Drop::on_6_1("4 bytes of UDP"), "__udp4_lib_rcv", 17), 4)
            .lost("malformed-l4", "4 bytes are less than the header of UDP", {"packet", "sample"}),
        received(Drop::on_6_1("TCP header length"), "tcp_v4_rcv", 6)
            .tcp("S")
            .reason("PKT_TOO_SMALL")
            .lost("malformed-l4", "the TCP header claims to be 20 bytes long", {"reason"}),
        cut_to(received(Drop::on_6_18("12 bytes of TCP"), "tcp_v4_rcv", 6), 12)
            .lost("malformed-l4", "12 bytes are less than the header of TCP", {"packet"}),
        cut_to(received(Drop::on_6_1("4 bytes of ICMP"), "icmp_rcv", 1), 4)
            .reason("ICMP_CSUM")
            .lost("malformed-l4", "4 bytes are less than the header of ICMP", {"packet"}),
        Drop::on_6_18("ICMPv6 error without the packet it is about")
            .at("icmpv6_rcv")
            .dev("v1")
            .ip("fd00::1", "fd00::2", 58)
            .icmp(1)
            .reason("PKT_TOO_SMALL")
            .lost("malformed-l4", "the ICMP message is cut short", {"reason"}),
        received(Drop::on_6_1("unknown ICMP type"), "icmp_rcv", 1)
            .icmp(99)
            .reason("UNHANDLED_PROTO")
            .lost("malformed-l4", "ICMP type 99 is not known here", {"reason"}),
        received(Drop::on_6_18("UDP length field"), "__udp4_lib_rcv", 17)
            .udp(9)
            .reason("PKT_TOO_SMALL")
            .lost("malformed-l4", "28 bytes", {"reason"}),
        received(Drop::on_6_1("8 bytes are a whole UDP header"), "__udp4_lib_rcv", 17).unknown(),
    };
}

}  // namespace

std::vector<Fixture> transport_header_fixtures() {
    return join({checksums, lengths});
}

}  // namespace knowhy::explain::testing
