// Queues between devices and the stack: the CPU's backlog, tun's queue, veth's ring.
#include <fmt/format.h>

#include <string>

#include "explain/causes.h"

namespace knowhy::explain {
namespace {

std::optional<Conclusion> cpu_backlog(const Context& context) {
    const auto limit = context.sysctl("net.core.netdev_max_backlog");
    Conclusion found = certain(
        Verdict::Lost,
        fmt::format("the input queue of CPU {} is full{}; packets from {} come faster than it "
                    "handles them",
                    context.sample != nullptr ? fmt::format("{}", context.sample->cpu) : "?",
                    limit ? " (netdev_max_backlog=" + limit->value + ")" : "",
                    context.device_or("a device")));
    if (limit) {
        found.with(*limit);
        found.set("sysctl", limit->name, limit->value);
    }
    found.with(context.host_counter("softnet.dropped"));
    found.attempt(context.here("cat /proc/net/softnet_stat"),
                  "one line a CPU: the second number counts these drops, the eleventh those of "
                  "flow_limit");
    return found;
}

const Names kTun = {"tun_net_xmit", "tap_handle_frame"};

std::optional<Conclusion> tun_queue_full(const Context& context) {
    if (!context.kernel_says({"FULL_RING"}) || context.at({"veth_xmit"})) return std::nullopt;
    const model::Link* link = context.link();
    const bool is_tun = context.at(kTun) || (link != nullptr && link->kind == "tun");
    Conclusion found = when(is_tun, Verdict::Lost,
                            fmt::format("the queue of {} is full: the program behind it does not "
                                        "read fast enough",
                                        context.device_or("the tun device")));
    if (link != nullptr) {
        const std::string length = fmt::format("{}", link->tx_queue_length);
        found.with(link_evidence("txqueuelen of " + link->name, length));
        found.set("link", "txqueuelen of " + link->name, length);
        found.with(context.counter("link." + link->name + ".tx_dropped"));
        found.attempt(context.here(fmt::format("ip link set {} txqueuelen {}",
                                               shell_word(link->name), 2 * link->tx_queue_length)),
                      "gives the program more time (set while it is up)");
    }
    return found;
}

// The other end, which is mostly in another namespace: each end names the other by its number.
const model::Link* veth_peer(const Context& context) {
    const model::Link* own = context.link();
    if (own == nullptr || own->kind != "veth" || own->lower == 0) return nullptr;
    const model::Link* only = nullptr;
    for (const auto& [inum, state] : context.observation.host.namespaces) {
        const model::Link* peer = state.link(own->lower);
        const bool pair =
            peer != nullptr && peer != own && peer->kind == "veth" && peer->lower == own->ifindex;
        if (!pair) continue;
        if (only != nullptr) return nullptr;  // numbers are per namespace: two pairs look alike
        only = peer;
    }
    return only;
}

// veth_xmit gives no reason for a full ring and for an end that is gone. A ring there is only while
// the receiving end runs XDP or GRO.
std::optional<Conclusion> veth_queue_full(const Context& context) {
    const bool named = context.kernel_says({"FULL_RING"});
    if (!context.at({"veth_xmit"}) || (!named && !context.says_nothing())) return std::nullopt;
    const model::Link* peer = veth_peer(context);
    const bool has_ring = peer != nullptr && peer->xdp_prog_id && peer->xdp_mode == "drv";
    if (peer != nullptr && !peer->is_up()) return std::nullopt;
    const std::string device = context.device_or("the veth device");
    Conclusion found = when(named || has_ring, Verdict::Lost,
                            fmt::format("the ring between {} and its peer{} is full: the receiving "
                                        "end does not keep up",
                                        device, peer != nullptr ? " " + peer->name : ""));
    if (has_ring) {
        found.with(
            link_evidence("xdp on " + peer->name,
                          fmt::format("{}, program {}", peer->xdp_mode, *peer->xdp_prog_id)));
        found.set("link", "xdp on " + peer->name, peer->xdp_mode);
    }
    found.with(context.counter("link." + device + ".tx_dropped"));
    return found;
}

}  // namespace

std::vector<Cause> queue_causes() {
    return {
        {.id = "cpu-backlog",
         .title = "The CPU's input queue is full",
         .facts = "the kernel's CPU_BACKLOG",
         .certainty = "certain",
         .reasons = {"CPU_BACKLOG"},
         .sysctls = {"net.core.netdev_max_backlog"},
         .match = cpu_backlog},
        {.id = "tun-queue-full",
         .title = "The queue of a tun, tap or macvtap device is full",
         .facts = "the kernel's FULL_RING in tun_net_xmit or tap_handle_frame, or for a tun device",
         .certainty = "certain; likely when neither place nor device is known",
         .reasons = {"FULL_RING"},
         .match = tun_queue_full},
        {.id = "veth-queue-full",
         .title = "The ring between two veth ends is full",
         .facts = "freed in veth_xmit; the kernel's FULL_RING, or no reason and a peer that runs "
                  "XDP",
         .certainty = "certain with either; likely when the peer is not known, because an end that "
                      "is gone looks the same",
         .places = {"veth_xmit"},
         .match = veth_queue_full},
    };
}

}  // namespace knowhy::explain
