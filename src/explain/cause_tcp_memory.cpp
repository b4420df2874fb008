// A connection that has no room for a segment, or does not take it because of its TTL.
#include <fmt/format.h>

#include "explain/causes.h"
#include "explain/time_wait.h"

namespace knowhy::explain {
namespace {

void tell_buffer(const Context& context, Conclusion& found) {
    found.with(context.socket_evidence("rmem_alloc", "bytes"))
        .with(context.socket_evidence("rcvbuf", "bytes"));
}

// Only the task that holds the socket empties its backlog; meanwhile segments wait there.
std::optional<Conclusion> socket_backlog(const Context& context) {
    Conclusion found =
        certain(Verdict::Lost,
                "segments came faster than the program that was using the socket let the kernel "
                "process them: the socket's backlog is full");
    tell_buffer(context, found);
    found.with(context.counter("netstat.TcpExt.TCPBacklogDrop"));
    found.attempt(context.here("ss -tnm"),
                  "shows each socket's buffers, backlog (bl) and drops (d)");
    return found;
}

void tell_host_limit(const Context& context, Conclusion& found) {
    if (const auto limit = context.sysctl("net.ipv4.tcp_mem")) {
        found.with(*limit);
        found.set("sysctl", limit->name, limit->value);
    }
    found.attempt(context.here("cat /proc/net/sockstat"),
                  "shows the pages that TCP holds (mem); tcp_mem is in pages, too");
}

// tcp_try_rmem_schedule() fails for two limits. It throws away what waits out of order first, so a
// socket that is still over its own was over that one (net/ipv4/tcp_input.c).
std::optional<Conclusion> no_memory(const Context& context) {
    if (context.kernel_says({"TCP_OFO_QUEUE_PRUNE"})) {
        Conclusion found = certain(Verdict::Lost,
                                   "what waited out of order was thrown away, because the receive "
                                   "buffer was full; the peer has to send it again");
        tell_buffer(context, found);
        return found.with(context.counter("netstat.TcpExt.OfoPruned"));
    }
    const bool queueing = context.at({"tcp_data_queue", "tcp_data_queue_ofo"});
    if (!queueing || !context.kernel_says({"PROTO_MEM"})) return std::nullopt;
    const auto used = context.socket_field("rmem_alloc");
    const auto limit = context.socket_field("rcvbuf");
    const bool known = used && limit;
    const bool own = known && *used > *limit;
    std::string sentence =
        "the connection's receive buffer is full, or all TCP sockets of the host together hold "
        "more memory than tcp_mem allows";
    if (own) {
        sentence =
            fmt::format("the connection's receive buffer is full: {} of {} bytes", *used, *limit);
    } else if (known) {
        sentence = "all TCP sockets of the host together hold more memory than tcp_mem allows";
    }
    Conclusion found = when(known, Verdict::Lost, std::move(sentence));
    tell_buffer(context, found);
    found.with(context.counter("netstat.TcpExt.TCPRcvQDrop"))
        .with(context.counter("netstat.TcpExt.TCPOFODrop"));
    if (own) {
        found.set("socket", "SO_RCVBUF", fmt::format("{}", *limit));
    } else {
        tell_host_limit(context, found);
    }
    return found;
}

// Kernels before 6.3 give no reason; then the counter has to account for every packet freed there.
bool counter_tells(const Context& context) {
    if (!context.says_nothing() || !context.at({"tcp_v4_rcv", "tcp_v6_rcv"})) return false;
    if (time_wait(context) || !context.observation.saw_all_of(context.group.key.netns)) {
        return false;
    }
    const auto moved = context.counted("netstat.TcpExt.TCPMinTTLDrop").value_or(0);
    return context.tcp() != nullptr && moved > 0 &&
           static_cast<uint64_t>(moved) >= context.group.count;
}

std::optional<Conclusion> min_ttl(const Context& context) {
    const bool named = context.kernel_says({"TCP_MINTTL"});
    if (!named && !counter_tells(context)) return std::nullopt;
    const model::Ip* ip = context.ip();
    const std::string ttl = ip != nullptr ? fmt::format(" ({})", ip->ttl) : "";
    Conclusion found =
        when(named, Verdict::Lost,
             fmt::format("the segment's TTL{} is below what the socket asks for (IP_MINTTL): it "
                         "came from further away than the program allows",
                         ttl));
    if (ip != nullptr) found.with(packet_evidence("ttl", fmt::format("{}", ip->ttl)));
    found.with(context.counter("netstat.TcpExt.TCPMinTTLDrop"));
    return found;
}

}  // namespace

std::vector<Cause> tcp_memory_causes() {
    return {
        {.id = "tcp-socket-backlog",
         .title = "TCP: the socket's backlog is full",
         .facts = "the kernel's SOCKET_BACKLOG",
         .certainty = "certain",
         .in_lab = false,
         .reasons = {"SOCKET_BACKLOG"},
         .match = socket_backlog},
        {.id = "tcp-memory",
         .title = "TCP: no memory for the segment",
         .facts = "the kernel's PROTO_MEM where TCP queues data, with rmem_alloc and rcvbuf of the "
                  "socket, which tell its own limit from the host's tcp_mem; TCP_OFO_QUEUE_PRUNE",
         .certainty = "certain with the socket, or by the last name; likely without: then it is "
                      "one of the two limits",
         .in_lab = false,
         .reasons = {"TCP_OFO_QUEUE_PRUNE"},
         .places = {"tcp_data_queue", "tcp_data_queue_ofo"},
         .sysctls = {"net.ipv4.tcp_mem"},
         .match = no_memory},
        {.id = "tcp-min-ttl",
         .title = "TCP: TTL below the socket's IP_MINTTL",
         .facts = "the kernel's TCP_MINTTL; where it gives no reason: freed in tcp_v4_rcv or "
                  "tcp_v6_rcv, no TIME_WAIT seen, and TCPMinTTLDrop accounts for every packet",
         .certainty = "certain by name, else likely",
         .reasons = {"TCP_MINTTL"},
         .places = {"tcp_v4_rcv", "tcp_v6_rcv"},
         .match = min_ttl},
    };
}

}  // namespace knowhy::explain
