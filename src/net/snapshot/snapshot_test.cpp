#include "net/snapshot/snapshot.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>

#include "base/fd.h"
#include "net/snapshot/netns_for_tests.h"

namespace knowhy::net {
namespace {

class Snapshot : public test::NetnsTest {
  protected:
    sockaddr_in to(uint16_t port) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return address;
    }
    static const sockaddr* plain(const void* address) {
        return static_cast<const sockaddr*>(address);
    }
    // A socket of the namespace.
    UniqueFd open_socket(int family, int type) {
        UniqueFd made;
        EXPECT_TRUE(host::in_netns(netns_.fd.get(), [&]() -> Status {
            made = UniqueFd(::socket(family, type, 0));
            return {};
        }));
        EXPECT_TRUE(made.valid());
        return made;
    }
    UniqueFd bound(int type, uint16_t port) {
        UniqueFd made = open_socket(AF_INET, type);
        const sockaddr_in address = to(port);
        EXPECT_EQ(::bind(made.get(), plain(&address), sizeof address), 0);
        return made;
    }
    void send_udp(uint16_t port, int count) {
        const UniqueFd socket = open_socket(AF_INET, SOCK_DGRAM);
        const sockaddr_in address = to(port);
        for (int i = 0; i < count; ++i)
            EXPECT_EQ(::sendto(socket.get(), "x", 1, 0, plain(&address), sizeof address), 1);
    }
};

TEST_F(Snapshot, ANamespaceThatCannotBeEnteredIsAnError) {
    const host::Netns none;
    EXPECT_FALSE(read_netns(none));
    EXPECT_FALSE(read_netns_counters(none));
    EXPECT_FALSE(StateWatch::open(none));
}

TEST_F(Snapshot, SocketsThatCouldTakeAPacket) {
    const UniqueFd listener = bound(SOCK_STREAM, 7001);
    ASSERT_EQ(::listen(listener.get(), 3), 0);
    const UniqueFd client = open_socket(AF_INET, SOCK_STREAM);
    const sockaddr_in where = to(7001);
    ASSERT_EQ(::connect(client.get(), plain(&where), sizeof where), 0);
    const UniqueFd open_udp = bound(SOCK_DGRAM, 7002);
    const UniqueFd connected = bound(SOCK_DGRAM, 7003);
    const sockaddr_in peer = to(7004);
    ASSERT_EQ(::connect(connected.get(), plain(&peer), sizeof peer), 0);
    const UniqueFd six = open_socket(AF_INET6, SOCK_DGRAM);
    sockaddr_in6 any{};
    any.sin6_family = AF_INET6;
    any.sin6_port = htons(7005);
    ASSERT_EQ(::bind(six.get(), plain(&any), sizeof any), 0);
    send_udp(7002, 2);

    const auto state = look();
    const auto at = [&](uint16_t port) {
        const auto found = std::find_if(state.listeners.begin(), state.listeners.end(),
                                        [&](const auto& each) { return each.port == port; });
        EXPECT_NE(found, state.listeners.end()) << port;
        return found != state.listeners.end() ? *found : model::Listener{};
    };
    EXPECT_EQ(state.listeners.size(), 4U);
    EXPECT_EQ(at(7001).protocol, IPPROTO_TCP);
    EXPECT_EQ(at(7001).state, TCP_LISTEN);
    EXPECT_EQ(at(7001).address.text(), "127.0.0.1");
    EXPECT_EQ(at(7001).receive_queue, 1U) << "the connection nobody accepted";
    EXPECT_EQ(at(7001).send_queue, 3U);
    EXPECT_EQ(at(7002).protocol, IPPROTO_UDP);
    EXPECT_EQ(at(7002).state, TCP_CLOSE);
    EXPECT_GT(at(7002).receive_queue, 0U);
    EXPECT_EQ(at(7003).state, TCP_ESTABLISHED);
    EXPECT_EQ(at(7003).peer.text(), "127.0.0.1");
    EXPECT_EQ(at(7003).peer_port, 7004);
    EXPECT_EQ(at(7005).address.text(), "::");
    EXPECT_EQ(at(7005).v6_only, false);
}

TEST_F(Snapshot, CountersRiseWithWhatTheyCount) {
    const model::Counters before = counters();
    send_udp(9, 3);
    const model::Counters after = counters();
    const auto rise = [&](const std::string& name) {
        EXPECT_TRUE(before.contains(name)) << name;
        EXPECT_TRUE(after.contains(name)) << name;
        return after.contains(name) ? after.at(name) - before.at(name) : 0;
    };
    EXPECT_EQ(rise("snmp.Udp.NoPorts"), 3U);
    EXPECT_EQ(rise("snmp.Udp.OutDatagrams"), 3U);
    EXPECT_GE(rise("snmp.Ip.InReceives"), 3U);
    EXPECT_GE(rise("netstat.IpExt.InOctets"), 3U);
    EXPECT_GE(rise("link.lo.rx_packets"), 3U);
    EXPECT_EQ(rise("link.lo.rx_dropped"), 0U);
    EXPECT_EQ(rise("netstat.TcpExt.ListenOverflows"), 0U);
    EXPECT_EQ(rise("snmp6.Ip6InNoRoutes"), 0U);
    EXPECT_EQ(rise("frag.memory"), 0U);
    EXPECT_EQ(rise("qdisc.lo.0:.drops"), 0U);
}

TEST_F(Snapshot, CountersOfDriversAndQdiscs) {
    run("ip link add v0.1 type veth peer name v1");
    run("ip link set v0.1 up && ip link set v1 up");
    if (!try_run("tc qdisc add dev v0.1 root handle 1: pfifo limit 1"))
        GTEST_SKIP() << "this kernel has no pfifo";
    const auto read = counters();
    EXPECT_TRUE(read.contains("qdisc.v0.1.1:.drops"));
    EXPECT_TRUE(read.contains("link.v0.1.rx_otherhost_dropped"));
    EXPECT_TRUE(std::any_of(read.begin(), read.end(), [](const auto& each) {
        return each.first.starts_with("ethtool.v0.1.");
    }));
}

TEST(HostCounters, AreSummedOverTheCpus) {
    const auto read = read_host_counters();
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_TRUE(read->contains("softnet.dropped"));
    EXPECT_TRUE(read->contains("softnet.time_squeeze"));
    EXPECT_TRUE(read->contains("rt_cache.in_martian_src"));
}

TEST_F(Snapshot, SysctlsAreReadByNameAndOnlyWhenTheyExist) {
    run("ip link add v0.1 type veth peer name v1");
    run("echo 1 > /proc/sys/net/ipv4/conf/v0.1/accept_local");
    model::NetnsState state;
    state.sysctls["net.ipv4.ip_forward"] = "old";
    const std::vector<std::string> names{"net.ipv4.conf.v0.1.accept_local", "net.ipv4.ip_forward",
                                         "net.ipv4.conf.none.rp_filter"};
    ASSERT_TRUE(read_sysctls(netns_, names, state));
    EXPECT_EQ(state.sysctl("net.ipv4.conf.v0.1.accept_local"), 1);
    EXPECT_EQ(state.sysctl("net.ipv4.ip_forward"), 0);
    ASSERT_TRUE(state.sysctls.contains("net.ipv4.conf.none.rp_filter"));
    EXPECT_EQ(state.sysctls.at("net.ipv4.conf.none.rp_filter"), std::nullopt);
    EXPECT_GT(state.sysctls_read_ns, 0U);
}

TEST_F(Snapshot, SysctlsOfTheHostAreReadWhereThisProgramRuns) {
    const std::vector<std::string> names{"net.ipv4.udp_mem", "net.ipv4.conf.lo.rp_filter"};
    const auto here = read_host_sysctls(names);
    ASSERT_EQ(here.size(), 1U);
    EXPECT_TRUE(here.at("net.ipv4.udp_mem").has_value());
    model::NetnsState state;
    ASSERT_TRUE(read_sysctls(netns_, names, state));
    EXPECT_EQ(state.sysctls.at("net.ipv4.udp_mem"), here.at("net.ipv4.udp_mem"));
}

TEST_F(Snapshot, TheWatchSeesChangesOfLinksRoutesAndRules) {
    const auto watch = StateWatch::open(netns_);
    ASSERT_TRUE(watch) << watch.error().message;
    EXPECT_FALSE((*watch)->changed());
    for (const char* line :
         {"ip link add v0 type veth peer name v1", "ip addr add 10.1.0.1/24 dev v0",
          "ip link set v0 up", "ip route add blackhole 10.9.0.0/16",
          "ip rule add from 10.0.0.0/8 lookup 100"}) {
        run(line);
        pollfd poll{.fd = (*watch)->fd(), .events = POLLIN, .revents = 0};
        EXPECT_EQ(::poll(&poll, 1, 5000), 1) << line;
        EXPECT_TRUE((*watch)->changed()) << line;
    }
}

TEST_F(Snapshot, TheWatchSeesNftables) {
    if (!try_run("nft list ruleset")) GTEST_SKIP() << "nft does not work here";
    const auto watch = StateWatch::open(netns_);
    ASSERT_TRUE(watch) << watch.error().message;
    EXPECT_FALSE((*watch)->changed());
    run("nft add table inet f");
    EXPECT_TRUE((*watch)->changed());
    EXPECT_FALSE((*watch)->changed());
}

TEST_F(Snapshot, LostNotificationsAreAChange) {
    const auto watch = StateWatch::open(netns_);
    ASSERT_TRUE(watch) << watch.error().message;
    // More than a socket's buffer holds, in one go.
    run("i=0; while [ $i -lt 3000 ]; do echo route add blackhole 10.$((i/250)).$((i%250)).0/24; "
        "i=$((i+1)); done | ip -batch -");
    EXPECT_TRUE((*watch)->changed());
    EXPECT_FALSE((*watch)->changed());
    const auto state = look();
    EXPECT_EQ(std::count_if(state.routes.begin(), state.routes.end(),
                            [](const auto& route) { return route.type == "blackhole"; }),
              3000);
}

}  // namespace
}  // namespace knowhy::net
