#include "host/netns.h"

#include <gtest/gtest.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/text.h"
#include "host/ethtool.h"
#include "host/files.h"
#include "host/netlink.h"
#include "host/netns_setup.h"
#include "host/sysctl.h"

namespace knowhy::host {
namespace {

class NetnsTest : public testing::Test {
  protected:
    void SetUp() override {
        auto one = create_netns();
        if (!one && one.error().kind == ErrorKind::Privilege)
            GTEST_SKIP() << "making a network namespace needs root";
        ASSERT_TRUE(one) << one.error().message;
        one_ = std::move(*one);
        auto other = create_netns();
        ASSERT_TRUE(other) << other.error().message;
        other_ = std::move(*other);
    }
    void connect() {
        const auto made = create_veth_pair({one_.fd.get(), "kwh0.7"}, {other_.fd.get(), "kwh1"});
        ASSERT_TRUE(made) << made.error().message;
    }

    Netns one_, other_;
};

TEST_F(NetnsTest, IsEnteredByTheActionOnly) {
    const uint32_t before = own_netns_inum().value();
    uint32_t inside = 0;
    const auto done = in_netns(one_.fd.get(), [&]() -> Status {
        KW_TRY(inside, own_netns_inum());
        return {};
    });
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(inside, one_.inum);
    EXPECT_NE(inside, before);
    EXPECT_EQ(own_netns_inum().value(), before);
}

TEST_F(NetnsTest, AnActionsErrorAndItsExceptionBothComeBackAsErrors) {
    const auto failed = in_netns(
        one_.fd.get(), []() -> Status { return fail(ErrorKind::Usage, "as the action said"); });
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().message, "as the action said");
    const auto thrown =
        in_netns(one_.fd.get(), []() -> Status { throw std::runtime_error("thrown"); });
    ASSERT_FALSE(thrown);
    EXPECT_EQ(thrown.error().kind, ErrorKind::Internal);
    EXPECT_FALSE(in_netns(-1, []() -> Status { return {}; }));
}

TEST_F(NetnsTest, IsFoundByInumThroughAnOpenFileAlone) {
    const auto found = open_netns(one_.inum);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->inum, one_.inum);
    EXPECT_EQ(found->name, "");
}

TEST_F(NetnsTest, IsFoundByInumAsOnesOwn) {
    const auto own = open_netns(own_netns_inum().value());
    ASSERT_TRUE(own) << own.error().message;
}

TEST(Netns, ThatIsGoneIsAnError) {
    const auto gone = open_netns(1);
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().message, "the network namespace 1 is gone, or out of reach");
}

TEST_F(NetnsTest, VethPairsConnectTwoNamespaces) {
    connect();
    uint32_t index = 0;
    ASSERT_TRUE(in_netns(other_.fd.get(), [&]() -> Status {
        index = ::if_nametoindex("kwh1");
        return {};
    }));
    EXPECT_NE(index, 0U);
    EXPECT_EQ(::if_nametoindex("kwh1"), 0U) << "it must not be in the test's own namespace";
    const auto again = create_veth_pair({one_.fd.get(), "kwh0.7"}, {other_.fd.get(), "kwh2"});
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().os_errno, EEXIST);
}

TEST_F(NetnsTest, LinksAddressesAndNeighboursAreSet) {
    connect();
    const int fd = one_.fd.get();
    ASSERT_TRUE(set_link_up(fd, "kwh0.7"));
    ASSERT_TRUE(add_address(fd, "kwh0.7", *model::Prefix::parse("10.9.0.1/24")));
    ASSERT_TRUE(add_address(fd, "kwh0.7", *model::Prefix::parse("2001:db8::1/64")));
    ASSERT_TRUE(add_neighbour(fd, "kwh0.7", *model::IpAddress::parse("10.9.0.2"),
                              mac_of(other_.fd.get(), "kwh1").value()));
    EXPECT_FALSE(set_link_up(fd, "none")) << "no such device";
    std::string addresses;
    ASSERT_TRUE(in_netns(fd, [&]() -> Status {
        KW_TRY(addresses, read_kernel_file("/proc/thread-self/net/if_inet6"));
        return {};
    }));
    EXPECT_NE(addresses.find("20010db8000000000000000000000001"), std::string::npos);
}

