// Rules beyond those of bonds: what each needs, and what keeps it silent.
#include "explain/diagnose/patient_for_tests.h"

namespace knowhy::explain {
namespace {

TEST_F(Diagnosis, WildcardHandlersOfBonds) {
    state().packet_handlers = {{"0806", "", "arp_rcv"},
                               {"0806", "bond0", "rlb_arp_recv [bonding]"}};
    EXPECT_TRUE(faults().empty());
    state().packet_handlers.push_back({"0806", "", "rlb_arp_recv [bonding]"});
    expect_only("wildcard-handler", "");
}

TEST_F(Diagnosis, AVlanInAVlanNeedsRoomForItsTag) {
    link("eth0", "").mtu = 1500;
    link("eth0.7", "vlan").lower = index("eth0");
    EXPECT_TRUE(faults().empty());
    link("q", "vlan").lower = index("eth0.7");
    expect_only("vlan-mtu", "q", Certainty::Likely);
    at("q").mtu = 1496;
    EXPECT_TRUE(faults().empty());
    // A ring of devices cannot be; a recording may say so.
    at("eth0.7").lower = index("q");
    EXPECT_TRUE(faults().empty());
}

TEST_F(Diagnosis, StrictReversePathNeedsBothValues) {
    link("eth0", "");
    link("eth1", "");
    address("eth0", "10.0.0.2/24");
    address("eth1", "10.1.0.2/24");
    for (const char* name : {"eth0", "eth1"}) {
        model::Route route;
        route.destination =
            *model::Prefix::parse(name == std::string("eth0") ? "10.0.0.0/24" : "10.1.0.0/24");
        route.type = "unicast";
        route.out_ifindex = index(name);
        state().routes.push_back(route);
    }
    default_route("eth0", "10.0.0.1", 100);
    default_route("eth1", "10.1.0.1", 200);
    sysctl("net.ipv4.conf.eth1.rp_filter", "1");
    EXPECT_TRUE(faults().empty());
    sysctl("net.ipv4.conf.all.rp_filter", "0");
    expect_only("rp-filter-asymmetric", "eth1", Certainty::Likely);
    sysctl("net.ipv4.conf.all.rp_filter", "2");  // the larger one counts
    EXPECT_TRUE(faults().empty());
}

TEST_F(Diagnosis, LroIsNotForForwarders) {
    link("eth0", "").features = {{"rx-lro", true, true, false}};
    EXPECT_TRUE(faults().empty());
    sysctl("net.ipv4.conf.all.forwarding", "1");
    expect_only("lro-forwarding", "eth0");
}

TEST_F(Diagnosis, CountersSinceTheyBeganAreAShareOfTheTraffic) {
    link("eth0", "").rings = {256, 4096, 256, 4096};
    state().after["link.eth0.rx_missed_errors"] = 500;
    state().after["link.eth0.rx_packets"] = 1'000'000;
    EXPECT_TRUE(faults().empty());
    state().after["link.eth0.rx_packets"] = 100'000;
    expect_only("ring-drops", "eth0", Certainty::Likely);
    EXPECT_EQ(only().try_next.front().command, "ethtool -G eth0 rx 4096");
}

TEST_F(Diagnosis, CountersThatMoveWhileWatchedAreCertain) {
    watched();
    seen_.host.before["softnet.dropped"] = 5;
    seen_.host.after["softnet.dropped"] = 5;
    EXPECT_TRUE(faults().empty());
    seen_.host.after["softnet.dropped"] = 6;
    expect_only("backlog-drops", "");
}

TEST_F(Diagnosis, AConntrackTableNearItsLimit) {
    sysctl("net.netfilter.nf_conntrack_max", "10");
    state().after["conntrack.count"] = 7;
    EXPECT_TRUE(faults().empty());
    state().after["conntrack.count"] = 8;
    expect_only("conntrack-near-full", "");
}

TEST_F(Diagnosis, ALinkSlowerThanBothEndsCan) {
    model::LinkSettings settings;
    settings.speed = settings.advertised_speed = 10;
    settings.supported_speed = 1000;
    settings.partner_speed = 100;
    settings.duplex = "full";
    settings.autoneg = true;
    link("eth0", "").settings = settings;
    expect_only("speed-below-offer", "eth0");
    EXPECT_THAT(only().sentence, HasSubstr("this end offers no more than 10 Mb/s"));
    at("eth0").settings->autoneg = false;
    EXPECT_THAT(only().sentence, HasSubstr("autonegotiation is off"));
    at("eth0").settings->supported_speed = 10;  // the partner's offer is beyond this device
    EXPECT_TRUE(faults().empty());
}

TEST_F(Diagnosis, AnOffloadThatWasAskedForAndIsOff) {
    link("eth0", "").features = {{"tx-scatter-gather", true, true, false},
                                 {"tx-checksum-ip-generic", false, false, false},
                                 {"tx-tcp-segmentation", false, true, false}};
    expect_only("feature-wanted-off", "eth0");
    EXPECT_THAT(only().sentence, HasSubstr("checksums are not left to the device"));
    at("eth0").features.back().name = "tx-generic-segmentation";  // the kernel asks for it itself
    EXPECT_TRUE(faults().empty());
    at("eth0").features.back().name = "tx-tcp-segmentation";
    // Of a tap it is the program behind it that says what it can take.
    at("eth0").kind = "tun";
    EXPECT_TRUE(faults().empty());
}

TEST_F(Diagnosis, OneOfManyQueuesDoesItAll) {
    link("eth0", "");
    for (const char* name : {"rx_queue_0_packets", "rx_queue_1_packets", "tx_queue_0_packets"})
        state().after[std::string("ethtool.eth0.") + name] = 9'000;
    EXPECT_TRUE(faults().empty());
    state().after["ethtool.eth0.rx_queue_0_packets"] = 300'000;
    expect_only("one-queue", "eth0", Certainty::Likely);
    // Sizes are no queues.
    state().after.erase("ethtool.eth0.rx_queue_1_packets");
    state().after["ethtool.eth0.rx_64_packets"] = 1;
    EXPECT_TRUE(faults().empty());
}

TEST_F(Diagnosis, WithoutStatisticsInterruptsTell) {
    link("eth0", "");
    watched();
    for (const char* name : {"virtio0-input.0", "virtio0-input.1", "virtio0-output.0"}) {
        state().before[std::string("interrupts.eth0.") + name] = 500;
        state().after[std::string("interrupts.eth0.") + name] = 500;
    }
    state().after["interrupts.eth0.virtio0-output.0"] = 10'000;
    EXPECT_TRUE(faults().empty());
    state().after["interrupts.eth0.virtio0-input.1"] = 10'000;
    expect_only("one-queue", "eth0", Certainty::Likely);
    EXPECT_THAT(only().sentence, HasSubstr("queue 1 of eth0 takes 9500 of its 9500 interrupts "
                                           "while watched, its other queue hardly any"));
}

TEST_F(Diagnosis, TurnsThatAreCutShort) {
    watched();
    seen_.host.before["softnet.time_squeeze"] = 5;
    seen_.host.before["softnet.processed"] = 0;
    seen_.host.after["softnet.time_squeeze"] = 30;
    seen_.host.after["softnet.processed"] = 10'000;
    EXPECT_TRUE(faults().empty());
    seen_.host.after["softnet.processed"] = 1'000;
    expect_only("time-squeeze", "");
}

TEST_F(Diagnosis, InterruptsThatTheControllerLost) {
    seen_.host.after["interrupts.MIS"] = 3;
    expect_only("interrupts-missed", "", Certainty::Likely);
    watched();
    seen_.host.before["interrupts.MIS"] = 3;
    EXPECT_TRUE(faults().empty());
    seen_.host.after["interrupts.MIS"] = 4;
    expect_only("interrupts-missed", "");
}

TEST_F(Diagnosis, ChainsArePutTogetherForForwarders) {
    link("eth0", "").features = {{"rx-gro-list", true, true, false}};
    EXPECT_TRUE(faults().empty());
    sysctl("net.ipv4.conf.all.forwarding", "0");
    sysctl("net.ipv4.conf.eth0.forwarding", "0");
    expect_only("gro-list-not-forwarding", "eth0", Certainty::Likely);
    sysctl("net.ipv4.conf.eth0.forwarding", "1");
    EXPECT_TRUE(faults().empty());
}

TEST_F(Diagnosis, ASubnetInsideAnother) {
    link("eth0", "");
    link("eth1", "");
    address("eth0", "10.0.0.1/16");
    address("eth1", "10.0.7.1/24");
    expect_only("subnet-in-subnet", "eth1", Certainty::Likely);
    EXPECT_THAT(only().sentence, HasSubstr("10.0.7.0/24 on eth1 is a part of 10.0.0.0/16 on eth0"));
    at("eth1").type = "none";  // a tunnel into that network
    EXPECT_TRUE(faults().empty());
}

TEST_F(Diagnosis, AnAddressThatStaysTentative) {
    link("eth0", "");
    address("eth0", "2001:db8::1/64");
    state().addresses[0].tentative = true;
    state().addresses[0].tentative_ms = 1000;
    EXPECT_TRUE(faults().empty());
    state().addresses[0].tentative_ms = 60'000;
    expect_only("ipv6-tentative", "eth0", Certainty::Likely);
    at("eth0").carrier = false;
    expect_only("ipv6-tentative", "eth0");
}

}  // namespace
}  // namespace knowhy::explain
