// TCP's own housekeeping.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "explain/causes.h"
#include "explain/tcp_position.h"
#include "explain/time_wait.h"

namespace knowhy::explain {
namespace {

Conclusion harmless_segment(const Context& context, bool proven, std::string sentence) {
    Conclusion found = when(proven, Verdict::Harmless, std::move(sentence));
    if (const model::TcpHeader* tcp = context.tcp()) {
        found.with(packet_evidence("segment",
                                   fmt::format("{}, {} bytes", tcp->flags(), tcp->payload_length)));
    }
    return found;
}

std::optional<Conclusion> keepalive_probe(const Context& context) {
    const auto position = tcp_position(context);
    if (!position || !position->is_probe) return std::nullopt;
    Conclusion found = harmless_segment(
        context, true, "a probe (keepalive or closed window), which was answered with an ACK");
    found.with(packet_evidence("seq", "rcv_nxt - 1"));
    return found;
}

// States in which a connection takes no more data, so that every pure ACK ends here. CLOSE is what
// the last ACK itself has made of it.
constexpr uint8_t kFinWait1 = 4;
constexpr uint8_t kFinWait2 = 5;
constexpr uint8_t kClosed = 7;
constexpr uint8_t kCloseWait = 8;
constexpr uint8_t kLastAck = 9;
constexpr uint8_t kClosing = 11;

bool is_closing(const Context& context) {
    if (context.sample == nullptr || !context.sample->socket) return false;
    constexpr std::array kStates = {kFinWait1, kFinWait2, kClosed, kCloseWait, kLastAck, kClosing};
    return std::find(kStates.begin(), kStates.end(), context.sample->socket->state) !=
           kStates.end();
}

std::optional<Conclusion> ack_while_closing(const Context& context) {
    const bool named = context.kernel_says({"TCP_CLOSE"});
    const model::TcpHeader* tcp = context.tcp();
    if ((!named && !context.says_nothing()) || tcp == nullptr || !is_pure_ack(*tcp) || !tcp->ack) {
        return std::nullopt;
    }
    return harmless_segment(context, named || is_closing(context),
                            "an ACK for a connection that is closing, taken note of");
}

// The peer's FIN that nobody read: it stays in the receive queue until the socket goes.
std::optional<Conclusion> unread_fin(const Context& context) {
    const bool purge = context.says_nothing() || context.kernel_says({"QUEUE_PURGE"});
    if (!purge || context.sample == nullptr || context.sample->length != 0) return std::nullopt;
    Conclusion found = certain(Verdict::Harmless,
                               "the peer's FIN, left in the queue of a socket "
                               "that was closed");
    return found.with(packet_evidence("length", "0"));
}

std::optional<Conclusion> farewell(const Context& context) {
    const auto seen = time_wait(context);
    const model::TcpHeader* tcp = context.tcp();
    if (!seen || tcp == nullptr || !closes_normally(*seen, *tcp)) return std::nullopt;
    Conclusion found =
        harmless_segment(context, true, "the last segments of a connection that this side closed");
    return found.with(context.return_of("tcp_timewait_state_process"));
}

std::optional<Conclusion> normal_close(const Context& context) {
    if (context.at({"tcp_rcv_state_process"})) return ack_while_closing(context);
    if (context.at({"sk_stream_kill_queues"})) return unread_fin(context);
    return farewell(context);
}

}  // namespace

std::vector<Cause> harmless_tcp_causes() {
    return {
        {.id = "keepalive-probe",
         .title = "TCP: a keepalive or window probe",
         .facts = "the kernel's TCP_INVALID_SEQUENCE or TCP_OLD_SEQUENCE for a segment without "
                  "data at rcv_nxt - 1",
         .certainty = "certain",
         .reasons = {"TCP_INVALID_SEQUENCE", "TCP_OLD_SEQUENCE"},
         .match = keepalive_probe},
        {.id = "tcp-normal-close",
         .title = "TCP: the end of a connection",
         .facts = "a segment without data or SYN that met TIME_WAIT; a pure ACK freed in "
                  "tcp_rcv_state_process while the connection closes; a FIN left in the queue of a "
                  "closed socket",
         .certainty = "certain with the socket's state, or tcp_timewait_state_process; likely for "
                      "a pure ACK without",
         .places = {"tcp_v4_rcv", "tcp_v6_rcv", "tcp_rcv_state_process", "sk_stream_kill_queues"},
         .match = normal_close},
    };
}

}  // namespace knowhy::explain