TEST_F(NetnsTest, SysctlsOfADeviceWithADotAreTheNamespacesOwn) {
    connect();
    ASSERT_TRUE(write_sysctl_in(one_.fd.get(), "net.ipv4.conf.kwh0.7.accept_local", "1"));
    ASSERT_TRUE(in_netns(one_.fd.get(), []() -> Status {
        EXPECT_EQ(read_sysctl("net.ipv4.conf.kwh0.7.accept_local").value(), "1");
        return {};
    }));
    EXPECT_EQ(read_sysctl("net.ipv4.conf.kwh0.7.accept_local").value(), std::nullopt);
}

TEST_F(NetnsTest, EthtoolNamesTheDriverAndItsStatistics) {
    connect();
    ASSERT_TRUE(in_netns(one_.fd.get(), []() -> Status {
        KW_TRY(const Ethtool ethtool, Ethtool::open());
        EXPECT_EQ(ethtool.driver("kwh0.7").value().name, "veth");
        KW_TRY(const auto statistics, ethtool.statistics("kwh0.7"));
        EXPECT_FALSE(statistics.empty());
        for (const auto& [name, value] : statistics) EXPECT_FALSE(name.empty());
        EXPECT_FALSE(ethtool.driver("none"));
        EXPECT_FALSE(ethtool.driver("a device's name is never this long"));
        return {};
    }));
}

TEST_F(NetnsTest, AnNftRuleDropsWhatItNames) {
    const NftDrop drop{"kw_demo", "input", IPPROTO_UDP, 9};
    const auto added = add_nft_drop(one_.fd.get(), drop);
    ASSERT_TRUE(added) << added.error().message;
    const NftDrop bad{std::string(300, 'x'), "input", IPPROTO_UDP, 9};
    EXPECT_FALSE(add_nft_drop(one_.fd.get(), bad));
}

TEST_F(NetnsTest, ADumpHoldsEveryLinkAndTheKernelsWordsAreInErrors) {
    connect();
    ASSERT_TRUE(in_netns(one_.fd.get(), []() -> Status {
        KW_TRY(NetlinkSocket socket, NetlinkSocket::open(NETLINK_ROUTE));
        NetlinkMessage links(RTM_GETLINK, 0);
        links.header<ifinfomsg>();
        KW_TRY(const NetlinkDump dump, socket.dump(links));
        int count = 0;
        dump.for_each([&](const nlmsghdr*) { ++count; });
        EXPECT_GE(count, 2) << "lo and the veth";
        EXPECT_TRUE(dump.whole());

        NetlinkMessage route(RTM_NEWROUTE, NLM_F_CREATE);
        route.header<rtmsg>().rtm_family = AF_INET;
        route.put_u32(RTA_OIF, 4711);
        const auto refused = socket.request(route);
        EXPECT_FALSE(refused);
        EXPECT_TRUE(refused || refused.error().message.find('"') != std::string::npos);
        return {};
    }));
}

TEST_F(NetnsTest, NotificationsArriveAndLossIsSeen) {
    std::optional<NetlinkSocket> watch;
    ASSERT_TRUE(in_netns(one_.fd.get(), [&]() -> Status {
        KW_TRY(watch, NetlinkSocket::open(NETLINK_ROUTE));
        return watch->join(RTNLGRP_LINK);
    }));
    EXPECT_EQ(watch->drain(), NetlinkSocket::Pending::Nothing);
    connect();
    EXPECT_EQ(watch->drain(), NetlinkSocket::Pending::Messages);
    EXPECT_EQ(watch->drain(), NetlinkSocket::Pending::Nothing);
    int tiny = 1;
    ::setsockopt(watch->fd(), SOL_SOCKET, SO_RCVBUF, &tiny, sizeof tiny);
    for (int i = 0; i < 64; ++i) {
        const std::string flags = i % 2 == 0 ? "1400" : "1300";
        NetlinkMessage mtu(RTM_NEWLINK, 0);
        mtu.header<ifinfomsg>();
        mtu.put_text(IFLA_IFNAME, "kwh0.7");
        mtu.put_u32(IFLA_MTU, i % 2 == 0 ? 1400 : 1300);
        ASSERT_TRUE(in_netns(one_.fd.get(), [&]() -> Status {
            KW_TRY(NetlinkSocket socket, NetlinkSocket::open(NETLINK_ROUTE));
            return socket.request(mtu);
        }));
    }
    EXPECT_EQ(watch->drain(), NetlinkSocket::Pending::Lost);
}

}  // namespace
}  // namespace knowhy::host
