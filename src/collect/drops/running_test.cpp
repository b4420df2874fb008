// The collector against the running kernel, in network namespaces of its own. Needs root and BPF;
// without them the tests say so and are skipped.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>

#include "base/fd.h"
#include "collect/drops/drops.h"
#include "host/netns_setup.h"

namespace knowhy::collect {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::Not;

constexpr uint16_t kClosedPort = 9;
constexpr uint16_t kOtherClosedPort = 7;

// Datagrams to a closed port of 127.0.0.1: each is freed once, with the reason NO_SOCKET.
Status send_to_closed_port(int netns_fd, uint16_t port, unsigned count) {
    return host::in_netns(netns_fd, [&]() -> Status {
        const UniqueFd fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        if (!fd.valid()) return fail_errno(errno, "socket");
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const std::string payload = "knowhy";
        for (unsigned i = 0; i < count; ++i)
            if (sendto(fd.get(), payload.data(), payload.size(), 0,
                       reinterpret_cast<const sockaddr*>(&to), sizeof(to)) < 0)
                return fail_errno(errno, "sendto");
        return {};
    });
}

class RunningDrops : public ::testing::Test {
  protected:
    void SetUp() override {
        auto netns = host::create_netns();
        if (!netns) GTEST_SKIP() << netns.error().message;
        netns_ = std::move(*netns);
        if (auto up = host::set_link_up(netns_.fd.get(), "lo"); !up)
            GTEST_SKIP() << up.error().message;
    }

    std::unique_ptr<DropsSession> open(DropsOptions options) {
        auto session = DropsSession::open(std::move(options));
        if (session) return std::move(*session);
        why_not_ = session.error().message;
        return nullptr;
    }

    // The groups of the test's own namespace.
    static std::vector<model::DropGroup> groups_of(const model::Observation& seen, uint32_t inum) {
        std::vector<model::DropGroup> groups;
        for (const model::DropGroup& group : seen.groups)
            if (group.key.netns == inum) groups.push_back(group);
        return groups;
    }

    host::Netns netns_;
    std::string why_not_;
};

uint64_t sum_of(const model::Observation& seen) {
    uint64_t sum = seen.accounting.other;
    for (const model::DropGroup& group : seen.groups) sum += group.count;
    return sum;
}

TEST_F(RunningDrops, CountsExactlyAndTheBooksBalance) {
    constexpr unsigned kSent = 5000;
    auto session = open({});
    if (!session) GTEST_SKIP() << why_not_;
    EXPECT_GE(session->armed_probes(), 1U);
    ASSERT_TRUE(send_to_closed_port(netns_.fd.get(), kClosedPort, kSent));
    ASSERT_TRUE(session->poll(0));
    const auto seen = session->observe(true);
    ASSERT_TRUE(seen) << seen.error().message;

    const auto groups = groups_of(*seen, netns_.inum);
    ASSERT_EQ(groups.size(), 1U);
    const model::DropGroup& group = groups.front();
    EXPECT_EQ(group.count, kSent);
    EXPECT_EQ(group.reason.name, "NO_SOCKET");
    EXPECT_EQ(group.place.function, "__udp4_lib_rcv");
    EXPECT_EQ(group.device, "lo");
    EXPECT_EQ(seen->accounting.events, sum_of(*seen));
    EXPECT_LT(seen->accounting.samples, seen->accounting.events);

    ASSERT_FALSE(group.samples.empty());
    const model::DropSample& sample = group.samples.front();
    EXPECT_TRUE(sample.on_stack("ip_local_deliver_finish"));
    ASSERT_TRUE(sample.decoded.transport);
    EXPECT_EQ(sample.decoded.transport->destination_port, kClosedPort);
    EXPECT_NE(sample.context, model::DropSample::Context::Task);
}

// Without points the source is relocated by the few types that it asks for.
TEST_F(RunningDrops, TheSourceAloneSeesTheSame) {
    DropsOptions options;
    options.points = false;
    auto session = open(std::move(options));
    if (!session) GTEST_SKIP() << why_not_;
    ASSERT_TRUE(send_to_closed_port(netns_.fd.get(), kClosedPort, 3));
    ASSERT_TRUE(session->poll(0));
    const auto seen = session->observe(true);
    ASSERT_TRUE(seen) << seen.error().message;
    EXPECT_EQ(seen->accounting.source, "raw_tp");
    const auto groups = groups_of(*seen, netns_.inum);
    ASSERT_EQ(groups.size(), 1U);
    EXPECT_EQ(groups.front().count, 3U);
    EXPECT_EQ(groups.front().reason.name, "NO_SOCKET");
    EXPECT_EQ(groups.front().device, "lo");
    ASSERT_EQ(groups.front().samples.size(), 3U);
    const model::DropSample& sample = groups.front().samples.front();
    EXPECT_TRUE(sample.on_stack("ip_local_deliver_finish"));
    EXPECT_EQ(sample.decoded.transport->destination_port, kClosedPort);
}

TEST_F(RunningDrops, CountersAgreeWithTheCount) {
    constexpr unsigned kSent = 200;
    auto session = open({});
    if (!session) GTEST_SKIP() << why_not_;
    // The first loss makes the namespace known; its counters are read from then on.
    ASSERT_TRUE(send_to_closed_port(netns_.fd.get(), kOtherClosedPort, 1));
    const model::NetnsState* state = nullptr;
    Result<model::Observation> seen;
    for (int tries = 0; tries < 100 && !state; ++tries) {
        ASSERT_TRUE(session->poll(50));
        seen = session->observe(false);
        ASSERT_TRUE(seen);
        state = seen->host.netns(netns_.inum);
    }
    ASSERT_NE(state, nullptr);
    EXPECT_NE(state->link("lo"), nullptr);
    // Long enough for the session to look who else holds the namespace: this process does.
    for (int i = 0; i < 30; ++i) ASSERT_TRUE(session->poll(50));
    ASSERT_TRUE(send_to_closed_port(netns_.fd.get(), kClosedPort, kSent));
    seen = session->observe(true);
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->host.netns(netns_.inum)->delta("snmp.Udp.NoPorts"), kSent);
}

