#include "explain/fixture.h"

namespace knowhy::explain::testing {
namespace {

Drop counting(Drop drop, uint64_t dropped) {
    return drop.counter("link.nic0.tx_dropped", dropped)
        .counter("link.nic0.tx_errors", 0)
        .counter("link.nic0.rx_dropped", 0)
        .counter("link.nic0.rx_errors", 0);
}

std::vector<Fixture> completions() {
    const auto sent = [](Drop drop) { return drop.at("net_tx_action").dev("nic0"); };
    return {
        counting(sent(Drop::on_6_1("sent, freed in a hard interrupt")), 0)
            .harmless("tx-completion", {"place", "counters", "state"}),
        counting(sent(Drop::on_6_18("sent, freed in a hard interrupt")), 0)
            .harmless("tx-completion", {"place", "counters"}),
        sent(Drop::on_6_1("sent, counters not known")).likely_harmless("tx-completion"),
        // The driver says that it lost some: then these may be they.
        counting(sent(Drop::on_6_1("the device counts losses")), 2).unknown(),
        Drop::on_6_1("vmxnet3 completion")
            .at("vmxnet3_tq_tx_complete.isra.0", "vmxnet3")
            .harmless("tx-completion", {"place"}),
    };
}

std::vector<Fixture> sockets() {
    return {
        Drop::on_6_1("UDP socket closed")
            .at("udp_destruct_common")
            .under({"rcu_do_batch"})
            .harmless("socket-purge", {"place"}),
        Drop::on_6_18("UDP socket closed")
            .at("inet_sock_destruct")
            .reason("QUEUE_PURGE")
            .harmless("socket-purge", {"place"}),
        Drop::on_6_1("tcpdump closed")
            .at("skb_queue_purge")
            .under({"packet_release", "__sock_release", "sock_close"})
            .harmless("socket-purge", {"place", "stack"}),
        Drop::on_6_18("tcpdump closed")
            .at("skb_queue_purge_reason")
            .reason("QUEUE_PURGE")
            .under({"packet_release", "__sock_release"})
            .harmless("socket-purge", {"place", "stack"}),
        Drop::on_6_1("listener closed")
            .at("tcp_disconnect")
            .under({"inet_csk_listen_stop"})
            .harmless("socket-purge", {"place", "stack"}),
        Drop::on_6_1("TCP closed with data unread")
            .at("sk_stream_kill_queues")
            .length(100)
            .harmless("socket-purge", {"place"}),
        // A queue that anybody may empty, and nobody shows.
        Drop::on_6_1("some queue purged").at("skb_queue_purge").under({"flush_backlog"}).unknown(),
        Drop::on_6_18("some queue purged, nobody looked")
            .at("skb_queue_purge_reason")
            .reason("QUEUE_PURGE")
            .unsampled()
            .unknown(),
        Drop::on_6_1("failed connect to a unix socket")
            .at("unix_stream_connect")
            .harmless("unix", {"place"}),
        Drop::on_6_18("unix socket closed")
            .at("unix_release_sock")
            .reason("SOCKET_CLOSE")
            .harmless("unix", {"place"}),
        Drop::on_6_18("unix peer gone")
            .at("skb_queue_purge_reason")
            .reason("UNIX_DISCONNECT")
            .under({"unix_dgram_disconnected", "unix_dgram_connect"})
            .harmless("unix", {"place", "stack"}),
    };
}

std::vector<Fixture> queues() {
    return {
        Drop::on_6_1("qdisc removed")
            .at("__rtnl_unlock")
            .under({"netdev_run_todo", "rtnetlink_rcv_msg", "netlink_rcv_skb"})
            .harmless("qdisc-purge", {"place", "stack"}),
        Drop::on_6_18("qdisc removed")
            .at("__rtnl_unlock")
            .under({"rtnl_unlock", "rtnetlink_rcv_msg"})
            .harmless("qdisc-purge", {"place", "stack"}),
        Drop::on_6_1("qdisc emptied, stack not taken")
            .at("__rtnl_unlock")
            .likely_harmless("qdisc-purge"),
        Drop::on_6_1("carrier lost with packets queued")
            .at("__rtnl_unlock")
            .dev("v1")
            .under({"linkwatch_event", "process_one_work"})
            .lost("qdisc-purge", "v1 lost its carrier", {"stack"}),
        Drop::on_6_1("neighbour removed")
            .at("neigh_destroy")
            .harmless("neighbour-purge", {"place"}),
        Drop::on_6_18("neighbour removed")
            .at("neigh_destroy")
            .reason("QUEUE_PURGE")
            .harmless("neighbour-purge", {"place"}),
        Drop::on_6_1("nft command")
            .at("nfnetlink_rcv_batch", "nfnetlink")
            .harmless("netlink-batch", {"place"}),
        Drop::on_6_18("nft command").at("nfnetlink_rcv_batch").harmless("netlink-batch", {"place"}),
        Drop::on_6_1("tun closed").at("tun_queue_purge").harmless("tun-purge", {"place"}),
        Drop::on_6_18("tun closed").at("tun_queue_purge").harmless("tun-purge", {"place"}),
    };
}

}  // namespace

std::vector<Fixture> harmless_purge_fixtures() {
    return join({completions, sockets, queues});
}

}  // namespace knowhy::explain::testing
