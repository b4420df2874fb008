#include "explain/fixture.h"

namespace knowhy::explain::testing {
namespace {

const char* const kFar = "02:00:00:00:00:e2";  // a station behind p2

// A frame that came in by p1 of br0; p2 is the other port.
Drop bridged(Drop drop, const std::string& place) {
    drop.dev("p1").ethernet(kFar).at(place);
    drop.bridge_port("br0", "p1");
    drop.bridge_port("br0", "p2");
    return drop;
}

std::vector<Fixture> blocked_fixtures() {
    const auto in_state = [](Drop drop, const std::string& place, uint8_t state) {
        Drop ready = bridged(std::move(drop), place);
        ready.link("p1").bridge_port->state = state;
        return ready;
    };
    Drop locked = in_state(Drop::on_6_1("learning, and locked"), "br_handle_frame_finish", 2);
    locked.link("p1").bridge_port->locked = true;
    Drop stopped = in_state(Drop::on_6_1("bridge down"), "br_handle_frame", 0);
    stopped.link("br0").flags = 0;
    return {
        in_state(Drop::on_6_1("port listening"), "br_handle_frame", 1)
            .lost("bridge-port-blocked", "p1 is listening", {"links", "packet", "state"}),
        in_state(Drop::on_6_1("port learning"), "br_handle_frame_finish", 2)
            .lost("bridge-port-blocked", "p1 is learning", {"links", "packet"}),
        stopped.lost("bridge-port-blocked", "because the bridge br0 is down", {"links"}),
        in_state(Drop::on_6_1("port forwarding"), "br_handle_frame", 3).unknown(),
        locked.likely_lost("bridge-port-blocked"),
        in_state(Drop::on_6_18("port blocking"), "br_handle_frame", 4)
            .reason("BRIDGE_INGRESS_STP_STATE")
            .lost("bridge-port-blocked", "p1 is blocking", {"reason+links", "reason+packet"}),
    };
}

std::vector<Fixture> vlan_fixtures() {
    const auto filtering = [](Drop drop, const std::string& place) {
        Drop ready = bridged(std::move(drop), place);
        ready.link("br0").vlan_filtering = true;
        ready.link("p1").vlans = {{1, true, true}, {9, false, false}};
        ready.link("p2").vlans = {{1, true, true}};
        return ready;
    };
    const auto tagged = [](Drop drop, uint16_t id) {
        drop.sample().vlan_present = true;
        drop.sample().vlan_id = id;
        return drop;
    };
    return {
        tagged(filtering(Drop::on_6_1("ingress filter"), "br_allowed_ingress"), 7)
            .lost("bridge-vlan", "does not let a frame of VLAN 7 in by p1", {"links", "state"}),
        tagged(bridged(Drop::on_6_1("ingress filter, filtering unknown"), "br_allowed_ingress"), 7)
            .likely_lost("bridge-vlan"),
        tagged(filtering(Drop::on_6_1("egress filter"), "br_handle_frame_finish"), 9)
            .lost("bridge-vlan", "no port of br0 that could take the frame has VLAN 9",
                  {"links", "packet", "state", "sample"}),
        tagged(filtering(Drop::on_6_1("egress filter lets it out"), "br_handle_frame_finish"), 1)
            .gives("bridge-no-egress", model::Certainty::Likely, model::Verdict::Lost),
    };
}

std::vector<Fixture> isolation_fixtures() {
    const auto isolated = [](Drop drop, bool both) {
        Drop ready = bridged(std::move(drop), "br_handle_frame_finish");
        ready.link("p1").bridge_port->isolated = true;
        ready.link("p2").bridge_port->isolated = both;
        return ready;
    };
    return {
        isolated(Drop::on_6_1("isolated, known destination"), true)
            .fdb(kFar, "p2")
            .lost("bridge-isolated", "p1 is isolated, and so is p2", {"links", "packet", "fdb"}),
        isolated(Drop::on_6_18("isolated, flooded"), true)
            .reason("NO_TX_TARGET")
            .lost("bridge-isolated", "every port that could take it", {"links", "packet"}),
        isolated(Drop::on_6_1("only one isolated"), false)
            .gives("bridge-no-egress", model::Certainty::Likely, model::Verdict::Lost),
    };
}

std::vector<Fixture> egress_fixtures() {
    Drop alone =
        Drop::on_6_1("a single port").dev("p1").ethernet(kFar).at("br_handle_frame_finish");
    alone.bridge_port("br0", "p1");
    Drop from_bridge = Drop::on_6_18("sent by the bridge, no port")
                           .reason("NO_TX_TARGET")
                           .ethernet(kFar)
                           .at("br_dev_xmit");
    from_bridge.link("br0", "bridge");
    from_bridge.dev("br0");
    return {
        alone.harmless("bridge-no-egress", {"links", "packet"}),
        bridged(Drop::on_6_1("back where it came from"), "br_handle_frame_finish")
            .fdb(kFar, "p1")
            .lost("bridge-no-egress", "no port to send", {"links", "packet", "state"}),
        from_bridge.harmless("bridge-no-egress", {"links+reason", "packet"}),
        bridged(Drop::on_6_1("another function of the bridge"), "br_nf_pre_routing").unknown(),
    };
}

}  // namespace

std::vector<Fixture> bridge_fixtures() {
    return join({blocked_fixtures, vlan_fixtures, isolation_fixtures, egress_fixtures});
}

}  // namespace knowhy::explain::testing
