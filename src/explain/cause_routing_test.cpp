#include "explain/fixture.h"

namespace knowhy::explain::testing {
namespace {

Drop forwarded(Drop drop, const std::string& destination) {
    return drop.at("ip_error").dev("vb").ip("10.1.0.1", destination).udp(9).default_rules();
}

Drop arriving(Drop drop, const std::string& source, const std::string& destination) {
    return drop.at("ip_rcv_finish_core.constprop.0").dev("vb").ip(source, destination).udp(9);
}

std::vector<Fixture> destination_fixtures() {
    const auto to_group = [](Drop drop, const std::string& joined) {
        Drop& ready = drop.at("ip_rcv_finish_core.constprop.0")
                          .dev("vb")
                          .ip("10.1.0.1", "239.1.2.3")
                          .conf("mc_forwarding", "0", "0")
                          .packet_type(2);
        ready.state().multicast_groups["vb"] = {*model::IpAddress::parse(joined)};
        return ready;
    };
    return {
        arriving(Drop::on_6_1("to 0.0.0.0"), "10.1.0.1", "0.0.0.0")
            .fact("ip_route_input_slow", -22)
            .lost("destination-martian", "0.0.0.0", {"fact:ip_route_input_slow", "packet"}),
        arriving(Drop::on_6_18("to 0.0.0.0"), "10.1.0.1", "0.0.0.0")
            .reason("IP_INVALID_DEST")
            .lost("destination-martian", "0.0.0.0", {"reason"}),
        arriving(Drop::on_6_18("to 0.0.0.0, unnamed"), "10.1.0.1", "0.0.0.0")
            .likely_lost("destination-martian"),
        arriving(Drop::on_6_1("to 0.1.2.3"), "10.1.0.1", "0.1.2.3")
            .fact("ip_route_input_slow", -22)
            .unknown(),
        to_group(Drop::on_6_1("group not joined"), "224.0.0.1")
            .fact("ip_route_input_noref", -22)
            .harmless(
                "multicast-not-joined",
                {"fact:ip_route_input_noref", "groups", "packet",
                 "sysctl:net.ipv4.conf.all.mc_forwarding+sysctl:net.ipv4.conf.vb.mc_forwarding"}),
        to_group(Drop::on_6_1("group not joined, asked for"), "224.0.0.1")
            .filter("dst host 239.1.2.3")
            .fact("ip_route_input_noref", -22)
            .lost("multicast-not-joined", "239.1.2.3", {"fact:ip_route_input_noref", "groups"}),
        to_group(Drop::on_6_1("group joined"), "239.1.2.3")
            .fact("ip_route_input_noref", -22)
            .unknown(),
        to_group(Drop::on_6_1("group's source refused"), "224.0.0.1")
            .fact("ip_mc_validate_source", -22)
            .fact("ip_route_input_noref", -22)
            .unknown(),
        to_group(Drop::on_6_18("group not joined"), "224.0.0.1")
            .likely_harmless("multicast-not-joined"),
        arriving(Drop::on_6_1("unicast in a broadcast frame"), "10.1.0.1", "10.1.0.2")
            .reason("UNICAST_IN_L2_MULTICAST")
            .conf("drop_unicast_in_l2_multicast", "1", "0")
            .packet_type(1)
            .lost("l2-broadcast-unicast", "10.1.0.2", {"reason"}),
        Drop::on_6_18("broadcast frame not forwarded")
            .at("ip_forward")
            .dev("vb")
            .ip("10.1.0.1", "10.55.0.1")
            .packet_type(1)
            .harmless("l2-broadcast-unicast", {"sample", "packet"}),
        Drop::on_6_1("unicast frame, not forwarded")
            .at("ip_forward")
            .dev("vb")
            .ip("10.1.0.1", "10.55.0.1")
            .unknown(),
    };
}

std::vector<Fixture> no_route_fixtures() {
    std::vector<Fixture> all;
    for (const auto kernel : {Drop::on_6_1, Drop::on_6_18}) {
        all.push_back(forwarded(kernel("no route"), "10.44.0.1")
                          .reason("IP_INNOROUTES")
                          .dst_error(101)
                          .route("unicast", "10.1.0.0/24", "vb")
                          .lost("no-route", "there is no route to 10.44.0.1",
                                {"reason", "rule", "packet", "sample", "state"}));
        all.push_back(forwarded(kernel("no route, routes not read"), "10.44.0.1")
                          .reason("IP_INNOROUTES")
                          .dst_error(101)
                          .incomplete()
                          .likely_lost("no-route"));
        all.push_back(forwarded(kernel("a throw route"), "10.44.0.1")
                          .reason("IP_INNOROUTES")
                          .dst_error(101)
                          .route("throw", "10.44.0.0/24")
                          .lost("no-route", "10.44.0.1", {"reason", "rule"}));
        all.push_back(forwarded(kernel("unreachable rule"), "10.44.0.1")
                          .rule(100, "unreachable", "10.44.0.0/24")
                          .reason("IP_INNOROUTES")
                          .dst_error(101)
                          .lost("rule-unreachable", "100: from all to 10.44.0.0/24 unreachable",
                                {"reason", "rule", "packet", "dst_error"}));
        all.push_back(forwarded(kernel("forwarding off"), "10.55.0.1")
                          .reason("IP_INADDRERRORS")
                          .dst_error(113)
                          .route("unicast", "10.55.0.0/24", "d0")
                          .conf("forwarding", "1", "0")
                          .lost("forwarding-off", "vb does not forward",
                                {"reason", "sysctl:net.ipv4.conf.vb.forwarding"}));
        all.push_back(forwarded(kernel("forwarding, changed since"), "10.55.0.1")
                          .reason("IP_INADDRERRORS")
                          .conf("forwarding", "1", "1")
                          .likely_lost("forwarding-off", "changed since"));
    }
    all.push_back(Drop::on_6_1("a connected socket's route is gone")
                      .at("__ip_queue_xmit")
                      .ip("10.1.0.2", "10.1.0.1", 6)
                      .tcp("P.", 1, 100)
                      .reason("IP_OUTNOROUTES")
                      .lost("no-route", "10.1.0.1", {"reason"}));
    all.push_back(Drop::on_6_1("a last FIN without a route")
                      .at("__ip_queue_xmit")
                      .ip("10.1.0.2", "10.1.0.1", 6)
                      .tcp("F.")
                      .reason("IP_OUTNOROUTES")
                      .harmless("no-route", {"reason"}));
    all.push_back(forwarded(Drop::on_6_1("ip_error without any hint"), "10.55.0.1").unknown());
    return all;
}

std::vector<Fixture> refusing_fixtures() {
    struct Kind {
        std::string name;
        int error;
    };
    std::vector<Fixture> all;
    for (const Kind& kind :
         {Kind{"blackhole", 22}, Kind{"unreachable", 113}, Kind{"prohibit", 13}}) {
        const std::string route = "route-" + kind.name;
        for (const auto kernel : {Drop::on_6_1, Drop::on_6_18}) {
            all.push_back(forwarded(kernel(route), "10.43.0.1")
                              .dst_error(kind.error)
                              .route(kind.name, "10.43.0.0/24")
                              .lost(route, kind.name + " 10.43.0.0/24",
                                    {"dst_error", "route", "rule", "packet", "state", "sample"}));
        }
        all.push_back(forwarded(Drop::on_6_1(route + ", routes not known"), "10.43.0.1")
                          .dst_error(kind.error)
                          .likely_lost(route));
        all.push_back(forwarded(Drop::on_6_1(route + ", but the errno says otherwise"), "10.43.0.1")
                          .dst_error(1)
                          .route(kind.name, "10.43.0.0/24")
                          .unknown());
        if (kind.name == "unreachable") continue;  // as a rule it is ENETUNREACH, see no_route
        all.push_back(forwarded(Drop::on_6_1("rule-" + kind.name), "10.43.0.1")
                          .rule(50, kind.name, "10.43.0.0/16")
                          .dst_error(kind.error)
                          .lost("rule-" + kind.name, "50: from all to 10.43.0.0/16 " + kind.name,
                                {"dst_error", "rule", "packet", "state"}));
    }
    all.push_back(
        Drop::on_6_1("IPv6 blackhole")
            .at("dst_discard_out")
            .dev("vb")
            .ip("fd00::1", "fd43::1")
            .default_rules()
            .route("blackhole", "fd43::/64")
            .lost("route-blackhole", "blackhole fd43::/64", {"route", "packet", "state"}));
    all.push_back(
        Drop::on_6_18("IPv6 unreachable")
            .at("ip6_pkt_discard")
            .dev("vb")
            .reason("IP_INNOROUTES")
            .ip("fd00::1", "fd43::1")
            .default_rules()
            .route("unreachable", "fd43::/64")
            .lost("route-unreachable", "unreachable fd43::/64", {"reason", "route", "packet"}));
    all.push_back(Drop::on_6_1("IPv6 prohibit")
                      .at("ip6_pkt_drop")
                      .dev("vb")
                      .reason("IP_INNOROUTES")
                      .ip("fd00::1", "fd43::1")
                      .default_rules()
                      .route("prohibit", "fd43::/64")
                      .lost("route-prohibit", "prohibit fd43::/64", {"reason", "route", "packet"}));
    return all;
}

std::vector<Fixture> forwarding_fixtures() {
    std::vector<Fixture> all;
    for (const auto kernel : {Drop::on_6_1, Drop::on_6_18}) {
        const auto at = [&](const std::string& name, const std::string& place) {
            return kernel(name).at(place).dev("vb");
        };
        all.push_back(
            at("TTL 1", "ip_forward")
                .reason("IP_INHDR")
                .ip("10.1.0.1", "10.55.0.1")
                .ttl(1)
                .lost("ttl-exceeded", "TTL of 10.1.0.1 > 10.55.0.1", {"reason", "packet"}));
        all.push_back(
            at("TTL 64", "ip_forward").reason("IP_INHDR").ip("10.1.0.1", "10.55.0.1").unknown());
        all.push_back(at("hop limit 1", "ip6_forward")
                          .reason("IP_INHDR")
                          .ip("fd00::1", "fd55::1")
                          .ttl(1)
                          .lost("ipv6-hop-limit", "hop limit of fd00::1", {"reason"}));
        all.push_back(at("hop limit 64", "ip6_forward")
                          .reason("IP_INHDR")
                          .ip("fd00::1", "fd55::1")
                          .unknown());
        Drop big = at("too big", "ip_forward")
                       .reason("PKT_TOO_BIG")
                       .ip("10.1.0.1", "10.55.0.1")
                       .default_rules()
                       .route("unicast", "10.55.0.0/24", "d0");
        big.link("d0", "dummy").mtu = 1000;
        all.push_back(big.lost("too-big", "the mtu of d0 is 1000", {"reason"}));
        all.push_back(at("too big, IPv6", "ip6_forward")
                          .reason("PKT_TOO_BIG")
                          .ip("fd00::1", "fd55::1")
                          .lost("ipv6-too-big", "does not fit", {"reason"}));
        all.push_back(at("too big, elsewhere", "vti_xmit")
                          .reason("PKT_TOO_BIG")
                          .ip("10.1.0.1", "10.55.0.1")
                          .unknown());
    }
    return all;
}

std::vector<uint8_t> header_with(std::vector<uint8_t> options) {
    std::vector<uint8_t> bytes(20, 0);
    bytes[0] = static_cast<uint8_t>(0x40 + (20 + options.size()) / 4);
    bytes.insert(bytes.end(), options.begin(), options.end());
    return bytes;
}

std::vector<Fixture> header_fixtures() {
    const auto source_routed = [](Drop drop, const std::string& accept) {
        return arriving(std::move(drop), "10.1.0.1", "10.1.0.2")
            .conf("accept_source_route", "0", accept)
            .raw_header(header_with({1, 131, 7, 4, 10, 1, 9, 1}));
    };
    std::vector<Fixture> all;
    for (const auto kernel : {Drop::on_6_1, Drop::on_6_18}) {
        const auto at = [&](const std::string& name, const std::string& place) {
            return kernel(name).at(place).dev("vb").ip("10.1.0.1", "10.1.0.2");
        };
        all.push_back(at("bad checksum", "ip_rcv_core")
                          .reason("IP_CSUM")
                          .lost("bad-ip-checksum", "10.1.0.1", {"reason"}));
        all.push_back(at("bad header", "ip_rcv_core")
                          .reason("IP_INHDR")
                          .lost("malformed-ip", "malformed", {"reason"}));
        all.push_back(at("bad version, IPv6", "ip6_rcv_core")
                          .reason("UNHANDLED_PROTO")
                          .lost("malformed-ip", "malformed", {"reason"}));
        all.push_back(at("cut short", "ip_rcv_core")
                          .reason("PKT_TOO_SMALL")
                          .lost("truncated", "shorter", {"reason"}));
        all.push_back(at("protocol 253", "ip_local_deliver_finish")
                          .reason("IP_NOPROTO")
                          .lost("no-ip-protocol", "nothing here handles IP protocol", {"reason"}));
        all.push_back(at("ip_rcv_core without a reason", "ip_rcv_core").unknown());
        all.push_back(
            at("UNHANDLED_PROTO in IPv4", "ip_rcv_core").reason("UNHANDLED_PROTO").unknown());
        all.push_back(at("PKT_TOO_SMALL elsewhere", "gre_rcv").reason("PKT_TOO_SMALL").unknown());
    }
    all.push_back(arriving(Drop::on_6_1("bad options"), "10.1.0.1", "10.1.0.2")
                      .fact("ip_options_compile", -22)
                      .lost("ip-options", "options", {"fact:ip_options_compile"}));
    all.push_back(arriving(Drop::on_6_1("options were fine"), "10.1.0.1", "10.1.0.2")
                      .raw_header(header_with({1, 1, 1, 0}))
                      .unknown());
    all.push_back(source_routed(Drop::on_6_1("source route"), "1")
                      .lost("source-route", "source route",
                            {"packet", "sample", "sysctl:net.ipv4.conf.all.accept_source_route"}));
    all.push_back(source_routed(Drop::on_6_1("source route, but the lookup failed"), "0")
                      .fact("ip_route_input_noref", -22)
                      .unknown());
    all.push_back(source_routed(Drop::on_6_1("source route accepted"), "1")
                      .conf("accept_source_route", "1", "1")
                      .unknown());
    all.push_back(source_routed(Drop::on_6_18("source route"), "0").likely_lost("source-route"));
    return all;
}

}  // namespace

std::vector<Fixture> routing_fixtures() {
    return join({destination_fixtures, no_route_fixtures, refusing_fixtures, forwarding_fixtures,
                 header_fixtures});
}

}  // namespace knowhy::explain::testing
