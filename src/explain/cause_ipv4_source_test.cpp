#include "explain/fixture.h"

namespace knowhy::explain::testing {
namespace {

// The packet of incident 2, as a kernel without better names tells it.
Drop own_source(Drop drop, const std::string& accept_local) {
    return drop.at("ip_rcv_finish_core.constprop.0")
        .dev("v1")
        .ip("10.9.0.1", "10.9.0.2")
        .udp(4791)
        .address("v0", "10.9.0.1/24")
        .address("v1", "10.9.0.2/24")
        .conf("accept_local", "0", accept_local);
}

Drop martian(Drop drop, const std::string& source, const std::string& destination) {
    return drop.at("ip_rcv_finish_core.constprop.0")
        .dev("v1")
        .ip(source, destination)
        .udp(9)
        .address("v1", "10.1.0.2/24");
}

// Before the first loss only the function that encloses the lookup is watched.
Drop first_seen(Drop drop, int64_t returned) {
    return drop.unwatched("fib_validate_source")
        .unwatched("ip_route_input_slow")
        .fact("ip_route_input_noref", returned);
}

std::vector<Fixture> source_local_fixtures() {
    const std::vector<std::string> kNeeds = {"fact:fib_validate_source",
                                             "sysctl:net.ipv4.conf.all.accept_local",
                                             "sysctl:net.ipv4.conf.v1.accept_local",
                                             "address",
                                             "packet",
                                             "sample",
                                             "state"};
    return {
        own_source(Drop::on_6_1("own source"), "0")
            .fact("fib_validate_source", -22)
            .fact("ip_route_input_slow", -22)
            .fact("ip_route_input_noref", -22)
            .host_counter("rt_cache.in_martian_src", 3)
            .lost("source-local",
                  "the source 10.9.0.1 is one of this host's own addresses (dev v0); v1 has "
                  "accept_local=0",
                  kNeeds),
        // -EINVAL with rp_filter on is still not rp_filter.
        own_source(Drop::on_6_1("own source, rp_filter on"), "0")
            .conf("rp_filter", "1", "1")
            .fact("fib_validate_source", -22)
            .fact("ip_route_input_slow", -22)
            .lost("source-local", "accept_local=0", kNeeds),
        // The third twin: let in as local, then found on the wrong path.
        own_source(Drop::on_6_1("own source allowed, wrong path"), "1")
            .conf("rp_filter", "0", "1")
            .reason("IP_RPFILTER")
            .fact("fib_validate_source", -18)
            .fact("ip_route_input_slow", -18)
            .lost("rp-filter", "rp_filter=1 (strict)",
                  {"reason+fact:fib_validate_source+fact:ip_route_input_slow"}),
        own_source(Drop::on_6_1("own source, accept_local changed since"), "1")
            .fact("fib_validate_source", -22)
            .fact("ip_route_input_slow", -22)
            .unknown(),
        own_source(Drop::on_6_1("own source, but validation had nothing against it"), "0")
            .fact("ip_route_input_slow", -22)
            .unknown(),
        first_seen(own_source(Drop::on_6_1("own source, first packet"), "0"), -22)
            .default_rules()
            .route("local", "10.9.0.2", "v1", 255)
            .lost("source-local", "accept_local=0",
                  {"fact:ip_route_input_noref", "route", "address", "packet", "sample"}),
        first_seen(own_source(Drop::on_6_1("own source, first packet, martian source"), "0"), -22)
            .fact("ip_handle_martian_source", 1)
            .lost("source-local", "accept_local=0",
                  {"fact:ip_route_input_noref", "fact:ip_handle_martian_source", "address",
                   "packet", "sample"}),
        first_seen(own_source(Drop::on_6_1("own source, first packet, no such route"), "0"), -22)
            .default_rules()
            .likely_lost("source-local", "accept_local=0"),
        first_seen(own_source(Drop::on_6_1("own source, first packet, other error"), "0"), -113)
            .default_rules()
            .route("local", "10.9.0.2", "v1", 255)
            .unknown(),
        own_source(Drop::on_6_18("own source"), "0")
            .reason("IP_LOCAL_SOURCE")
            .lost("source-local", "10.9.0.1 is one of this host's own addresses (dev v0)",
                  {"reason"}),
        own_source(Drop::on_6_18("own source, nobody looked"), "0")
            .reason("IP_LOCAL_SOURCE")
            .unsampled()
            .lost("source-local", "one of this host's own addresses", {"reason"}),
        own_source(Drop::on_6_18("own source, no reason given"), "0")
            .likely_lost("source-local", "10.9.0.1"),
    };
}

std::vector<Fixture> source_martian_fixtures() {
    std::vector<Fixture> all;
    for (const char* source : {"224.1.2.3", "255.255.255.255", "0.0.0.0"}) {
        all.push_back(
            martian(Drop::on_6_1(std::string("source ") + source), source, "10.1.0.2")
                .fact("ip_route_input_slow", -22)
                .lost("source-martian", source, {"fact:ip_route_input_slow", "packet", "sample"}));
        all.push_back(
            first_seen(martian(Drop::on_6_1(std::string("first packet, source ") + source), source,
                               "10.1.0.2"),
                       -22)
                .lost("source-martian", source, {"fact:ip_route_input_noref", "packet"}));
        all.push_back(martian(Drop::on_6_18(std::string("source ") + source), source, "10.1.0.2")
                          .reason("IP_INVALID_SOURCE")
                          .lost("source-martian", source, {"reason"}));
        all.push_back(
            martian(Drop::on_6_18(std::string("unnamed, source ") + source), source, "10.1.0.2")
                .likely_lost("source-martian", source));
    }
    // A whole class of addresses that look odd and are not refused for it.
    all.push_back(martian(Drop::on_6_1("source 240.0.0.1"), "240.0.0.1", "10.1.0.2")
                      .fact("ip_route_input_slow", -22)
                      .unknown());
    all.push_back(martian(Drop::on_6_1("source 0.1.2.3"), "0.1.2.3", "10.1.0.2")
                      .fact("ip_route_input_slow", -22)
                      .unknown());
    all.push_back(martian(Drop::on_6_1("DHCP"), "0.0.0.0", "255.255.255.255")
                      .fact("ip_route_input_slow", -22)
                      .unknown());
    all.push_back(
        martian(Drop::on_6_1("subnet broadcast as source"), "10.1.0.255", "10.1.0.2")
            .route("broadcast", "10.1.0.255", "v1", 255)
            .fact("fib_validate_source", -22)
            .fact("ip_route_input_slow", -22)
            .lost("source-martian", "10.1.0.255", {"fact:fib_validate_source", "route", "packet"}));
    all.push_back(Drop::on_6_1("IPv6 multicast source")
                      .at("ip6_rcv_core")
                      .dev("v1")
                      .reason("IP_INHDR")
                      .ip("ff02::1", "fd00::2")
                      .lost("source-martian", "ff02::1", {"reason", "packet"}));
    return all;
}

std::vector<Fixture> localnet_fixtures() {
    return {
        martian(Drop::on_6_1("127.0.0.5 from outside"), "127.0.0.5", "10.1.0.2")
            .conf("route_localnet", "0", "0")
            .fact("ip_route_input_slow", -22)
            .lost("localnet", "the source 127.0.0.5",
                  {"fact:ip_route_input_slow", "packet", "sysctl:net.ipv4.conf.v1.route_localnet",
                   "sysctl:net.ipv4.conf.all.route_localnet"}),
        first_seen(martian(Drop::on_6_1("127.0.0.5, first packet"), "127.0.0.5", "10.1.0.2"), -22)
            .conf("route_localnet", "0", "0")
            .lost("localnet", "the source 127.0.0.5", {"fact:ip_route_input_noref", "packet"}),
        martian(Drop::on_6_1("to 127.0.0.1 from outside"), "10.1.0.1", "127.0.0.1")
            .conf("route_localnet", "0", "0")
            .fact("ip_route_input_slow", -22)
            .lost("localnet", "the destination 127.0.0.1", {"fact:ip_route_input_slow", "packet"}),
        martian(Drop::on_6_1("route_localnet is on"), "127.0.0.5", "10.1.0.2")
            .conf("route_localnet", "0", "1")
            .fact("ip_route_input_slow", -22)
            .unknown(),
        martian(Drop::on_6_18("127.0.0.5 from outside"), "127.0.0.5", "10.1.0.2")
            .reason("IP_LOCALNET")
            .lost("localnet", "127.0.0.5", {"reason"}),
        martian(Drop::on_6_18("127.0.0.5, no reason given"), "127.0.0.5", "10.1.0.2")
            .conf("route_localnet", "0", "0")
            .likely_lost("localnet", "127.0.0.5"),
    };
}

std::vector<Fixture> rp_filter_fixtures() {
    const auto asymmetric = [](Drop drop) {
        return martian(std::move(drop), "10.77.0.1", "10.1.0.2")
            .default_rules()
            .route("unicast", "10.77.0.0/24", "v9");
    };
    return {
        asymmetric(Drop::on_6_1("strict"))
            .conf("rp_filter", "0", "1")
            .reason("IP_RPFILTER")
            .fact("fib_validate_source", -18)
            .lost("rp-filter", "the route back leaves by v9", {"reason+fact:fib_validate_source"}),
        martian(Drop::on_6_1("loose, no route back"), "10.77.0.1", "10.1.0.2")
            .default_rules()
            .conf("rp_filter", "0", "2")
            .reason("IP_RPFILTER")
            .fact("fib_validate_source", -18)
            .lost("rp-filter", "and there is none", {"reason+fact:fib_validate_source"}),
        asymmetric(Drop::on_6_1("a kernel without reasons"))
            .reason("")
            .fact("fib_validate_source", -18)
            .lost("rp-filter", "10.77.0.1", {"fact:fib_validate_source"}),
        first_seen(asymmetric(Drop::on_6_1("a kernel without reasons, first packet")), -18)
            .reason("")
            .lost("rp-filter", "10.77.0.1", {"fact:ip_route_input_noref"}),
        asymmetric(Drop::on_6_18("strict"))
            .reason("IP_RPFILTER")
            .lost("rp-filter", "the route back leaves by v9", {"reason"}),
        asymmetric(Drop::on_6_1("-EINVAL, source not local"))
            .conf("rp_filter", "1", "1")
            .conf("accept_local", "0", "0")
            .fact("fib_validate_source", -22)
            .unknown(),
        // 1 is success (the source is on the link): a test for "not 0" would take it for a failure.
        asymmetric(Drop::on_6_1("validated, on the link"))
            .conf("rp_filter", "1", "1")
            .fact("fib_validate_source", 1)
            .unknown(),
    };
}

}  // namespace

std::vector<Fixture> ipv4_source_fixtures() {
    return join(
        {source_local_fixtures, source_martian_fixtures, localnet_fixtures, rp_filter_fixtures});
}

}  // namespace knowhy::explain::testing
