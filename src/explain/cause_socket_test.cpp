#include "explain/fixture.h"

namespace knowhy::explain::testing {
namespace {

Drop datagram(Drop drop) {
    return drop.at("__udp4_lib_rcv").dev("v1").ip("10.1.0.1", "10.1.0.2").udp(9);
}

Drop datagram6(Drop drop) {
    return drop.at("__udp6_lib_rcv").dev("v1").ip("fd00::1", "fd00::2").udp(9);
}

Drop queued(Drop drop) {
    return drop.at("udp_queue_rcv_one_skb").dev("v1").ip("10.1.0.1", "10.1.0.2").udp(9);
}

model::Listener& socket_on(Drop& drop, uint16_t port, const std::string& address) {
    model::Listener socket;
    socket.protocol = 17;
    socket.port = port;
    socket.address = *model::IpAddress::parse(address);
    socket.state = 7;  // TCP_CLOSE
    drop.state().listeners.push_back(socket);
    return drop.state().listeners.back();
}

Fixture bound_elsewhere() {
    Drop drop = datagram(Drop::on_6_1("bound to another address")).reason("NO_SOCKET");
    socket_on(drop, 9, "10.1.0.77");
    return drop.lost("no-socket-udp", "is bound to 10.1.0.77", {"reason"});
}

Fixture connected_elsewhere() {
    Drop drop = datagram(Drop::on_6_1("connected to another peer")).reason("NO_SOCKET");
    model::Listener& socket = socket_on(drop, 9, "10.1.0.2");
    socket.peer = *model::IpAddress::parse("10.1.0.77");
    socket.peer_port = 5000;
    return drop.lost("no-socket-udp", "is connected to 10.1.0.77:5000", {"reason"});
}

Fixture on_another_device() {
    Drop drop = datagram(Drop::on_6_1("bound to another device")).reason("NO_SOCKET");
    const uint32_t other = drop.link("v9").ifindex;
    socket_on(drop, 9, "0.0.0.0").ifindex = other;
    return drop.lost("no-socket-udp", "is bound to the device v9", {"reason"});
}

Fixture opened_since() {
    Drop drop = datagram(Drop::on_6_1("opened since")).reason("NO_SOCKET");
    socket_on(drop, 9, "0.0.0.0");
    return drop.lost("no-socket-udp", "there is one now, so it came later", {"reason"});
}

std::vector<Fixture> no_socket() {
    return {
        datagram(Drop::on_6_1("closed UDP port"))
            .reason("NO_SOCKET")
            .counter("snmp.Udp.NoPorts", 3)
            .lost("no-socket-udp", "no UDP socket takes packets for port 9", {"reason"}),
        bound_elsewhere(),
        connected_elsewhere(),
        on_another_device(),
        opened_since(),
        datagram(Drop::on_6_18("closed UDP port, nobody looked"))
            .reason("NO_SOCKET")
            .unsampled()
            .lost("no-socket-udp", "no UDP socket", {"reason"}),
        datagram6(Drop::on_6_1("closed UDP port, IPv6"))
            .reason("NO_SOCKET")
            .counter("snmp6.Udp6InCsumErrors", 0)
            .lost("no-socket-udp", "port 9", {"reason", "counters"}),
        // The same name, while checksum errors are counted: one of the two it is.
        datagram6(Drop::on_6_1("closed UDP port or bad checksum, IPv6"))
            .reason("NO_SOCKET")
            .counter("snmp6.Udp6InCsumErrors", 3)
            .likely_lost("no-socket-udp"),
        datagram(Drop::on_6_1("no reason, no many")).fact("fib_validate_source", 0).unknown(),
    };
}

std::vector<Fixture> buffers() {
    const std::map<std::string, int64_t> full = {{"rmem_alloc", 2304}, {"rcvbuf", 2304}};
    return {
        queued(Drop::on_6_1("receive buffer full"))
            .reason("SOCKET_RCVBUFF")
            .fact("__udp_enqueue_schedule_skb", -12)
            .socket(7, full)
            .counter("snmp.Udp.RcvbufErrors", 3)
            .lost("udp-rcvbuf", "the socket on port 9 is full: 2304 of 2304 bytes",
                  {"reason+fact:__udp_enqueue_schedule_skb"}),
        queued(Drop::on_6_1("receive buffer full, a kernel without reasons"))
            .reason("")
            .fact("__udp_enqueue_schedule_skb", -12)
            .lost("udp-rcvbuf", "is full", {"fact:__udp_enqueue_schedule_skb"}),
        queued(Drop::on_6_18("receive buffer full"))
            .reason("SOCKET_RCVBUFF")
            .socket(7, full)
            .lost("udp-rcvbuf", "2304 of 2304 bytes", {"reason"}),
        Drop::on_6_1("raw socket's buffer full")
            .at("raw_rcv")
            .ip("10.1.0.1", "10.1.0.2", 253)
            .reason("SOCKET_RCVBUFF")
            .lost("udp-rcvbuf", "is full", {"reason"}),
        queued(Drop::on_6_1("UDP memory"))
            .reason("PROTO_MEM")
            .fact("__udp_enqueue_schedule_skb", -105)
            .sysctl("net.ipv4.udp_mem", "0\t0\t0")
            .counter("snmp.Udp.MemErrors", 3)
            .lost("udp-mem", "udp_mem", {"reason+fact:__udp_enqueue_schedule_skb"}),
        queued(Drop::on_6_18("UDP memory"))
            .reason("PROTO_MEM")
            .lost("udp-mem", "udp_mem", {"reason"}),
        // TCP has the same name for its own memory.
        Drop::on_6_1("TCP memory")
            .at("tcp_data_queue")
            .ip("10.1.0.1", "10.1.0.2", 6)
            .tcp(".", 1000, 100)
            .reason("PROTO_MEM")
            .likely_lost("tcp-memory"),
        queued(Drop::on_6_1("no reason and the enqueue succeeded")).unknown(),
    };
}

std::vector<Fixture> filters() {
    return {
        queued(Drop::on_6_1("socket filter"))
            .reason("SOCKET_FILTER")
            .fact("sk_filter_trim_cap", -1)
            .lost("socket-filter", "a filter of the socket on port 9 refused",
                  {"reason+fact:sk_filter_trim_cap"}),
        Drop::on_6_1("socket filter of a listener")
            .at("tcp_v4_rcv")
            .dev("v1")
            .ip("10.1.0.1", "10.1.0.2", 6)
            .tcp("S")
            .reason("SOCKET_FILTER")
            .fact("sk_filter_trim_cap", -1)
            .lost("socket-filter", "port 9", {"reason+fact:sk_filter_trim_cap"}),
        queued(Drop::on_6_18("socket filter"))
            .reason("SOCKET_FILTER")
            .lost("socket-filter", "refused", {"reason"}),
        queued(Drop::on_6_18("security module"))
            .reason("SECURITY_HOOK")
            .lost("socket-filter", "a security module", {"reason"}),
        // -ENOMEM is no filter's word.
        queued(Drop::on_6_1("filter out of memory")).fact("sk_filter_trim_cap", -12).unknown(),
    };
}

}  // namespace

std::vector<Fixture> socket_fixtures() {
    return join({no_socket, buffers, filters});
}

}  // namespace knowhy::explain::testing
