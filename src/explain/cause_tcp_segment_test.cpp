#include "explain/fixture.h"

namespace knowhy::explain::testing {
namespace {

constexpr uint8_t kEstablished = 1;
constexpr uint32_t kExpected = 1000;
constexpr const char* kCheck = "tcp_validate_incoming";

// A connection that waits for 1000, has a window of 500, and sent up to 9000, acknowledged to 8000.
Drop connected(Drop drop, const std::string& place) {
    return drop.at(place)
        .ip("10.1.0.1", "10.1.0.2", 6)
        .around("tcp_v4_do_rcv")
        .under({"tcp_v4_do_rcv", "tcp_v4_rcv"})
        .socket(kEstablished, {{"rcv_nxt", kExpected},
                               {"rcv_wnd", 500},
                               {"snd_una", 8000},
                               {"snd_nxt", 9000},
                               {"ts_recent", 77000}});
}

Drop segment(Drop drop, const std::string& place, const std::string& flags, uint32_t sequence,
             uint32_t payload) {
    Drop made = connected(std::move(drop), place).tcp(flags, sequence, payload);
    model::TcpHeader& tcp = *made.sample().decoded.transport->tcp;
    tcp.acknowledgement = 8000;
    tcp.timestamp = 76000;
    return made;
}

Drop acknowledging(Drop drop, uint32_t number) {
    drop.sample().decoded.transport->tcp->acknowledgement = number;
    return drop;
}

const std::vector<std::string> kWholePosition = {"reason", "packet", "socket", "sample"};

std::vector<Fixture> windows() {
    return {
        segment(Drop::on_6_1("after the window"), kCheck, ".", 11000, 10)
            .reason("TCP_INVALID_SEQUENCE")
            .lost("tcp-out-of-window",
                  "begins 10000 bytes after what the connection waits for, outside its window of "
                  "500",
                  kWholePosition),
        segment(Drop::on_6_1("far before the window"), kCheck, ".", 4000000000, 10)
            .reason("TCP_INVALID_SEQUENCE")
            .lost("tcp-out-of-window", "begins 294968296 bytes before", kWholePosition),
        segment(Drop::on_6_18("after the window"), kCheck, ".", 11000, 10)
            .reason("TCP_INVALID_SEQUENCE")
            .lost("tcp-out-of-window", "10000 bytes after", kWholePosition),
        segment(Drop::on_6_18("beyond the window"), kCheck, ".", 1000, 600)
            .reason("TCP_INVALID_END_SEQUENCE")
            .lost("tcp-out-of-window", "ends beyond", {"reason"}),
        segment(Drop::on_6_1("a RST behind"), kCheck, "R", 999, 0)
            .reason("TCP_INVALID_SEQUENCE")
            .lost("tcp-out-of-window", "begins 1 bytes before", kWholePosition),
        // Without the socket it may be a probe, which is no loss.
        Drop::on_6_1("no data, no socket")
            .at(kCheck)
            .ip("10.1.0.1", "10.1.0.2", 6)
            .tcp(".", 999, 0)
            .reason("TCP_INVALID_SEQUENCE")
            .gives("tcp-out-of-window", model::Certainty::Likely, model::Verdict::Unknown,
                   "or a mere keepalive probe"),
        Drop::on_6_1("data, no socket")
            .at(kCheck)
            .ip("10.1.0.1", "10.1.0.2", 6)
            .tcp(".", 999, 20)
            .reason("TCP_INVALID_SEQUENCE")
            .likely_lost("tcp-out-of-window"),
        segment(Drop::on_6_1("received before"), "tcp_data_queue", ".", 900, 100)
            .reason("TCP_OLD_DATA")
            .harmless("tcp-old-data", {"reason"}),
        segment(Drop::on_6_18("received before"), "tcp_data_queue", ".", 900, 100)
            .reason("TCP_OLD_DATA")
            .harmless("tcp-old-data", {"reason"}),
        segment(Drop::on_6_1("received before, in an earlier segment"), kCheck, ".", 700, 100)
            .reason("TCP_INVALID_SEQUENCE")
            .likely_harmless("tcp-old-data"),
        segment(Drop::on_6_18("received before, in an earlier segment"), kCheck, ".", 700, 100)
            .reason("TCP_OLD_SEQUENCE")
            .likely_harmless("tcp-old-data"),
        segment(Drop::on_6_1("out of order, twice"), "tcp_data_queue", ".", 1100, 10)
            .reason("TCP_OFOMERGE")
            .harmless("tcp-ofo-duplicate", {"reason"}),
        segment(Drop::on_6_18("out of order, twice"), "tcp_data_queue", ".", 1100, 10)
            .reason("TCP_OFOMERGE")
            .harmless("tcp-ofo-duplicate", {"reason"}),
        segment(Drop::on_6_1("closed window"), "tcp_data_queue", ".", 1000, 10)
            .reason("TCP_ZEROWINDOW")
            .counter("netstat.TcpExt.TCPZeroWindowDrop", 3)
            .lost("tcp-zero-window", "the program behind the socket does not read", {"reason"}),
        segment(Drop::on_6_18("closed window"), "tcp_data_queue", ".", 1000, 10)
            .reason("TCP_ZEROWINDOW")
            .lost("tcp-zero-window", "does not read", {"reason"}),
        segment(Drop::on_6_1("no reason"), kCheck, ".", 11000, 10).unknown(),
    };
}

std::vector<Fixture> numbers() {
    return {
        segment(Drop::on_6_1("PAWS"), kCheck, ".", 1000, 10)
            .reason("TCP_RFC7323_PAWS")
            .counter("netstat.TcpExt.PAWSEstab", 3)
            .lost("tcp-paws", "76000 after 77000", {"reason"}),
        segment(Drop::on_6_18("PAWS"), kCheck, ".", 1000, 10)
            .reason("TCP_RFC7323_PAWS")
            .lost("tcp-paws", "76000 after 77000", {"reason"}),
        segment(Drop::on_6_1("PAWS, a late ACK"), kCheck, ".", 1000, 0)
            .reason("TCP_RFC7323_PAWS")
            .harmless("tcp-paws", {"reason"}),
        segment(Drop::on_6_18("PAWS, a late ACK"), kCheck, ".", 1000, 0)
            .reason("TCP_RFC7323_PAWS_ACK")
            .harmless("tcp-paws", {"reason"}),
        segment(Drop::on_6_1("old ACK while closing"), kCheck, ".", 1000, 0)
            .reason("TCP_OLD_ACK")
            .harmless("tcp-ack-invalid", {"reason"}),
        segment(Drop::on_6_18("echo of a timestamp never sent"), kCheck, ".", 1000, 10)
            .reason("TCP_RFC7323_TSECR")
            .lost("tcp-paws", "echoes a timestamp", {"reason"}),
        acknowledging(segment(Drop::on_6_1("ACK of unsent data"), "tcp_v4_do_rcv", ".", 1000, 10),
                      1000000)
            .reason("TCP_ACK_UNSENT_DATA")
            .lost("tcp-ack-invalid", "acknowledges data that was never sent", {"reason"}),
        acknowledging(segment(Drop::on_6_18("ACK of unsent data"), "tcp_v4_do_rcv", ".", 1000, 10),
                      1000000)
            .reason("TCP_ACK_UNSENT_DATA")
            .lost("tcp-ack-invalid", "never sent", {"reason"}),
        segment(Drop::on_6_1("ACK far too old"), "tcp_v4_do_rcv", ".", 1000, 10)
            .reason("TCP_TOO_OLD_ACK")
            .lost("tcp-ack-invalid", "further back than any window", {"reason"}),
        segment(Drop::on_6_1("old ACK with data"), "tcp_rcv_state_process", ".", 1000, 10)
            .reason("TCP_OLD_ACK")
            .lost("tcp-ack-invalid", "opening or closing", {"reason"}),
    };
}

std::vector<Fixture> flags() {
    return {
        segment(Drop::on_6_1("no flags"), "tcp_v4_do_rcv", "", 1000, 10)
            .reason("TCP_FLAGS")
            .lost("tcp-flags", "neither ACK nor SYN nor RST", {"reason"}),
        segment(Drop::on_6_18("no flags"), "tcp_v4_do_rcv", "", 1000, 10)
            .reason("TCP_FLAGS")
            .lost("tcp-flags", "neither ACK nor SYN nor RST", {"reason"}),
        segment(Drop::on_6_1("SYN and FIN"), "tcp_rcv_state_process", "SF", 1000, 0)
            .reason("TCP_FLAGS")
            .lost("tcp-flags", "make no sense here", {"reason"}),
        segment(Drop::on_6_1("RST in the window"), kCheck, "R", 1005, 0)
            .reason("TCP_RESET")
            .counter("netstat.TcpExt.TCPChallengeACK", 3)
            .lost("tcp-reset-inexact", "challenge ACK", {"reason"}),
        segment(Drop::on_6_18("RST in the window"), kCheck, "R", 1005, 0)
            .reason("TCP_RESET")
            .lost("tcp-reset-inexact", "challenge ACK", {"reason"}),
        // A RST for a listener bears the same name.
        Drop::on_6_1("RST to a listener")
            .at("tcp_rcv_state_process")
            .ip("10.1.0.1", "10.1.0.2", 6)
            .tcp("R")
            .reason("TCP_RESET")
            .unknown(),
        segment(Drop::on_6_1("SYN in a connection"), kCheck, "S", 1000, 0)
            .reason("TCP_INVALID_SYN")
            .counter("netstat.TcpExt.TCPSYNChallenge", 3)
            .lost("tcp-syn-established", "a connection that exists already", {"reason"}),
        segment(Drop::on_6_18("SYN in a connection"), kCheck, "S", 1000, 0)
            .reason("TCP_INVALID_SYN")
            .lost("tcp-syn-established", "exists already", {"reason"}),
    };
}

}  // namespace

std::vector<Fixture> tcp_segment_fixtures() {
    return join({windows, numbers, flags});
}

}  // namespace knowhy::explain::testing
