#include "explain/fixture.h"

namespace knowhy::explain::testing {
namespace {

constexpr uint8_t kEstablished = 1;
constexpr uint8_t kSynSent = 2;
constexpr uint8_t kCloseWait = 8;

Drop probe(Drop drop, uint32_t sequence, uint32_t payload) {
    return drop.at("tcp_validate_incoming")
        .ip("10.1.0.1", "10.1.0.2", 6)
        .tcp(".", sequence, payload)
        .socket(kEstablished,
                {{"rcv_nxt", 1000}, {"rcv_wnd", 500}, {"snd_una", 8000}, {"snd_nxt", 8000}});
}

Drop closing(Drop drop, const std::string& flags, uint32_t payload, uint8_t state) {
    return drop.at("tcp_rcv_state_process")
        .under({"tcp_v4_do_rcv", "tcp_v4_rcv"})
        .around("tcp_v4_do_rcv")
        .ip("10.1.0.1", "10.1.0.2", 6)
        .tcp(flags, 1000, payload)
        .socket(state);
}

}  // namespace

std::vector<Fixture> harmless_tcp_fixtures() {
    const std::vector<std::string> all_of_it = {"reason", "packet", "socket", "sample"};
    return {
        probe(Drop::on_6_1("keepalive"), 999, 0)
            .reason("TCP_INVALID_SEQUENCE")
            .harmless("keepalive-probe", all_of_it),
        probe(Drop::on_6_18("keepalive"), 999, 0)
            .reason("TCP_OLD_SEQUENCE")
            .harmless("keepalive-probe", all_of_it),
        // One byte behind, but with data, or one byte ahead: no probe.
        probe(Drop::on_6_1("a byte of data behind"), 998, 1)
            .reason("TCP_INVALID_SEQUENCE")
            .likely_harmless("tcp-old-data"),
        probe(Drop::on_6_1("an ACK behind"), 990, 0)
            .reason("TCP_INVALID_SEQUENCE")
            .likely_harmless("tcp-old-data"),
        probe(Drop::on_6_1("an ACK ahead"), 2001, 0)
            .reason("TCP_INVALID_SEQUENCE")
            .lost("tcp-out-of-window", "1001 bytes after", all_of_it),

        closing(Drop::on_6_1("ACK in CLOSE_WAIT"), ".", 0, kCloseWait)
            .harmless("tcp-normal-close", {"packet", "socket", "place"}),
        closing(Drop::on_6_18("ACK in CLOSE_WAIT"), ".", 0, kCloseWait)
            .harmless("tcp-normal-close", {"packet", "socket"}),
        closing(Drop::on_6_18("ACK for a closed socket"), ".", 0, kCloseWait)
            .reason("TCP_CLOSE")
            .harmless("tcp-normal-close", {"packet"}),
        closing(Drop::on_6_1("ACK while opening"), ".", 0, kSynSent)
            .likely_harmless("tcp-normal-close"),
        closing(Drop::on_6_1("data in CLOSE_WAIT"), ".", 10, kCloseWait).unknown(),
        closing(Drop::on_6_1("SYN in CLOSE_WAIT"), "S", 0, kCloseWait).unknown(),

        Drop::on_6_1("unread FIN")
            .at("sk_stream_kill_queues")
            .under({"inet_csk_destroy_sock", "tcp_fin"})
            .length(0)
            .harmless("tcp-normal-close", {"sample", "place"}),
        Drop::on_6_18("unread FIN")
            .at("sk_stream_kill_queues")
            .reason("QUEUE_PURGE")
            .length(0)
            .harmless("tcp-normal-close", {"sample", "place"}),
    };
}

}  // namespace knowhy::explain::testing
