#include "explain/fixture.h"

namespace knowhy::explain::testing {
namespace {

Drop sent(Drop drop, const std::string& place, const std::string& device) {
    return drop.at(place).dev(device).ip("10.1.0.1", "10.1.0.2").udp(9);
}

// v1's peer, here in the same namespace; `mode` is how it runs XDP.
Drop paired(Drop drop, const std::string& mode) {
    const uint32_t own = drop.link("v1").ifindex;
    model::Link& peer = drop.link("v2");
    peer.lower = own;
    if (!mode.empty()) {
        peer.xdp_prog_id = 5;
        peer.xdp_mode = mode;
    }
    const uint32_t other = peer.ifindex;
    drop.link("v1").lower = other;
    return drop;
}

Drop tun(Drop drop) {
    model::Link& link = drop.link("tun0", "tun");
    link.tx_queue_length = 3;
    return drop;
}

}  // namespace

std::vector<Fixture> queue_fixtures() {
    return {
        sent(Drop::on_6_1("CPU backlog"), "enqueue_to_backlog", "v1")
            .reason("CPU_BACKLOG")
            .sysctl("net.core.netdev_max_backlog", "1")
            .host_counter("softnet.dropped", 3)
            .lost("cpu-backlog", "netdev_max_backlog=1", {"reason"}),
        sent(Drop::on_6_18("CPU backlog"), "enqueue_to_backlog", "v1")
            .reason("CPU_BACKLOG")
            .lost("cpu-backlog", "is full", {"reason"}),

        sent(tun(Drop::on_6_1("tun queue")), "tun_net_xmit", "tun0")
            .reason("FULL_RING")
            .counter("link.tun0.tx_dropped", 3)
            .lost("tun-queue-full", "the queue of tun0 is full", {"reason"}),
        sent(tun(Drop::on_6_18("tun queue")), "tun_net_xmit", "tun0")
            .reason("FULL_RING")
            .lost("tun-queue-full", "the queue of tun0 is full", {"reason"}),
        sent(tun(Drop::on_6_1("tun, no reason")), "tun_net_xmit", "tun0").unknown(),

        paired(sent(Drop::on_6_1("veth ring"), "veth_xmit", "v1"), "drv")
            .counter("link.v1.tx_dropped", 3)
            .lost("veth-queue-full", "the ring between v1 and its peer v2 is full",
                  {"links", "state", "place"}),
        sent(Drop::on_6_1("veth, peer not known"), "veth_xmit", "v1")
            .likely_lost("veth-queue-full", "the ring between v1 and its peer is full"),
        paired(sent(Drop::on_6_1("veth, peer without a program"), "veth_xmit", "v1"), "")
            .likely_lost("veth-queue-full"),
        sent(Drop::on_6_18("veth ring"), "veth_xmit", "v1")
            .reason("FULL_RING")
            .lost("veth-queue-full", "is full", {"reason"}),
    };
}

}  // namespace knowhy::explain::testing
