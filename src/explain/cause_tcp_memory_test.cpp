#include "explain/fixture.h"

namespace knowhy::explain::testing {
namespace {

constexpr uint8_t kEstablished = 1;

Drop segment(Drop drop, const std::string& place) {
    return drop.at(place).ip("10.1.0.1", "10.1.0.2", 6).tcp(".", 1000, 100).ttl(64);
}

Drop queueing(Drop drop, int64_t used) {
    return segment(std::move(drop), "tcp_data_queue")
        .reason("PROTO_MEM")
        .around("tcp_v4_do_rcv")
        .under({"tcp_v4_do_rcv", "tcp_v4_rcv"})
        .socket(kEstablished, {{"rmem_alloc", used}, {"rcvbuf", 4000}})
        .sysctl("net.ipv4.tcp_mem", "1 2 3");
}

std::vector<Fixture> memory() {
    return {
        queueing(Drop::on_6_1("over its own buffer"), 4001)
            .lost("tcp-memory", "receive buffer is full: 4001 of 4000 bytes",
                  {"reason", "socket", "sample"}),
        queueing(Drop::on_6_18("over tcp_mem"), 100)
            .lost("tcp-memory", "all TCP sockets of the host together",
                  {"reason", "socket", "sample"}),
        segment(Drop::on_6_1("no socket seen"), "tcp_data_queue")
            .reason("PROTO_MEM")
            .likely_lost("tcp-memory", "or all TCP sockets"),
        segment(Drop::on_6_18("pruned"), "tcp_prune_ofo_queue")
            .reason("TCP_OFO_QUEUE_PRUNE")
            .lost("tcp-memory", "waited out of order", {"reason"}),
        segment(Drop::on_6_1("freed there for nothing that is known"), "tcp_data_queue").unknown(),
        segment(Drop::on_6_1("backlog"), "tcp_v4_rcv")
            .reason("SOCKET_BACKLOG")
            .lost("tcp-socket-backlog", "backlog is full", {"reason"}),
        segment(Drop::on_6_18("covered by what came later"), "tcp_data_queue")
            .reason("TCP_OFO_DROP")
            .harmless("tcp-ofo-duplicate", {"reason"}),
    };
}

std::vector<Fixture> min_ttl() {
    return {
        segment(Drop::on_6_18("below IP_MINTTL"), "tcp_v4_rcv")
            .reason("TCP_MINTTL")
            .lost("tcp-min-ttl", "TTL (64)", {"reason"}),
        segment(Drop::on_6_1("below IP_MINTTL"), "tcp_v4_rcv")
            .counter("netstat.TcpExt.TCPMinTTLDrop", 3)
            .likely_lost("tcp-min-ttl"),
        segment(Drop::on_6_1("the counter does not account for all"), "tcp_v4_rcv")
            .counter("netstat.TcpExt.TCPMinTTLDrop", 2)
            .unknown(),
        segment(Drop::on_6_1("with a filter the counter says nothing"), "tcp_v4_rcv")
            .filter("tcp")
            .counter("netstat.TcpExt.TCPMinTTLDrop", 3)
            .unknown(),
    };
}

}  // namespace

std::vector<Fixture> tcp_memory_fixtures() {
    return join({memory, min_ttl});
}

}  // namespace knowhy::explain::testing
