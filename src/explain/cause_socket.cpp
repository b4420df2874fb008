// At the socket: nobody there, no room, a filter.
#include <fmt/format.h>

#include <cerrno>

#include "explain/causes.h"
#include "explain/port_search.h"

namespace knowhy::explain {
namespace {

const Names kUdpInput = {"__udp4_lib_rcv", "__udp6_lib_rcv"};
constexpr uint8_t kChecksumNone = 0;  // CHECKSUM_NONE: nobody vouches for it yet

// IPv6 names a datagram to a closed port NO_SOCKET before it has looked at the checksum
// (net/ipv6/udp.c), so a bad one ends under the same name. Only the counter tells.
bool may_be_a_bad_checksum(const Context& context) {
    if (!context.at({"__udp6_lib_rcv"})) return false;
    if (context.sample != nullptr && context.sample->ip_summed != kChecksumNone) return false;
    return context.counted("snmp6.Udp6InCsumErrors").value_or(1) != 0;
}

bool has_illegal_zero_checksum(const Context& context) {
    const model::Transport* transport = context.transport();
    return context.ip6() != nullptr && transport != nullptr &&
           transport->udp_checksum.value_or(1) == 0;
}

std::optional<Conclusion> no_socket_udp(const Context& context) {
    if (!context.kernel_says({"NO_SOCKET"}) || !context.at(kUdpInput)) return std::nullopt;
    if (has_illegal_zero_checksum(context)) return std::nullopt;
    const PortSearch search = search_port(context);
    const bool six = context.at({"__udp6_lib_rcv"});
    Conclusion found = when(!may_be_a_bad_checksum(context), Verdict::Lost,
                            fmt::format("no UDP socket takes packets for {}{}", port_text(context),
                                        port_search_text(context, search)));
    found.with(context.counter(six ? "snmp6.Udp6NoPorts" : "snmp.Udp.NoPorts"));
    found.attempt(sockets_command(context, "-uanp"), "shows which sockets have that port");
    return found;
}

std::string buffer_text(const Context& context) {
    const auto used = context.socket_field("rmem_alloc");
    const auto limit = context.socket_field("rcvbuf");
    return used && limit ? fmt::format(": {} of {} bytes", *used, *limit) : "";
}

// A datagram socket had no room: what the enqueue returned says which limit it was.
bool enqueue_failed(const Context& context, std::string_view reason, int error) {
    const auto returned = context.returned("__udp_enqueue_schedule_skb");
    if (returned && *returned != -error) return false;
    return context.kernel_says({reason}) || (context.says_nothing() && returned.has_value());
}

std::optional<Conclusion> udp_rcvbuf(const Context& context) {
    if (!enqueue_failed(context, "SOCKET_RCVBUFF", ENOMEM)) return std::nullopt;
    Conclusion found =
        certain(Verdict::Lost, fmt::format("the receive buffer of the socket on {} is full{}: its "
                                           "program reads too slowly",
                                           port_text(context), buffer_text(context)));
    found.with(context.return_of("__udp_enqueue_schedule_skb"));
    found.with(context.socket_evidence("rmem_alloc", "bytes"));
    found.with(context.socket_evidence("rcvbuf", "bytes"));
    if (const auto limit = context.socket_field("rcvbuf")) {
        found.set("socket", "SO_RCVBUF", fmt::format("{}", *limit));
    }
    found.with(context.counter(context.ip6() != nullptr ? "snmp6.Udp6RcvbufErrors"
                                                        : "snmp.Udp.RcvbufErrors"));
    found.attempt(sockets_command(context, "-uanmp"),
                  "shows the buffer (rb), what is in it (r) and its drops (d)");
    return found;
}

const Names kUdpQueues = {"udp_queue_rcv_one_skb", "udpv6_queue_rcv_one_skb", "__udp_queue_rcv_skb",
                          "__udpv6_queue_rcv_skb"};

std::optional<Conclusion> udp_mem(const Context& context) {
    if (!context.at(kUdpQueues) || !enqueue_failed(context, "PROTO_MEM", ENOBUFS)) {
        return std::nullopt;
    }
    Conclusion found = certain(
        Verdict::Lost, "all UDP sockets of the host together hold more memory than udp_mem allows");
    found.with(context.return_of("__udp_enqueue_schedule_skb"));
    if (const auto limit = context.sysctl("net.ipv4.udp_mem")) {
        found.with(*limit);
        found.set("sysctl", limit->name, limit->value);
    }
    found.with(
        context.counter(context.ip6() != nullptr ? "snmp6.Udp6MemErrors" : "snmp.Udp.MemErrors"));
    found.attempt(context.here("cat /proc/net/sockstat"),
                  "shows the pages that UDP holds (mem); udp_mem is in pages, too");
    return found;
}

std::optional<Conclusion> socket_filter(const Context& context) {
    const auto returned = context.returned("sk_filter_trim_cap");
    const bool by_filter =
        context.kernel_says({"SOCKET_FILTER"}) || (context.says_nothing() && returned == -EPERM);
    const bool by_module = context.kernel_says({"SECURITY_HOOK"});
    if (!by_filter && !by_module) return std::nullopt;
    Conclusion found = certain(
        Verdict::Lost,
        by_module ? fmt::format("a security module does not let the socket on {} have it",
                                port_text(context))
                  : fmt::format("a filter of the socket on {} refused it (attached to the socket "
                                "or its cgroup, or a security module)",
                                port_text(context)));
    found.with(context.return_of("sk_filter_trim_cap"));
    found.attempt(sockets_command(context, "-tuanpe"), "shows whose socket it is, and its cgroup");
    return found;
}

}  // namespace

std::vector<Cause> socket_causes() {
    return {
        {.id = "no-socket-udp",
         .title = "No socket for the UDP port",
         .facts = "the kernel's NO_SOCKET in __udp4_lib_rcv or __udp6_lib_rcv; the sockets of the "
                  "snapshot say whether one is bound or connected elsewhere",
         .certainty = "certain; for IPv6 likely while Udp6InCsumErrors moves, because a bad "
                      "checksum for a closed port bears the same name",
         .places = {"__udp4_lib_rcv", "__udp6_lib_rcv"},
         .match = no_socket_udp},
        {.id = "udp-rcvbuf",
         .title = "The socket's receive buffer is full",
         .facts = "the kernel's SOCKET_RCVBUFF, or __udp_enqueue_schedule_skb = -ENOMEM where it "
                  "gives no reason",
         .certainty = "certain",
         .reasons = {"SOCKET_RCVBUFF"},
         .places = {"udp_queue_rcv_one_skb", "udpv6_queue_rcv_one_skb"},
         .match = udp_rcvbuf},
        {.id = "udp-mem",
         .title = "All UDP sockets together hold too much memory",
         .facts = "the kernel's PROTO_MEM where UDP queues a datagram, or "
                  "__udp_enqueue_schedule_skb = -ENOBUFS where it gives no reason",
         .certainty = "certain",
         .places = {"udp_queue_rcv_one_skb", "udpv6_queue_rcv_one_skb", "__udp_queue_rcv_skb",
                    "__udpv6_queue_rcv_skb"},
         .sysctls = {"net.ipv4.udp_mem"},
         .match = udp_mem},
        {.id = "socket-filter",
         .title = "A filter at the socket refused",
         .facts = "the kernel's SOCKET_FILTER or SECURITY_HOOK, or sk_filter_trim_cap = -EPERM "
                  "where it gives no reason",
         .certainty = "certain",
         .reasons = {"SOCKET_FILTER", "SECURITY_HOOK"},
         .places = {"udp_queue_rcv_one_skb", "udpv6_queue_rcv_one_skb", "tcp_v4_rcv", "tcp_v6_rcv",
                    "raw_rcv"},
         .match = socket_filter},
    };
}

}  // namespace knowhy::explain
