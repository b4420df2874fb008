#include "explain/fixture.h"

namespace knowhy::explain::testing {
namespace {

constexpr const char* kForwarding = "net.ipv6.conf.all.forwarding";

Drop received(Drop drop, const std::string& place, const std::string& destination) {
    return drop.at(place).dev("v1").ip("fd00::1", destination).udp(9);
}

Drop own_address(Drop drop, bool tentative, bool failed) {
    drop.address("v1", "fd00::9/64");
    drop.state().addresses.back().tentative = tentative;
    drop.state().addresses.back().dad_failed = failed;
    return drop;
}

Drop mtu(Drop drop, uint32_t bytes) {
    drop.link("v1").mtu = bytes;
    return drop;
}

std::vector<Fixture> disabled() {
    return {
        received(Drop::on_6_1("disabled"), "ip6_rcv_core", "fd00::2")
            .reason("IPV6DISABLED")
            .conf("disable_ipv6", "0", "1")
            .counter("snmp6.Ip6InDiscards", 3)
            .lost("ipv6-disabled", "IPv6 is disabled on v1", {"reason"}),
        received(Drop::on_6_18("disabled"), "ip6_rcv_core", "fd00::2")
            .reason("IPV6DISABLED")
            .lost("ipv6-disabled", "IPv6 is disabled on v1", {"reason"}),
        mtu(received(Drop::on_6_1("an MTU too small"), "ip6_rcv_core", "fd00::2"), 1000)
            .reason("IPV6DISABLED")
            .lost("ipv6-disabled", "its MTU of 1000 is below 1280", {"reason"}),
        received(Drop::on_6_1("enabled since"), "ip6_rcv_core", "fd00::2")
            .reason("IPV6DISABLED")
            .conf("disable_ipv6", "0", "0")
            .lost("ipv6-disabled", "not any more", {"reason"}),
        received(Drop::on_6_1("multicast while disabled"), "ip6_rcv_core", "ff02::1")
            .reason("IPV6DISABLED")
            .harmless("ipv6-disabled", {"reason"}),
        received(Drop::on_6_1("own report after disabling"), "ip6_output", "ff02::16")
            .reason("IPV6DISABLED")
            .harmless("ipv6-disabled", {"reason"}),
        received(Drop::on_6_1("disabled, no reason"), "ip6_rcv_core", "fd00::2")
            .conf("disable_ipv6", "0", "1")
            .unknown(),
    };
}

std::vector<Fixture> forwarding() {
    const auto at_forward = [](Drop drop, const std::string& destination) {
        return received(std::move(drop), "ip6_forward", destination).reason("IP_INADDRERRORS");
    };
    return {
        own_address(at_forward(Drop::on_6_1("tentative"), "fd00::9"), true, false)
            .sysctl(kForwarding, "0")
            .lost("ipv6-tentative", "fd00::9 on v1 is still tentative",
                  {"reason", "address", "packet", "state"}),
        own_address(at_forward(Drop::on_6_18("duplicate address"), "fd00::9"), true, true)
            .sysctl(kForwarding, "0")
            .lost("ipv6-tentative", "in use by somebody else", {"address"}),
        own_address(at_forward(Drop::on_6_1("not tentative any more"), "fd00::9"), false, false)
            .likely_lost("ipv6-tentative", "was not yet"),
        at_forward(Drop::on_6_1("not ours"), "fd55::1")
            .sysctl(kForwarding, "0")
            .counter("snmp6.Ip6InAddrErrors", 3)
            .lost("ipv6-forwarding-off", "fd55::1 is not an address of this host",
                  {"reason", "packet", "state", std::string("sysctl:") + kForwarding, "address"}),
        at_forward(Drop::on_6_18("not ours"), "fd55::1")
            .sysctl(kForwarding, "0")
            .lost("ipv6-forwarding-off", "all.forwarding=0", {"reason"}),
        at_forward(Drop::on_6_1("not ours, addresses not all known"), "fd55::1")
            .sysctl(kForwarding, "0")
            .incomplete()
            .likely_lost("ipv6-forwarding-off"),
        // Forwarding is on: it is the source that must not be forwarded.
        at_forward(Drop::on_6_1("forwarding is on"), "fd55::1").sysctl(kForwarding, "1").unknown(),
    };
}

std::vector<Fixture> no_route() {
    const auto dropped = [](Drop drop, const std::string& destination) {
        return received(std::move(drop), "ip6_pkt_drop", destination)
            .reason("IP_INNOROUTES")
            .default_rules();
    };
    return {
        dropped(Drop::on_6_1("no IPv6 route"), "fd99::1")
            .dst_error(-101)
            .counter("snmp6.Ip6InNoRoutes", 3)
            .lost("ipv6-no-route", "there is no IPv6 route to fd99::1",
                  {"reason", "packet", "rule", "route", "state"}),
        dropped(Drop::on_6_18("no IPv6 route"), "fd99::1")
            .at("ip6_pkt_discard")
            .lost("ipv6-no-route", "fd99::1", {"reason", "packet", "state"}),
        dropped(Drop::on_6_1("no IPv6 route, not all known"), "fd99::1")
            .incomplete()
            .likely_lost("ipv6-no-route"),
        dropped(Drop::on_6_1("multicast on a device not ready"), "ff02::16")
            .likely_harmless("multicast-unwanted"),
    };
}

// Without options, which an advertisement of 16 bytes need not have.
Drop discovery(Drop drop, uint8_t type, uint8_t hops, const std::string& source = "fe80::1") {
    Drop made = drop.at("icmpv6_rcv").dev("v1").ip(source, "fd00::2", 58).icmp(type).ttl(hops);
    made.sample().decoded.ip->total_length = type == 134 ? 56 : 64;
    return made;
}

Drop with_options(Drop drop) {
    drop.sample().decoded.ip->total_length += 8;
    return drop;
}

std::vector<Fixture> neighbour_discovery() {
    return {
        discovery(Drop::on_6_1("solicitation from afar"), 135, 64)
            .lost("nd-filtered", "neighbour solicitation from beyond the link", {"packet"}),
        discovery(Drop::on_6_18("solicitation from afar"), 135, 64)
            .reason("IPV6_NDISC_HOP_LIMIT")
            .lost("nd-filtered", "its hop limit is not 255", {"reason+packet"}),
        with_options(discovery(Drop::on_6_18("bad option"), 136, 255))
            .reason("IPV6_NDISC_BAD_OPTIONS")
            .lost("nd-filtered", "a neighbour advertisement was refused", {"reason"}),
        discovery(Drop::on_6_1("advertisement from a global address"), 134, 255, "fd00::1")
            .lost("nd-filtered", "no link-local address", {"packet"}),
        discovery(Drop::on_6_1("accept_ra is 0"), 134, 255)
            .conf("accept_ra", "0", "0")
            .likely_lost("nd-filtered", "v1 takes no router advertisements (accept_ra=0)"),
        discovery(Drop::on_6_1("a router"), 134, 255)
            .conf("accept_ra", "1", "1")
            .conf("forwarding", "1", "1")
            .likely_lost("nd-filtered", "accept_ra is not 2"),
        discovery(Drop::on_6_1("a router that accepts"), 134, 255)
            .conf("accept_ra", "2", "2")
            .conf("forwarding", "1", "1")
            .harmless("nd-consumed", {"packet", "sysctl:net.ipv6.conf.v1.accept_ra"}),
        discovery(Drop::on_6_1("an unknown type"), 200, 64).unknown(),
    };
}

}  // namespace

std::vector<Fixture> ipv6_fixtures() {
    return join({disabled, forwarding, no_route, neighbour_discovery});
}

}  // namespace knowhy::explain::testing
