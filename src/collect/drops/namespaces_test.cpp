// States of namespaces made here, through changes. Needs root; without it the tests are skipped.
#include "collect/drops/namespaces.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <thread>

#include "base/clock.h"
#include "host/netns_setup.h"

namespace knowhy::collect {
namespace {

const model::Prefix kAddress = model::Prefix::parse("192.0.2.1").value();

class RunningNamespaces : public ::testing::Test {
  protected:
    void SetUp() override {
        auto netns = host::create_netns();
        if (!netns) GTEST_SKIP() << netns.error().message;
        netns_ = std::move(*netns);
        auto opened = Namespaces::open({});
        ASSERT_TRUE(opened) << opened.error().message;
        namespaces_ = std::move(*opened);
        namespaces_->start();
    }

    // A group of losses that begins now.
    uint64_t lose(uint64_t location) {
        model::DropGroup group;
        group.key.netns = netns_.inum;
        group.key.location = location;
        group.first_ns = monotonic_now_ns();
        namespaces_->loss_seen(group);
        return group.first_ns;
    }

    bool eventually(const std::function<bool()>& holds) {
        for (int tries = 0; tries < 200 && !holds(); ++tries)
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        return holds();
    }

    model::HostState host() const {
        model::HostState host;
        host.namespaces = namespaces_->states();
        host.earlier = namespaces_->earlier();
        return host;
    }

    host::Netns netns_;
    std::unique_ptr<Namespaces> namespaces_;
};

TEST_F(RunningNamespaces, ALossIsExplainedByTheStateItMet) {
    const uint64_t first = lose(1);
    ASSERT_TRUE(eventually([&] { return host().netns_at(netns_.inum, first).state != nullptr; }));
    ASSERT_TRUE(host::add_address(netns_.fd.get(), "lo", kAddress));
    ASSERT_TRUE(eventually([&] { return host().netns(netns_.inum)->until_ns != 0; }));
    const uint64_t second = lose(2);
    namespaces_->finish();

    const model::HostState seen = host();
    const model::StateAt before = seen.netns_at(netns_.inum, first);
    const model::StateAt after = seen.netns_at(netns_.inum, second);
    ASSERT_NE(before.state, nullptr);
    ASSERT_NE(after.state, nullptr);
    EXPECT_EQ(before.state->local_address(kAddress.address), nullptr);
    EXPECT_NE(after.state->local_address(kAddress.address), nullptr);
    EXPECT_FALSE(before.changing);
    EXPECT_FALSE(after.changing);
}

TEST_F(RunningNamespaces, CountersKnowWhetherTheyWereReadInTime) {
    const uint64_t first = lose(1);
    namespaces_->finish();
    const auto states = namespaces_->states();
    ASSERT_EQ(states.count(netns_.inum), 1U);
    EXPECT_GT(states.at(netns_.inum).before_ns, first);
}

}  // namespace
}  // namespace knowhy::collect
