// Frees of what nobody will read any more, and of what was sent.
#include <fmt/format.h>

#include "explain/causes.h"

namespace knowhy::explain {
namespace {

// A queue emptied because its owner goes. Newer kernels have a name for it.
bool purges(const Context& context) {
    return context.says_nothing() || context.kernel_says({"QUEUE_PURGE"});
}

Conclusion purged(const Context& context, std::string sentence) {
    Conclusion found = certain(Verdict::Harmless, std::move(sentence));
    if (context.sample != nullptr) {
        found.with(packet_evidence("length", fmt::format("{}", context.sample->length)));
    }
    return found;
}

// Sums what a device says of its own losses; nullopt when a counter was not read.
std::optional<int64_t> losses_of(const Context& context, const std::string& device) {
    int64_t sum = 0;
    for (const char* name : {"tx_dropped", "tx_errors", "rx_dropped", "rx_errors"}) {
        const auto delta = context.counted(fmt::format("link.{}.{}", device, name));
        if (!delta) return std::nullopt;
        sum += *delta;
    }
    return sum;
}

const Names kTransmitDone = {"vmxnet3_tq_tx_complete", "cp_clean_rings", "napi_get_frags_check"};

// A driver frees in a hard interrupt what it has sent, with the call that means "dropped". The same
// call is right for what it could not send: the device's own counters know.
std::optional<Conclusion> tx_completion(const Context& context) {
    if (!context.says_nothing()) return std::nullopt;
    if (context.at(kTransmitDone)) {
        return purged(context, "the driver frees what it sent, or its empty buffers");
    }
    if (!context.at({"net_tx_action"})) return std::nullopt;
    const std::string device = context.device();
    const auto losses = losses_of(context, device);
    if (losses.value_or(0) > 0) return std::nullopt;
    const model::Link* link = context.link();
    const std::string driver =
        link != nullptr && !link->driver.empty() ? fmt::format(" ({})", link->driver) : "";
    Conclusion found =
        when(losses.has_value(), Verdict::Harmless,
             fmt::format("the driver of {}{} frees what it sent as if it were dropped",
                         context.device_or("the device"), driver));
    found.with(context.counter("link." + device + ".tx_dropped"))
        .with(context.counter("link." + device + ".tx_errors"));
    return found;
}

const Names kSharedPurge = {"skb_queue_purge", "skb_queue_purge_reason"};
const Names kDestructors = {"udp_destruct_common", "inet_sock_destruct", "sk_stream_kill_queues",
                            "packet_sock_destruct", "netlink_sock_destruct"};
const Names kClosing = {"sock_close",           "__sock_release",        "sk_destruct",
                        "__sk_destruct",        "packet_release",        "netlink_release",
                        "packet_sock_destruct", "netlink_sock_destruct", "inet_release"};

// What is left in a socket when it goes was not read by its own program.
std::optional<Conclusion> socket_purge(const Context& context) {
    const bool listener = context.at({"tcp_disconnect"}) && context.under({"inet_csk_listen_stop"});
    const bool queue =
        context.at(kDestructors) || (context.at(kSharedPurge) && context.under(kClosing));
    // A FIN takes part in no data: it is the end of a connection, told as that.
    const bool stream = context.at({"sk_stream_kill_queues"});
    const bool farewell = stream && context.sample != nullptr && context.sample->length == 0;
    if (!purges(context) || (!listener && !queue) || farewell) return std::nullopt;
    Conclusion found = purged(
        context, listener ? "a listener was closed with connections that nobody had accepted"
                          : "a socket was closed with packets that its program had not read");
    if (stream && context.sample == nullptr) found.certainty = Certainty::Likely;
    return found;
}

const Names kUnix = {"unix_stream_connect",     "unix_release_sock",   "unix_sock_destructor",
                     "unix_dgram_sendmsg",      "unix_stream_sendmsg", "unix_stream_read_generic",
                     "unix_dgram_connect",      "__unix_gc",           "unix_gc",
                     "unix_dgram_disconnected", "unix_release"};

std::optional<Conclusion> unix_socket(const Context& context) {
    const bool queue = context.at(kSharedPurge) && context.under(kUnix);
    if (!context.at(kUnix) && !queue) return std::nullopt;
    return purged(context, "a message between programs of this host (AF_UNIX), no packet");
}

const Names kRtnlUnlock = {"__rtnl_unlock", "rtnl_unlock"};

// What a queueing discipline held is freed when the lock is let go under which it was emptied.
std::optional<Conclusion> qdisc_purge(const Context& context) {
    if (!purges(context) || !context.at(kRtnlUnlock)) return std::nullopt;
    if (context.under({"linkwatch_event", "__linkwatch_run_queue", "linkwatch_run_queue"})) {
        return when(true, Verdict::Lost,
                    fmt::format("{} lost its carrier with packets in its queue",
                                context.device_or("a device")));
    }
    const bool asked_for = context.under({"rtnetlink_rcv_msg", "rtnetlink_rcv"});
    Conclusion found = when(asked_for, Verdict::Harmless,
                            fmt::format("a queueing discipline of {} was replaced or removed, or "
                                        "the device set down, with packets in it",
                                        context.device_or("a device")));
    return found;
}

std::optional<Conclusion> neighbour_purge(const Context& context) {
    if (!purges(context)) return std::nullopt;
    return purged(context,
                  "a neighbour entry was removed while packets waited for its address (deleted, "
                  "or its link went down)");
}

std::optional<Conclusion> netlink_batch(const Context& context) {
    if (!context.says_nothing()) return std::nullopt;
    return purged(context, "a message of the nft command, carried out");
}

std::optional<Conclusion> tun_purge(const Context& context) {
    if (!purges(context)) return std::nullopt;
    return purged(context, fmt::format("{} was closed by its program with packets unread",
                                       context.device_or("a tun device")));
}

}  // namespace

std::vector<Cause> harmless_purge_causes() {
    return {
        {.id = "tx-completion",
         .title = "A driver frees sent packets as if it dropped them",
         .facts = "freed in net_tx_action without a reason, while the device's tx_dropped, "
                  "tx_errors, rx_dropped and rx_errors stand still; or in a driver's completion",
         .certainty = "certain with the counters, likely without them; not this when one moves",
         .places = {"net_tx_action", "vmxnet3_tq_tx_complete", "cp_clean_rings",
                    "napi_get_frags_check"},
         .match = tx_completion},
        {.id = "socket-purge",
         .title = "A socket was closed with packets unread",
         .facts = "freed without a reason, or as QUEUE_PURGE, where a socket is destroyed or its "
                  "queue emptied at close",
         .certainty = "certain",
         .places = {"udp_destruct_common", "inet_sock_destruct", "sk_stream_kill_queues",
                    "packet_sock_destruct", "netlink_sock_destruct", "tcp_disconnect",
                    "skb_queue_purge", "skb_queue_purge_reason"},
         .match = socket_purge},
        {.id = "unix",
         .title = "A message between programs of the host (AF_UNIX)",
         .facts = "freed in a function of AF_UNIX, or in a queue that one of them empties",
         .certainty = "certain",
         .places = {"unix_stream_connect", "unix_release_sock", "unix_sock_destructor",
                    "unix_dgram_sendmsg", "unix_stream_sendmsg", "unix_stream_read_generic",
                    "unix_dgram_connect", "__unix_gc", "unix_gc", "unix_dgram_disconnected",
                    "unix_release", "skb_queue_purge", "skb_queue_purge_reason"},
         .match = unix_socket},
        {.id = "qdisc-purge",
         .title = "A queueing discipline was removed with packets in it",
         .facts = "freed without a reason in __rtnl_unlock, under a command that came over "
                  "rtnetlink",
         .certainty = "certain when the stack shows the command; likely without. A loss when the "
                      "carrier went",
         .places = {"__rtnl_unlock", "rtnl_unlock"},
         .match = qdisc_purge},
        {.id = "neighbour-purge",
         .title = "A neighbour was removed while packets waited for it",
         .facts = "freed without a reason, or as QUEUE_PURGE, in neigh_destroy",
         .certainty = "certain",
         .places = {"neigh_destroy"},
         .match = neighbour_purge},
        {.id = "netlink-batch",
         .title = "The message of an nft command",
         .facts = "freed without a reason in nfnetlink_rcv_batch",
         .certainty = "certain",
         .places = {"nfnetlink_rcv_batch"},
         .match = netlink_batch},
        {.id = "tun-purge",
         .title = "A tun device was closed with packets unread",
         .facts = "freed without a reason, or as QUEUE_PURGE, in tun_queue_purge",
         .certainty = "certain",
         .places = {"tun_queue_purge", "tun_ptr_free"},
         .match = tun_purge},
    };
}

}  // namespace knowhy::explain