TEST_F(RunningDrops, AFilterCountsWhatItLeavesOut) {
    DropsOptions options;
    options.filter = "udp dst port 9";
    auto session = open(options);
    if (!session) GTEST_SKIP() << why_not_;
    ASSERT_TRUE(send_to_closed_port(netns_.fd.get(), kClosedPort, 30));
    ASSERT_TRUE(send_to_closed_port(netns_.fd.get(), kOtherClosedPort, 20));
    const auto seen = session->observe(true);
    ASSERT_TRUE(seen) << seen.error().message;
    const auto groups = groups_of(*seen, netns_.inum);
    ASSERT_EQ(groups.size(), 1U);
    EXPECT_EQ(groups.front().count, 30U);
    EXPECT_GE(seen->accounting.filtered_out, 20U);
}

TEST_F(RunningDrops, AFilterThatNeedsAMacHeaderSaysSo) {
    const auto notes_for = [this](const std::string& filter) {
        DropsOptions options;
        options.filter = filter;
        auto session = open(options);
        if (!session) return std::vector<std::string>{why_not_};
        const auto seen = session->observe(true);
        return seen ? seen->accounting.notes : std::vector<std::string>{seen.error().message};
    };
    if (!open({})) GTEST_SKIP() << why_not_;
    EXPECT_THAT(notes_for("udp or vlan 5"), Contains(HasSubstr("MAC header")));
    EXPECT_THAT(notes_for("udp"), Not(Contains(HasSubstr("MAC header"))));
}

TEST_F(RunningDrops, EveryPacketIsHandedOnWhenAskedFor) {
    constexpr unsigned kSent = 300;
    DropsOptions options;
    options.every_packet = true;
    unsigned handed = 0;
    options.on_sample = [&](const model::DropGroup& group, const model::DropSample&) {
        if (group.key.netns == netns_.inum) ++handed;
    };
    auto session = open(options);
    if (!session) GTEST_SKIP() << why_not_;
    ASSERT_TRUE(send_to_closed_port(netns_.fd.get(), kClosedPort, kSent));
    const auto seen = session->observe(true);
    ASSERT_TRUE(seen);
    EXPECT_EQ(handed + seen->accounting.lost_samples, kSent);
}

TEST_F(RunningDrops, SysctlsAreAskedForOncePerGroup) {
    DropsOptions options;
    unsigned asked = 0;
    options.sysctls_wanted = [&](const model::DropGroup& group, const model::NetnsState* state) {
        if (group.key.netns != netns_.inum) return std::vector<std::string>{};
        EXPECT_NE(state, nullptr);
        ++asked;
        return std::vector<std::string>{"net.ipv4.conf.lo.accept_local", "net.no.such"};
    };
    auto session = open(options);
    if (!session) GTEST_SKIP() << why_not_;
    ASSERT_TRUE(send_to_closed_port(netns_.fd.get(), kClosedPort, 10));
    const auto seen = session->observe(true);
    ASSERT_TRUE(seen);
    EXPECT_EQ(asked, 1U);
    const auto& sysctls = seen->host.netns(netns_.inum)->sysctls;
    ASSERT_THAT(sysctls, Contains(Key("net.ipv4.conf.lo.accept_local")));
    EXPECT_EQ(sysctls.at("net.ipv4.conf.lo.accept_local"), "0");
    EXPECT_EQ(sysctls.at("net.no.such"), std::nullopt);
}

TEST_F(RunningDrops, ABadFilterIsTheUsersError) {
    DropsOptions options;
    options.filter = "udp port";
    const auto session = DropsSession::open(options);
    ASSERT_FALSE(session);
    EXPECT_EQ(session.error().kind, ErrorKind::Usage);
}

}  // namespace
}  // namespace knowhy::collect
