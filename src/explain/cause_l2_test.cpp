#include "explain/fixture.h"

namespace knowhy::explain::testing {
namespace {

const char* const kOwnMac = "02:00:00:00:00:02";  // of the first device of a fixture
const char* const kForeignMac = "02:11:22:33:44:55";

Drop otherhost(Drop drop, const std::string& destination) {
    return drop.at("ip_rcv_core")
        .reason("OTHERHOST")
        .dev("vb")
        .ethernet(destination)
        .packet_type(3);
}

Drop unhandled(Drop drop, uint16_t ethertype) {
    return drop.at("__netif_receive_skb_core.constprop.0")
        .reason("UNHANDLED_PROTO")
        .dev("vb")
        .ethernet(kOwnMac, ethertype);
}

std::vector<Fixture> address_fixtures() {
    std::vector<Fixture> all;
    for (const auto kernel : {Drop::on_6_1, Drop::on_6_18}) {
        all.push_back(otherhost(kernel("foreign MAC"), kForeignMac)
                          .lost("not-our-mac", "the frame was for 02:11:22:33:44:55",
                                {"reason", "packet", "links", "sample"}));
        Drop promiscuous = otherhost(kernel("foreign MAC, promiscuous"), kForeignMac);
        promiscuous.link("vb").promiscuity = 1;
        all.push_back(promiscuous.harmless("not-our-mac", {"packet", "links"}));
    }
    all.push_back(otherhost(Drop::on_6_1("VLAN 7 without a device"), kOwnMac)
                      .fact("vlan_do_receive", 0, {{"vlan_id", 7}})
                      .lost("vlan-unknown", "VLAN 7, and vb has no device for it",
                            {"fact:vlan_do_receive", "packet", "links"}));
    all.push_back(otherhost(Drop::on_6_18("VLAN without a device"), kOwnMac)
                      .likely_lost("vlan-unknown", "a VLAN"));
    Drop has_vlan = otherhost(Drop::on_6_1("VLAN 7 with a device"), kOwnMac);
    model::Link& vlan = has_vlan.link("vb.7", "vlan");
    vlan.vlan_id = 7;
    vlan.lower = 2;
    all.push_back(has_vlan.fact("vlan_do_receive", 0, {{"vlan_id", 7}}).unknown());
    return all;
}

std::vector<Fixture> vlan_down_fixtures() {
    const auto into_vlan = [](const std::string& name, bool up) {
        Drop drop = Drop::on_6_1(name).at("vlan_do_receive").dev("vb").ethernet(kOwnMac);
        drop.sample().vlan_present = true;
        drop.sample().vlan_id = 7;
        model::Link& vlan = drop.link("vb.7", "vlan");
        vlan.vlan_id = 7;
        vlan.lower = 2;
        if (!up) vlan.flags = 0;
        return drop;
    };
    return {
        into_vlan("VLAN device down", false)
            .lost("vlan-down", "the VLAN device vb.7 is down", {"links", "sample"}),
        into_vlan("VLAN device up", true).unknown(),
    };
}

std::vector<Fixture> handler_fixtures() {
    std::vector<Fixture> all;
    for (const auto kernel : {Drop::on_6_1, Drop::on_6_18}) {
        all.push_back(unhandled(kernel("EtherType 0x88b5"), 0x88b5)
                          .lost("no-protocol-handler", "nothing here handles 0x88b5 on vb",
                                {"reason", "sample"}));
        all.push_back(unhandled(kernel("LLDP"), 0x88cc)
                          .harmless("no-protocol-handler", {"reason", "sample"}));
        all.push_back(unhandled(kernel("IPv4 always has its handler"), 0x0800).unknown());
        all.push_back(kernel("BPDU on a host")
                          .at("stp_pdu_rcv")
                          .dev("vb")
                          .likely_harmless("no-protocol-handler"));
    }
    return all;
}

Drop slave(Drop drop, const std::string& mode, const std::string& state) {
    const uint32_t master = drop.link("bond0", "bond").ifindex;
    drop.link("bond0").bond_mode = mode;
    model::Link& port = drop.link("vb");
    port.master = master;
    port.bond_port.emplace();
    port.bond_port->state = state;
    return drop;
}

std::vector<Fixture> bond_fixtures() {
    return {
        slave(unhandled(Drop::on_6_1("inactive slave, unicast"), 0x0800), "active-backup", "backup")
            .fact("bond_handle_frame", 2)
            .lost("bond-inactive", "vb is an inactive slave of bond0 (active-backup)",
                  {"reason", "fact:bond_handle_frame"}),
        slave(unhandled(Drop::on_6_1("inactive slave, broadcast"), 0x0806), "active-backup",
              "backup")
            .packet_type(1)
            .fact("bond_handle_frame", 2)
            .harmless("bond-inactive", {"fact:bond_handle_frame", "reason"}),
        slave(unhandled(Drop::on_6_1("slave of another aggregator"), 0x0800), "802.3ad", "backup")
            .packet_type(1)
            .fact("bond_handle_frame", 2)
            .lost("bond-inactive", "802.3ad", {"fact:bond_handle_frame"}),
        slave(unhandled(Drop::on_6_1("active slave, odd EtherType"), 0x88b5), "active-backup",
              "active")
            .lost("no-protocol-handler", "0x88b5", {"reason", "point:bond_handle_frame"}),
        slave(unhandled(Drop::on_6_18("backup slave, nobody watches"), 0x0800), "802.3ad", "backup")
            .likely_lost("bond-inactive"),
    };
}

}  // namespace

std::vector<Fixture> l2_fixtures() {
    return join({address_fixtures, vlan_down_fixtures, handler_fixtures, bond_fixtures});
}

}  // namespace knowhy::explain::testing
