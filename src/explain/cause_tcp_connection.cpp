// No connection to take the segment: nobody listens, full queues, closed by this side.
#include <fmt/format.h>

#include "explain/causes.h"
#include "explain/port_search.h"
#include "explain/tcp_position.h"
#include "explain/time_wait.h"

namespace knowhy::explain {
namespace {

const Names kTcpInput = {"tcp_v4_rcv", "tcp_v6_rcv"};
const Names kCookieInput = {"tcp_v4_do_rcv", "tcp_v6_do_rcv"};

std::optional<Conclusion> no_socket_tcp(const Context& context) {
    if (!context.at(kTcpInput) || !context.kernel_says({"NO_SOCKET"})) return std::nullopt;
    const model::TcpHeader* tcp = context.tcp();
    if (tcp != nullptr && tcp->rst) {
        return certain(Verdict::Harmless, "a RST for a connection that is gone already");
    }
    const bool opens = tcp != nullptr && tcp->syn && !tcp->ack;
    std::string sentence = "there is no connection or listener for " + port_text(context);
    if (opens) {
        sentence = fmt::format("nobody listens on TCP {}{}", port_text(context),
                               port_search_text(context, search_port(context)));
    } else if (tcp != nullptr) {
        sentence = "the connection that the segment belongs to is not known here (any more)";
    }
    Conclusion found = certain(Verdict::Lost, std::move(sentence));
    if (tcp != nullptr) found.with(packet_evidence("flags", tcp->flags()));
    found.with(context.counter("snmp.Tcp.OutRsts"));
    found.attempt(sockets_command(context, opens ? "-ltnp" : "-tanp"),
                  opens ? "shows who listens on that port" : "shows the connections of that port");
    return found;
}

std::string time_wait_sentence(const TimeWait& seen, const model::TcpHeader& tcp) {
    if (tcp.syn) {
        return "a SYN for a connection in TIME_WAIT that does not prove to be a new one by its "
               "number or timestamp";
    }
    return seen.answered_by_rst
               ? "data for a connection that this side has closed; it was answered with a RST"
               : "data for a connection that is over (TIME_WAIT)";
}

std::optional<Conclusion> after_close(const Context& context) {
    if (context.kernel_says({"TCP_ABORT_ON_DATA"})) {
        return certain(Verdict::Lost,
                       "data for a connection that this side has closed; it was answered with a "
                       "RST");
    }
    const auto seen = time_wait(context);
    const model::TcpHeader* tcp = context.tcp();
    if (!seen || tcp == nullptr || closes_normally(*seen, *tcp)) return std::nullopt;
    Conclusion found = certain(Verdict::Lost, time_wait_sentence(*seen, *tcp));
    found.with(context.return_of("tcp_timewait_state_process"))
        .with(packet_evidence("segment",
                              fmt::format("{}, {} bytes", tcp->flags(), tcp->payload_length)));
    found.attempt(sockets_command(context, "-tan state time-wait"),
                  "shows the connections in TIME_WAIT");
    return found;
}

void tell_limit(const Context& context, Conclusion& found, const char* name, int64_t value) {
    found.with(Evidence{Evidence::Kind::Memory, name, fmt::format("{}", value), "connections",
                        Evidence::Read::Event});
    if (const auto cap = context.sysctl("net.core.somaxconn")) found.with(*cap);
}

// What a refused SYN found at its listener.
struct Refusal {
    int64_t waiting = 0;
    int64_t limit = 0;
    std::optional<int64_t> half_open;
    bool accept_queue = false;  // else the SYN queue
    bool sure = true;
};

// Only a full queue is seen refusing. The kernel asks the SYN queue first, which SYN cookies keep
// open; then the accept queue.
std::optional<Refusal> refusal(const Context& context) {
    if (context.group.key.source != model::DropSource::Refusal) return std::nullopt;
    const auto waiting = context.socket_field("ack_backlog");
    const auto limit = context.socket_field("max_ack_backlog");
    if (!waiting || !limit) return std::nullopt;
    Refusal seen{*waiting, *limit, context.socket_field("syn_queue"), *waiting > *limit, true};
    if (!seen.accept_queue || seen.half_open.value_or(0) <= *limit) return seen;
    const auto cookies = context.setting("net.ipv4.tcp_syncookies");
    seen.accept_queue = cookies != 0;
    seen.sure = cookies.has_value();
    return seen;
}

std::string accept_sentence(const Context& context, int64_t waiting, int64_t limit) {
    return fmt::format("the accept queue of the listener on {} is full: {} wait, its limit is {}",
                       port_text(context), waiting, limit);
}

void advise_accept(const Context& context, Conclusion& found) {
    found.with(context.counter("netstat.TcpExt.ListenOverflows"));
    found.attempt(sockets_command(context, "-ltn"),
                  "shows how many wait to be accepted (Recv-Q) and the limit (Send-Q), which is "
                  "the program's backlog or net.core.somaxconn");
}

// The last ACK of a handshake met a full queue: nothing but the counter and the listener say so.
std::optional<Conclusion> ack_to_full_queue(const Context& context) {
    if (!context.says_nothing() || (!context.at(kTcpInput) && !context.at(kCookieInput))) {
        return std::nullopt;
    }
    const model::TcpHeader* tcp = context.tcp();
    const model::Listener* full = full_listener(context);
    const bool handshake = tcp != nullptr && tcp->ack && !tcp->syn && !tcp->rst && !tcp->fin;
    if (!handshake || full == nullptr || time_wait(context)) return std::nullopt;
    if (context.counted("netstat.TcpExt.ListenOverflows").value_or(0) <= 0) return std::nullopt;
    Conclusion found =
        likely(Verdict::Lost, accept_sentence(context, full->receive_queue, full->send_queue));
    advise_accept(context, found);
    return found;
}

std::optional<Conclusion> listen_queue(const Context& context) {
    if (context.kernel_says({"TCP_LISTEN_OVERFLOW"})) {
        Conclusion found = certain(Verdict::Lost, fmt::format("the accept queue of the listener on "
                                                              "{} is full",
                                                              port_text(context)));
        advise_accept(context, found);
        return found;
    }
    const auto refused = refusal(context);
    if (!refused) return ack_to_full_queue(context);
    if (!refused->accept_queue) return std::nullopt;
    Conclusion found = when(refused->sure, Verdict::Lost,
                            accept_sentence(context, refused->waiting, refused->limit));
    tell_limit(context, found, "ack_backlog", refused->waiting);
    found.set("socket", "listen backlog", fmt::format("{}", refused->limit));
    advise_accept(context, found);
    return found;
}

std::optional<Conclusion> syn_backlog(const Context& context) {
    const auto refused = refusal(context);
    if (!refused || refused->accept_queue) return std::nullopt;
    Conclusion found =
        certain(Verdict::Lost,
                fmt::format("too many half-open connections wait at the listener on {} (limit {}), "
                            "and SYN cookies are off",
                            port_text(context), refused->limit));
    if (refused->half_open) tell_limit(context, found, "syn_queue", *refused->half_open);
    if (const auto cookies = context.sysctl("net.ipv4.tcp_syncookies")) {
        found.with(*cookies);
        found.set("sysctl", cookies->name, cookies->value);
    }
    found.with(context.counter("netstat.TcpExt.TCPReqQFullDrop"));
    found.attempt(context.here("sysctl -w net.ipv4.tcp_syncookies=1"),
                  "answers SYNs without keeping them once the queue is full");
    return found;
}

}  // namespace

std::vector<Cause> tcp_connection_causes() {
    return {
        {.id = "no-socket-tcp",
         .title = "No socket for the TCP port",
         .facts = "the kernel's NO_SOCKET in tcp_v4_rcv or tcp_v6_rcv; the listeners of the "
                  "snapshot say whether one is bound elsewhere",
         .certainty = "certain. Harmless for a RST, which has nothing left to end",
         .places = {"tcp_v4_rcv", "tcp_v6_rcv"},
         .match = no_socket_tcp},
        {.id = "tcp-time-wait",
         .title = "TCP: for a connection that this side has closed",
         .facts = "tcp_timewait_state_process was asked about the segment, or its socket is in "
                  "TIME_WAIT; the segment has data or SYN. Or the kernel's TCP_ABORT_ON_DATA",
         .certainty = "certain",
         .reasons = {"TCP_ABORT_ON_DATA"},
         .places = {"tcp_v4_rcv", "tcp_v6_rcv"},
         .match = after_close},
        {.id = "listen-queue",
         .title = "The accept queue of a listener is full",
         .facts = "a SYN refused in tcp_conn_request with ack_backlog above max_ack_backlog, and "
                  "the SYN queue not full, or kept open by tcp_syncookies; the "
                  "kernel's TCP_LISTEN_OVERFLOW. For the last ACK of a handshake: a full listener "
                  "in the snapshot, and ListenOverflows moves",
         .certainty = "certain for a SYN or by name; likely for an ACK. Where SYNs are not "
                      "watched, the counter alone makes a finding",
         .reasons = {"TCP_LISTEN_OVERFLOW"},
         .places = {"tcp_conn_request", "tcp_v4_rcv", "tcp_v6_rcv", "tcp_v4_do_rcv",
                    "tcp_v6_do_rcv"},
         .sysctls = {"net.core.somaxconn", "net.ipv4.tcp_syncookies"},
         .match = listen_queue},
        {.id = "syn-backlog",
         .title = "The SYN queue of a listener is full",
         .facts = "a SYN refused in tcp_conn_request while the accept queue had room, or while "
                  "both were full and tcp_syncookies is 0",
         .certainty = "certain. Where SYNs are not watched, the counter alone makes a finding",
         .places = {"tcp_conn_request"},
         .sysctls = {"net.ipv4.tcp_syncookies", "net.core.somaxconn"},
         .match = syn_backlog},
    };
}

}  // namespace knowhy::explain
