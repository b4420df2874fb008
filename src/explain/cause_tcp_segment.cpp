// Segments that an established connection does not take.
#include <fmt/format.h>

#include "explain/causes.h"
#include "explain/tcp_position.h"

namespace knowhy::explain {
namespace {

// A tail call shows the caller's name: these are all the places of an existing connection.
const Names kEstablished = {"tcp_validate_incoming", "tcp_rcv_established", "tcp_v4_do_rcv",
                            "tcp_v6_do_rcv", "tcp_rcv_state_process"};

void tell_sequence(const Context& context, Conclusion& found) {
    if (const model::TcpHeader* tcp = context.tcp()) {
        found.with(packet_evidence(
            "seq", fmt::format("{}, {} bytes", tcp->sequence, tcp->payload_length)));
    }
    found.with(context.socket_evidence("rcv_nxt"));
}

std::string window_text(const TcpPosition& position) {
    if (position.start < 0) {
        return fmt::format("it begins {} bytes before what the connection waits for",
                           -static_cast<int64_t>(position.start));
    }
    return fmt::format(
        "it begins {} bytes after what the connection waits for, outside its window "
        "of {}",
        position.start, position.window);
}

// The first stands for either side of the window on 6.1; newer kernels call what lies behind it
// OLD. Probes and repetitions bear these names as well.
const Names kEitherSide = {"TCP_INVALID_SEQUENCE", "TCP_OLD_SEQUENCE"};
const Names kBeyond = {"TCP_INVALID_END_SEQUENCE", "TCP_OVERWINDOW"};

std::optional<Conclusion> out_of_window(const Context& context) {
    const bool beyond = context.kernel_says(kBeyond);
    if (!beyond && !context.kernel_says(kEitherSide)) return std::nullopt;
    const auto position = tcp_position(context);
    if (!beyond && position && (position->is_probe || position->is_repeated)) {
        return std::nullopt;
    }
    const model::TcpHeader* tcp = context.tcp();
    const bool may_be_probe = !beyond && !position && (tcp == nullptr || is_pure_ack(*tcp));
    std::string sentence = "the segment is outside the connection's receive window";
    if (beyond) sentence = "the segment ends beyond the connection's receive window";
    if (position && !beyond) sentence += ": " + window_text(*position);
    if (may_be_probe) sentence += ", or a mere keepalive probe";
    Conclusion found = when(beyond || position.has_value(),
                            may_be_probe ? Verdict::Unknown : Verdict::Lost, std::move(sentence));
    tell_sequence(context, found);
    found.with(context.socket_evidence("rcv_wnd"));
    return found;
}

std::optional<Conclusion> old_data(const Context& context) {
    const bool named = context.kernel_says({"TCP_OLD_DATA"});
    const auto position = tcp_position(context);
    const bool behind = context.kernel_says(kEitherSide) && position && !position->is_probe &&
                        position->is_repeated;
    if (!named && !behind) return std::nullopt;
    Conclusion found = when(named, Verdict::Harmless,
                            "what the segment holds was received before: the sender repeated it, "
                            "because an ACK was late or lost");
    tell_sequence(context, found);
    found.with(context.counter("netstat.TcpExt.DelayedACKLost"));
    return found;
}

// A late pure ACK that repeats an older acknowledgement loses nothing.
bool is_late_ack(const Context& context) {
    const auto position = tcp_position(context);
    return position && is_pure_ack(*context.tcp()) && position->ack <= 0;
}

std::string paws_sentence(const Context& context) {
    if (context.kernel_says({"TCP_RFC7323_TSECR"})) {
        return "the segment echoes a timestamp that this side did not send";
    }
    std::string text =
        "the segment's timestamp is older than the last one of this connection (PAWS)";
    const model::TcpHeader* tcp = context.tcp();
    const auto recent = context.socket_field("ts_recent");
    if (tcp != nullptr && tcp->timestamp && recent) {
        text += fmt::format(": {} after {}", *tcp->timestamp, *recent);
    }
    return text;
}

std::optional<Conclusion> paws(const Context& context) {
    const bool late_ack = context.kernel_says({"TCP_RFC7323_PAWS_ACK"}) || is_late_ack(context);
    Conclusion found =
        certain(late_ack ? Verdict::Harmless : Verdict::Lost, paws_sentence(context));
    found.with(context.socket_evidence("ts_recent"));
    found.with(context.counter("netstat.TcpExt.PAWSEstab"));
    return found;
}

std::optional<Conclusion> ofo_duplicate(const Context& context) {
    const bool covered = context.kernel_says({"TCP_OFO_DROP"});
    Conclusion found = certain(
        Verdict::Harmless,
        covered ? "the segment waited out of order, and what came in front of it held its data, too"
                : "the segment waits in the out-of-order queue already: it came twice before the "
                  "gap in front of it was filled");
    tell_sequence(context, found);
    found.with(context.counter("netstat.TcpExt.TCPOFOMerge"));
    return found;
}

std::optional<Conclusion> flags(const Context& context) {
    const model::TcpHeader* tcp = context.tcp();
    std::string sentence = "the segment has no flags that make sense here";
    if (tcp != nullptr) {
        const bool none = !tcp->ack && !tcp->syn && !tcp->rst;
        sentence = none ? "the segment has neither ACK nor SYN nor RST"
                        : fmt::format("the flags {} make no sense here", tcp->flags());
    }
    return certain(Verdict::Lost, std::move(sentence));
}

std::optional<Conclusion> reset_inexact(const Context& context) {
    if (!context.at(kEstablished)) return std::nullopt;
    const model::TcpHeader* tcp = context.tcp();
    const auto position = tcp_position(context);
    const bool exact = position && position->start == 0;
    // A listener names a RST so, too: that one is for nobody.
    const bool validated = context.at({"tcp_validate_incoming"});
    if ((tcp != nullptr && !tcp->rst) || exact || (!validated && !position)) return std::nullopt;
    Conclusion found = when(validated || position, Verdict::Lost,
                            "a RST inside the window, but not at the number that the connection "
                            "waits for; the peer was asked to confirm it (challenge ACK)");
    tell_sequence(context, found);
    found.with(context.counter("netstat.TcpExt.TCPChallengeACK"));
    return found;
}

std::optional<Conclusion> syn_established(const Context& context) {
    Conclusion found = certain(Verdict::Lost,
                               "a SYN for a connection that exists already; the peer was asked to "
                               "confirm that it lost it (challenge ACK)");
    tell_sequence(context, found);
    found.with(context.counter("netstat.TcpExt.TCPSYNChallenge"));
    return found;
}

std::string ack_sentence(const Context& context) {
    if (context.kernel_says({"TCP_ACK_UNSENT_DATA"})) {
        return "the segment acknowledges data that was never sent";
    }
    if (context.kernel_says({"TCP_TOO_OLD_ACK"})) {
        return "what the segment acknowledges lies further back than any window of this connection";
    }
    if (context.kernel_says({"TCP_OLD_ACK"})) {
        return "the segment acknowledges what was acknowledged before, and the connection is "
               "opening or closing";
    }
    return "the segment does not acknowledge what this side sent to open the connection";
}

std::optional<Conclusion> ack_invalid(const Context& context) {
    const model::TcpHeader* tcp = context.tcp();
    const bool late = context.kernel_says({"TCP_OLD_ACK"}) && tcp != nullptr && is_pure_ack(*tcp);
    Conclusion found = certain(late ? Verdict::Harmless : Verdict::Lost, ack_sentence(context));
    if (tcp != nullptr) {
        found.with(packet_evidence("ack", fmt::format("{}", tcp->acknowledgement)));
    }
    found.with(context.socket_evidence("snd_una"));
    found.with(context.socket_evidence("snd_nxt"));
    return found;
}

std::optional<Conclusion> zero_window(const Context& context) {
    Conclusion found = certain(Verdict::Lost,
                               "data came while the receive window was closed: the program behind "
                               "the socket does not read");
    tell_sequence(context, found);
    found.with(context.socket_evidence("rmem_alloc"));
    found.with(context.socket_evidence("rcvbuf"));
    found.with(context.counter("netstat.TcpExt.TCPZeroWindowDrop"));
    found.attempt(context.here("ss -tnm"), "shows what waits unread (Recv-Q) and the buffers");
    return found;
}

}  // namespace

std::vector<Cause> tcp_segment_causes() {
    const std::string_view by_name = "certain";
    return {
        {.id = "tcp-out-of-window",
         .title = "TCP: outside the receive window",
         .facts = "the kernel's TCP_INVALID_SEQUENCE or TCP_OLD_SEQUENCE with the segment's place "
                  "in the window; or TCP_INVALID_END_SEQUENCE, TCP_OVERWINDOW",
         .certainty = "certain with segment and socket, or by the last two names; else likely, "
                      "because keepalive probes and repeated data bear the first two names",
         .reasons = {"TCP_INVALID_SEQUENCE", "TCP_OLD_SEQUENCE", "TCP_INVALID_END_SEQUENCE",
                     "TCP_OVERWINDOW"},
         .match = out_of_window},
        {.id = "tcp-old-data",
         .title = "TCP: data that was received before",
         .facts = "the kernel's TCP_OLD_DATA; or TCP_INVALID_SEQUENCE, TCP_OLD_SEQUENCE and a "
                  "segment less than a window behind",
         .certainty = "certain by TCP_OLD_DATA, else likely. Harmless: the receiver has it",
         .reasons = {"TCP_OLD_DATA", "TCP_INVALID_SEQUENCE", "TCP_OLD_SEQUENCE"},
         .match = old_data},
        {.id = "tcp-paws",
         .title = "TCP: older timestamp (PAWS)",
         .facts = "the kernel's TCP_RFC7323_PAWS and its kin",
         .certainty = "certain. Harmless for a pure ACK that is late",
         .reasons = {"TCP_RFC7323_PAWS", "TCP_RFC7323_PAWS_ACK", "TCP_RFC7323_TW_PAWS",
                     "TCP_RFC7323_TSECR"},
         .match = paws},
        {.id = "tcp-ofo-duplicate",
         .title = "TCP: out of order, and queued before",
         .facts = "the kernel's TCP_OFOMERGE or TCP_OFO_DROP",
         .certainty = "certain. Harmless: the receiver has it",
         .reasons = {"TCP_OFOMERGE", "TCP_OFO_DROP"},
         .match = ofo_duplicate},
        {.id = "tcp-flags",
         .title = "TCP: flags that make no sense",
         .facts = "the kernel's TCP_FLAGS",
         .certainty = by_name,
         .reasons = {"TCP_FLAGS"},
         .match = flags},
        {.id = "tcp-reset-inexact",
         .title = "TCP: a RST that is not at the expected number",
         .facts = "the kernel's TCP_RESET in tcp_validate_incoming, or a RST whose number is not "
                  "rcv_nxt",
         .certainty = by_name,
         .reasons = {"TCP_RESET"},
         .match = reset_inexact},
        {.id = "tcp-syn-established",
         .title = "TCP: a SYN for a connection that exists",
         .facts = "the kernel's TCP_INVALID_SYN",
         .certainty = by_name,
         .reasons = {"TCP_INVALID_SYN"},
         .match = syn_established},
        {.id = "tcp-ack-invalid",
         .title = "TCP: an acknowledgement that cannot be",
         .facts = "the kernel's TCP_ACK_UNSENT_DATA, TCP_TOO_OLD_ACK, TCP_OLD_ACK or "
                  "TCP_INVALID_ACK_SEQUENCE",
         .certainty = "certain. Harmless for a pure ACK that is merely old",
         .reasons = {"TCP_ACK_UNSENT_DATA", "TCP_TOO_OLD_ACK", "TCP_OLD_ACK",
                     "TCP_INVALID_ACK_SEQUENCE"},
         .match = ack_invalid},
        {.id = "tcp-zero-window",
         .title = "TCP: data into a closed window",
         .facts = "the kernel's TCP_ZEROWINDOW",
         .certainty = by_name,
         .reasons = {"TCP_ZEROWINDOW"},
         .match = zero_window},
    };
}

}  // namespace knowhy::explain
