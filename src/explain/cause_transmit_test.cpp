#include "explain/fixture.h"

namespace knowhy::explain::testing {
namespace {

using model::Certainty;
using model::Verdict;

Drop sent(Drop drop, const std::string& reason) {
    return drop.at("__dev_queue_xmit").reason(reason).dev("va").ip("10.1.0.1", "10.1.0.2").udp(9);
}

Drop without_carrier(Drop drop) {
    model::Link& link = drop.link("va");
    link.carrier = false;
    link.operstate = "LOWERLAYERDOWN";
    return drop;
}

Drop taken_down(Drop drop) {
    drop.link("va").flags = 0;
    return drop;
}

std::vector<Fixture> carrier_fixtures() {
    const auto noop = [](Drop drop) {
        return drop.fact("dev_qdisc_enqueue", 2, {{"qdisc", "noop"}});
    };
    return {
        noop(without_carrier(sent(Drop::on_6_1("no carrier"), "QDISC_DROP")))
            .lost("no-carrier", "va has no carrier",
                  {"reason", "fact:dev_qdisc_enqueue", "links", "sample"}),
        noop(sent(Drop::on_6_1("carrier came just now"), "QDISC_DROP"))
            .likely_lost("no-carrier", "only just there"),
        without_carrier(sent(Drop::on_6_18("no carrier"), "QDISC_DROP")).likely_lost("no-carrier"),
        sent(Drop::on_6_18("carrier, nobody watches"), "QDISC_DROP").unknown(),
        noop(taken_down(sent(Drop::on_6_1("taken down"), "QDISC_DROP")))
            .lost("device-down", "va is down", {"reason", "fact:dev_qdisc_enqueue", "links"}),
        taken_down(Drop::on_6_1("taken down, receiving").at("enqueue_to_backlog").dev("va"))
            .lost("device-down", "va is down", {"links", "state"}),
        without_carrier(sent(Drop::on_6_1("full, and later without carrier"), "QDISC_DROP"))
            .fact("dev_qdisc_enqueue", 1, {{"qdisc", "pfifo"}, {"limit", 2}, {"qlen", 2}})
            .lost("qdisc-limit", "qdisc pfifo on va is full", {"reason", "fact:dev_qdisc_enqueue"}),
    };
}

std::vector<Fixture> qdisc_fixtures() {
    std::vector<Fixture> all;
    all.push_back(sent(Drop::on_6_1("tbf over its limit"), "QDISC_DROP")
                      .fact("dev_qdisc_enqueue", 1, {{"qdisc", "tbf"}})
                      .qdisc("va", "tbf", 3)
                      .lost("qdisc-limit", "qdisc tbf on va refused it",
                            {"reason", "fact:dev_qdisc_enqueue"}));
    Drop child = sent(Drop::on_6_1("pfifo below tbf"), "QDISC_DROP")
                     .fact("dev_qdisc_enqueue", 1, {{"qdisc", "tbf"}})
                     .qdisc("va", "tbf", 3)
                     .qdisc("va", "pfifo", 3);
    child.state().qdiscs[1].parent = 0x10001;  // 1:1
    all.push_back(child.lost("qdisc-limit", "qdisc pfifo (below tbf) on va is full",
                             {"reason", "fact:dev_qdisc_enqueue"}));
    all.push_back(sent(Drop::on_6_18("only the counter tells"), "QDISC_DROP")
                      .qdisc("va", "tbf", 3)
                      .likely_lost("qdisc-limit", "larger than its burst"));
    all.push_back(
        sent(Drop::on_6_18("no qdisc counted it"), "QDISC_DROP").qdisc("va", "tbf", 0).unknown());
    all.push_back(sent(Drop::on_6_1("enqueued, and dropped by no fq_codel"), "QDISC_DROP")
                      .qdisc("va", "tbf", 3)
                      .unknown());
    all.push_back(sent(Drop::on_6_1("fq_codel, another's packet"), "QDISC_DROP")
                      .qdisc("va", "fq_codel", 3)
                      .likely_lost("qdisc-limit"));
    all.push_back(sent(Drop::on_6_1("codel"), "NOT_SPECIFIED")
                      .at("__fq_codel_dequeue")
                      .qdisc("va", "fq_codel", 3)
                      .lost("qdisc-limit", "waited too long", {"place"}));
    all.push_back(sent(Drop::on_6_1("red drops early"), "QDISC_DROP")
                      .fact("dev_qdisc_enqueue", 2, {{"qdisc", "red"}})
                      .lost("qdisc-limit", "qdisc red on va dropped it early", {"reason"}));
    all.push_back(
        sent(Drop::on_6_1("netem loses by design"), "QDISC_DROP")
            .fact("dev_qdisc_enqueue", 0, {{"qdisc", "netem"}})
            .lost("netem-loss", "netem on va lost it", {"reason", "fact:dev_qdisc_enqueue"}));
    all.push_back(sent(Drop::on_6_1("netem is full"), "QDISC_DROP")
                      .fact("dev_qdisc_enqueue", 1, {{"qdisc", "netem"}, {"limit", 2}, {"qlen", 2}})
                      .qdisc("va", "netem", 3)
                      .lost("qdisc-limit", "qdisc netem on va is full", {"reason"}));
    all.push_back(sent(Drop::on_6_18("netem, nobody watches"), "QDISC_DROP")
                      .qdisc("va", "netem", 3)
                      .likely_lost("netem-loss", "or it is full"));
    Drop below = sent(Drop::on_6_1("netem below htb"), "QDISC_DROP")
                     .fact("dev_qdisc_enqueue", 0, {{"qdisc", "htb"}})
                     .qdisc("va", "htb", 3)
                     .qdisc("va", "netem", 3);
    below.state().qdiscs[1].parent = 0x10001;  // 1:1
    all.push_back(below.likely_lost("netem-loss"));
    all.push_back(sent(Drop::on_6_1("htb's filter"), "QDISC_DROP")
                      .fact("tcf_classify", 2)
                      .fact("dev_qdisc_enqueue", 0x20000, {{"qdisc", "htb"}})
                      .lost("qdisc-filter", "a filter attached to qdisc htb on va",
                            {"reason", "fact:tcf_classify"}));
    for (const char* reason : {"QDISC_OVERLIMIT", "FQ_FLOW_LIMIT", "QDISC_CONGESTED"}) {
        all.push_back(sent(Drop::on_6_18(reason), reason)
                          .qdisc("va", "fq", 3)
                          .lost("qdisc-limit", "qdisc fq on va", {"reason"}));
    }
    return all;
}

std::vector<Fixture> tc_fixtures() {
    std::vector<Fixture> all;
    for (const auto kernel : {Drop::on_6_1, Drop::on_6_18}) {
        all.push_back(kernel("tc ingress")
                          .at("__netif_receive_skb_core.constprop.0")
                          .reason("TC_INGRESS")
                          .dev("vb")
                          .tc_filter("vb", "ingress", "gact drop")
                          .lost("tc-ingress", "vb (ingress)", {"reason"}));
        all.push_back(sent(kernel("tc egress"), "TC_EGRESS")
                          .tc_filter("va", "egress", "police")
                          .lost("tc-egress", "va (egress)", {"reason", "tc_filter", "links"}));
        all.push_back(sent(kernel("tc egress, no filter there"), "TC_EGRESS")
                          .tc_filter("va", "ingress", "gact drop")
                          .likely_lost("tc-egress"));
    }
    all.push_back(sent(Drop::on_6_1("tc egress, filter seen at work"), "TC_EGRESS")
                      .fact("tcf_classify", 2)
                      .lost("tc-egress", "va (egress)", {"reason", "fact:tcf_classify"}));
    return all;
}

std::vector<Fixture> xdp_fixtures() {
    const auto with_program = [](Drop drop, const std::string& place) {
        Drop ready = drop.at(place).dev("vb");
        ready.link("vb").xdp_prog_id = 12;
        ready.link("vb").xdp_mode = "skb";
        return ready;
    };
    return {
        with_program(Drop::on_6_1("generic XDP"), "do_xdp_generic")
            .lost("xdp-generic", "the XDP program on vb dropped it", {"links", "state"}),
        with_program(Drop::on_6_18("veth XDP"), "veth_xdp_rcv_skb")
            .lost("xdp-generic", "vb", {"links", "state"}),
        Drop::on_6_1("no program any more")
            .at("do_xdp_generic")
            .dev("vb")
            .likely_lost("xdp-generic"),
        with_program(Drop::on_6_1("a program, freed elsewhere"), "skb_gro_receive").unknown(),
    };
}

std::vector<Fixture> neighbour_fixtures() {
    const auto to_absent = [](Drop drop, const std::string& place) {
        return drop.at(place).dev("va").ip("10.1.0.1", "10.1.0.99").default_rules();
    };
    return {
        to_absent(Drop::on_6_1("ARP unanswered"), "neigh_invalidate")
            .reason("NEIGH_FAILED")
            .neighbour("va", "10.1.0.99", "FAILED")
            .lost("neighbour-unresolved", "10.1.0.99 does not answer on va",
                  {"reason+neighbour", "reason+state"}),
        Drop::on_6_1("neighbour discovery unanswered")
            .at("neigh_invalidate")
            .dev("va")
            .ip("fd00::1", "fd00::99")
            .default_rules()
            .neighbour("va", "fd00::99", "FAILED")
            .lost("neighbour-unresolved", "fd00::99", {"neighbour", "packet", "state"}),
        Drop::on_6_1("neighbour discovery, entry answers now")
            .at("neigh_invalidate")
            .dev("va")
            .ip("fd00::1", "fd00::99")
            .likely_lost("neighbour-unresolved"),
        to_absent(Drop::on_6_18("ARP unanswered"), "neigh_invalidate")
            .reason("NEIGH_FAILED")
            .lost("neighbour-unresolved", "10.1.0.99", {"reason"}),
        to_absent(Drop::on_6_1("neighbour queue"), "__neigh_event_send")
            .reason("NEIGH_QUEUEFULL")
            .around("__neigh_event_send", {{"address", "10.1.0.254"}})
            .sysctl("net.ipv4.neigh.va.unres_qlen_bytes", "2000")
            .lost("neighbour-queue-full", "10.1.0.254", {"reason"}),
        to_absent(Drop::on_6_1("neighbour table full"), "ip_finish_output2")
            .reason("NEIGH_CREATEFAIL")
            .sysctl("net.ipv4.neigh.default.gc_thresh3", "1")
            .lost("neighbour-create-failed", "for 10.1.0.99 on va", {"reason"}),
    };
}

}  // namespace

std::vector<Fixture> transmit_fixtures() {
    return join({carrier_fixtures, qdisc_fixtures, tc_fixtures, xdp_fixtures, neighbour_fixtures});
}

}  // namespace knowhy::explain::testing
