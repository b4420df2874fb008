#include "explain/fixture.h"

namespace knowhy::explain::testing {
namespace {

constexpr uint8_t kEstablished = 1;
constexpr uint8_t kTimeWait = 6;
constexpr uint8_t kListening = 10;

Drop arrived(Drop drop, const std::string& flags, uint32_t payload = 0) {
    return drop.at("tcp_v4_rcv")
        .dev("v1")
        .ip("10.1.0.1", "10.1.0.2", 6)
        .tcp(flags, 1000, payload, 7000);
}

Drop refused(Drop drop, int64_t waiting, int64_t half_open) {
    return drop.at("tcp_conn_request")
        .refusal()
        .reason("")
        .dev("v1")
        .ip("10.1.0.1", "10.1.0.2", 6)
        .tcp("S", 1000, 0, 7000)
        .socket(kListening,
                {{"ack_backlog", waiting}, {"max_ack_backlog", 2}, {"syn_queue", half_open}});
}

Drop listening(Drop drop, const std::string& address, uint32_t waiting) {
    model::Listener listener;
    listener.protocol = 6;
    listener.port = 7000;
    listener.address = *model::IpAddress::parse(address);
    listener.state = kListening;
    listener.receive_queue = waiting;
    listener.send_queue = 2;
    drop.state().listeners.push_back(listener);
    return drop;
}

std::vector<Fixture> no_socket() {
    return {
        arrived(Drop::on_6_1("closed TCP port"), "S")
            .reason("NO_SOCKET")
            .lost("no-socket-tcp", "nobody listens on TCP port 7000", {"reason"}),
        listening(arrived(Drop::on_6_1("listens elsewhere"), "S"), "10.1.0.9", 0)
            .reason("NO_SOCKET")
            .lost("no-socket-tcp", "is bound to 10.1.0.9", {"reason"}),
        listening(arrived(Drop::on_6_1("listens now"), "S"), "::", 0)
            .reason("NO_SOCKET")
            .lost("no-socket-tcp", "there is one now", {"reason"}),
        arrived(Drop::on_6_18("closed TCP port"), "S")
            .reason("NO_SOCKET")
            .lost("no-socket-tcp", "nobody listens on TCP port 7000", {"reason"}),
        arrived(Drop::on_6_18("closed TCP port, nobody looked"), "S")
            .reason("NO_SOCKET")
            .unsampled()
            .lost("no-socket-tcp", "there is no connection or listener", {"reason"}),
        arrived(Drop::on_6_1("data of an unknown connection"), ".", 100)
            .reason("NO_SOCKET")
            .lost("no-socket-tcp", "is not known here", {"reason"}),
        arrived(Drop::on_6_1("RST, nothing to end"), "R")
            .reason("NO_SOCKET")
            .harmless("no-socket-tcp", {"reason"}),
        arrived(Drop::on_6_1("no reason, no TIME_WAIT"), ".", 10).unknown(),
    };
}

std::vector<Fixture> after_close() {
    const std::string asked = "fact:tcp_timewait_state_process";
    return {
        arrived(Drop::on_6_1("data in TIME_WAIT"), ".", 10)
            .fact("tcp_timewait_state_process", 2)
            .socket(kTimeWait)
            .lost("tcp-time-wait", "data for a connection that is over",
                  {asked + "+socket", "packet"}),
        arrived(Drop::on_6_1("data after close"), ".", 10)
            .fact("tcp_timewait_state_process", 1)
            .socket(kTimeWait)
            .lost("tcp-time-wait", "answered with a RST", {asked + "+socket", "packet"}),
        arrived(Drop::on_6_1("SYN in TIME_WAIT"), "S")
            .fact("tcp_timewait_state_process", 2)
            .lost("tcp-time-wait", "a SYN for a connection in TIME_WAIT", {asked, "packet"}),
        arrived(Drop::on_6_18("data in TIME_WAIT"), ".", 10)
            .socket(kTimeWait)
            .lost("tcp-time-wait", "data for a connection that is over", {"socket", "packet"}),
        arrived(Drop::on_6_18("data after close"), ".", 10)
            .at("tcp_v4_do_rcv")
            .reason("TCP_ABORT_ON_DATA")
            .lost("tcp-time-wait", "answered with a RST", {"reason"}),
        arrived(Drop::on_6_1("FIN in TIME_WAIT"), "F.")
            .fact("tcp_timewait_state_process", 2)
            .socket(kTimeWait)
            .harmless("tcp-normal-close", {asked + "+socket", "packet"}),
        arrived(Drop::on_6_18("FIN in TIME_WAIT"), "F.")
            .socket(kTimeWait)
            .harmless("tcp-normal-close", {"socket", "packet"}),
        arrived(Drop::on_6_1("a FIN that did not meet TIME_WAIT"), "F.").unknown(),
        arrived(Drop::on_6_18("an established socket"), ".").socket(kEstablished).unknown(),
    };
}

std::vector<Fixture> queues() {
    return {
        refused(Drop::on_6_1("accept queue full"), 3, 0)
            .counter("netstat.TcpExt.ListenOverflows", 3)
            .lost("listen-queue", "the listener on port 7000 is full: 3 wait, its limit is 2",
                  {"socket", "sample"}),
        refused(Drop::on_6_1("SYN queue full"), 0, 3)
            .sysctl("net.ipv4.tcp_syncookies", "0")
            .counter("netstat.TcpExt.TCPReqQFullDrop", 3)
            .lost("syn-backlog", "too many half-open connections wait", {"socket", "sample"}),
        refused(Drop::on_6_1("both full, no cookies"), 3, 3)
            .sysctl("net.ipv4.tcp_syncookies", "0")
            .lost("syn-backlog", "SYN cookies are off", {"socket"}),
        refused(Drop::on_6_1("both full, cookies"), 3, 3)
            .sysctl("net.ipv4.tcp_syncookies", "1")
            .lost("listen-queue", "is full", {"socket", "sysctl:net.ipv4.tcp_syncookies", "state"}),
        arrived(Drop::on_6_18("the last ACK"), ".")
            .reason("TCP_LISTEN_OVERFLOW")
            .lost("listen-queue", "the listener on port 7000 is full", {"reason"}),
        listening(arrived(Drop::on_6_1("the last ACK"), "."), "0.0.0.0", 3)
            .counter("netstat.TcpExt.ListenOverflows", 3)
            .likely_lost("listen-queue", "3 wait, its limit is 2"),
        listening(arrived(Drop::on_6_1("room in the queue"), "."), "0.0.0.0", 2)
            .counter("netstat.TcpExt.ListenOverflows", 3)
            .unknown(),
        refused(Drop::on_6_1("nobody looked at the listener"), 3, 0).unsampled().unknown(),
    };
}

}  // namespace

std::vector<Fixture> tcp_connection_fixtures() {
    return join({no_socket, after_close, queues});
}

}  // namespace knowhy::explain::testing
