// Two hosts' states and losses.
#include "explain/compare/compare.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "explain/compare/reads.h"
#include "explain/compare/trace_testing.h"
#include "model/fixture.h"
#include "net/decode/decode.h"

namespace knowhy::explain {
namespace {

using model::Comparison;
using model::NetnsState;
using model::Observation;
using model::StateDifference;
using ::testing::HasSubstr;
using testing::TraceMaker;
using Rank = StateDifference::Rank;

void add_address(NetnsState& state, uint32_t ifindex, const std::string& prefix,
                 const char* scope) {
    model::Address& address = state.addresses.emplace_back();
    address.ifindex = ifindex;
    address.prefix = *model::Prefix::parse(prefix);
    address.scope = scope;
}

// A host with v0 and v1, an address on each, and a firewall of three rules. `run` is what tells two
// such hosts apart.
Observation host(uint32_t run) {
    Observation seen;
    seen.host.kernel_release = "6.1.0-test";
    seen.host.modules = {"veth", "nf_tables"};
    seen.scope.netns = 4026531999 + run;
    NetnsState& state = seen.host.namespaces[seen.scope.netns];
    state.inum = seen.scope.netns;
    state.complete = state.detailed = true;
    for (const char* name : {"v0", "v1"}) {
        model::Link& link = state.links.emplace_back();
        link.ifindex = static_cast<uint32_t>(state.links.size() + 10 * run);
        link.name = name;
        link.kind = "veth";
        link.type = "ether";
        link.mac.bytes = {
            2, 0, 0, static_cast<uint8_t>(run), 0, static_cast<uint8_t>(state.links.size())};
        link.mtu = 1500;
        link.flags = 1;
        link.operstate = "UP";
        link.carrier = true;
        link.carrier_changes = run;
        link.features = {{"rx-gro", true, true, false}, {"tx-lockless", true, true, true}};
        const std::string address = fmt::format("10.0.{}.1/24", state.links.size());
        add_address(state, link.ifindex, address, "global");
        const std::string made_up = fmt::format("fe80::{}:{}/64", run + 1, state.links.size());
        add_address(state, link.ifindex, made_up, "link");
        model::Route& route = state.routes.emplace_back();
        route.destination = *model::Prefix::parse(fmt::format("10.0.{}.0/24", state.links.size()));
        route.type = "unicast";
        route.protocol = "kernel";
        route.out_ifindex = link.ifindex;
        route.preferred_source = state.addresses[state.addresses.size() - 2].prefix.address;
        state.sysctls[fmt::format("net.ipv4.conf.{}.rp_filter", name)] = "0";
        state.sysctls[fmt::format("net.ipv4.conf.{}.forwarding", name)] = "1";
    }
    state.sysctls["net.ipv4.ip_forward"] = "1";
    state.sysctls["net.netfilter.nf_conntrack_count"] = std::to_string(run);
    state.after = {{"link.v0.rx_dropped", run}};
    state.nft_chains = {{"inet", "filter", "input", true, "input", 0, "accept"}};
    for (const char* text : {"tcp dport 22 accept", "udp dport 9 accept", "udp dport 1-100 drop"}) {
        model::NftRule& rule = state.nft_rules.emplace_back();
        rule.family = "inet";
        rule.table = "filter";
        rule.chain = "input";
        rule.text = text;
        rule.handle = state.nft_rules.size() + 7 * run;
        rule.packets = run;
    }
    return seen;
}

NetnsState& state(Observation& seen) {
    return seen.host.namespaces.begin()->second;
}

Comparison compared(const Observation& good, const Observation& bad) {
    return compare(good, bad, {"good", "bad", false, net::decode});
}

StateDifference only(const Comparison& found) {
    EXPECT_EQ(found.state.size(), 1U);
    return found.state.empty() ? StateDifference{} : found.state[0];
}

TEST(States, OfEqualHostsNothingIsTold) {
    const Comparison found = compared(host(0), host(3));
    EXPECT_FALSE(found.differs());
    EXPECT_TRUE(found.state_compared);
    EXPECT_GT(found.equal_facts, 40U);
    EXPECT_EQ(found.moving, 2U);  // a counter, and one that is a sysctl
    EXPECT_THAT(found.uncompared, ::testing::IsEmpty());
    std::set<std::string> kinds;
    for (const StateDifference& each : found.identity) kinds.insert(each.kind + ' ' + each.device);
    EXPECT_THAT(kinds, ::testing::Contains("link v0"));     // MACs
    EXPECT_THAT(kinds, ::testing::Contains("address v1"));  // link-local ones
}

TEST(States, OneSettingWithTheCommandThatMendsIt) {
    Observation bad = host(1);
    state(bad).name = "blue";
    state(bad).sysctls["net.ipv4.conf.v1.rp_filter"] = "1";
    const StateDifference found = only(compared(host(0), bad));
    EXPECT_EQ(found.rank, Rank::Setting);
    EXPECT_EQ(found.name, "net.ipv4.conf.v1.rp_filter");
    EXPECT_EQ(found.device, "v1");
    EXPECT_EQ(found.good, "0");
    EXPECT_EQ(found.bad, "1");
    ASSERT_TRUE(found.fix);
    EXPECT_EQ(found.fix->command, "ip netns exec blue sysctl -w net.ipv4.conf.v1.rp_filter=0");
}

TEST(States, WhatCanOnlyBeReadIsNoSettingAndHasNoCommand) {
    Observation good = host(0);
    Observation bad = host(1);
    state(good).sysctls["net.ipv4.tcp_ehash_entries"] = "131072";
    state(bad).sysctls["net.ipv4.tcp_ehash_entries"] = "-32768";
    const StateDifference found = only(compared(good, bad));
    EXPECT_EQ(found.rank, Rank::Other);
    EXPECT_FALSE(found.fix);
}

TEST(States, WhatASettingIsCopiedIntoFollowsIt) {
    Observation bad = host(1);
    for (const char* name : {"ip_forward", "conf.v0.forwarding", "conf.v1.forwarding"})
        state(bad).sysctls[std::string("net.ipv4.") + name] = "0";
    const Comparison found = compared(host(0), bad);
    EXPECT_EQ(only(found).name, "net.ipv4.ip_forward");
    EXPECT_EQ(found.following, 2U);
}

TEST(States, ARuleInAnotherPlace) {
    Observation bad = host(1);
    std::swap(state(bad).nft_rules[1], state(bad).nft_rules[2]);
    const StateDifference found = only(compared(host(0), bad));
    EXPECT_EQ(found.kind, "nft rule");
    EXPECT_THAT(found.name, HasSubstr("inet filter input: udp dport"));
    EXPECT_TRUE((found.good == "rule 2" && found.bad == "rule 3") ||
                (found.good == "rule 3" && found.bad == "rule 2"));
}

TEST(States, ARuleMoreMovesNoOther) {
    Observation bad = host(1);
    auto& rules = state(bad).nft_rules;
    model::NftRule rule = rules.front();
    rule.text = "drop";
    rules.insert(rules.begin(), rule);
    const StateDifference found = only(compared(host(0), bad));
    EXPECT_EQ(found.name, "inet filter input: drop");
    EXPECT_EQ(found.good, std::nullopt);
    EXPECT_EQ(found.bad, "rule 1");
}

TEST(States, OfALinkThatIsMissingTheRestFollows) {
    Observation bad = host(1);
    auto& links = state(bad).links;
    const uint32_t gone = links[1].ifindex;
    links.pop_back();
    std::erase_if(state(bad).addresses, [&](const auto& each) { return each.ifindex == gone; });
    std::erase_if(state(bad).routes, [&](const auto& each) { return each.out_ifindex == gone; });
    std::erase_if(state(bad).sysctls,
                  [](const auto& each) { return each.first.find(".v1.") != std::string::npos; });
    const Comparison found = compared(host(0), bad);
    EXPECT_EQ(only(found).device, "v1");
    EXPECT_EQ(only(found).kind, "link");
    EXPECT_EQ(only(found).bad, std::nullopt);
    EXPECT_GT(found.following, 10U);
}

TEST(States, FreshnessOfANeighbourIsNoDifferenceButAnErrorIs) {
    const auto with = [](uint32_t run, const char* how) {
        Observation seen = host(run);
        state(seen).neighbours.push_back({state(seen).links[0].ifindex,
                                          *model::IpAddress::parse("10.0.1.2"),
                                          model::MacAddress{{2, 9, 9, 9, 9, 9}}, how});
        return seen;
    };
    EXPECT_FALSE(compared(with(0, "REACHABLE"), with(1, "STALE")).differs());
    EXPECT_FALSE(compared(with(0, "REACHABLE"), host(1)).differs());
    const auto failed = compared(with(0, "STALE"), with(1, "FAILED"));
    EXPECT_EQ(only(failed).rank, Rank::Condition);
    EXPECT_EQ(only(failed).bad, "does not answer");
    const auto fixed = compared(with(0, "STALE"), with(1, "PERMANENT"));
    EXPECT_EQ(only(fixed).rank, Rank::Setting);
}

TEST(States, APermanentNeighbourWithTheWrongMac) {
    const auto with = [](uint32_t run, model::MacAddress mac) {
        Observation seen = host(run);
        state(seen).neighbours.push_back(
            {state(seen).links[0].ifindex, *model::IpAddress::parse("10.0.2.1"), mac, "PERMANENT"});
        return seen;
    };
    const model::MacAddress of_v1_good{{2, 0, 0, 0, 0, 2}};
    const model::MacAddress of_v1_bad{{2, 0, 0, 1, 0, 2}};
    EXPECT_FALSE(compared(with(0, of_v1_good), with(1, of_v1_bad)).differs());
    const auto wrong = compared(with(0, of_v1_good), with(1, {{2, 7, 7, 7, 7, 7}}));
    EXPECT_EQ(only(wrong).kind, "neighbour");
    EXPECT_THAT(*only(wrong).good, HasSubstr("the MAC of v1"));
}

TEST(States, WhatOnlyOneSideReadIsNotComparedButCounted) {
    Observation good = host(0);
    state(good).sysctls["net.core.somaxconn"] = "4096";
    Observation bad = host(1);
    state(bad).detailed = false;
    const Comparison found = compared(good, bad);
    EXPECT_FALSE(found.differs());
    EXPECT_THAT(found.uncompared, ::testing::Contains("1 sysctl of one side only"));
    EXPECT_THAT(found.uncompared, ::testing::Contains(HasSubstr("only the good side has them")));
}

TEST(States, OfARecordingOfOneNamespaceOthersDoNotCount) {
    Observation good = host(0);
    Observation bad = host(1);
    for (Observation* seen : {&good, &bad}) state(*seen).name = seen == &good ? "a" : "b";
    NetnsState other;
    other.inum = 7;
    other.name = "b";
    good.host.namespaces.emplace(7, other);
    EXPECT_FALSE(compared(good, bad).differs());
    good.scope.netns = 0;
    EXPECT_TRUE(compared(good, bad).differs());
}

TEST(States, WhatTheFunctionReadsIsToldFirst) {
    Observation good = host(0);
    Observation bad = host(1);
    state(bad).links[0].mtu = 1400;  // an MTU weighs no less, but nobody looked at it there
    state(bad).sysctls["net.ipv4.conf.v0.rp_filter"] = "1";
    state(bad).sysctls["net.ipv4.conf.v1.rp_filter"] = "1";
    const auto with_path = [](Observation& seen, uint32_t run, int64_t verdict) {
        TraceMaker trace(run);
        trace.packet(1, 2).enter("ip_rcv").device("v1").call("fib_validate_source", verdict);
        trace.no_device().leave("ip_rcv");
        seen.trace = trace.trace_;
    };
    with_path(good, 0, 0);
    with_path(bad, 1, -18);
    const Comparison found = compared(good, bad);
    ASSERT_EQ(found.state.size(), 3U);
    EXPECT_EQ(found.state[0].rank, Rank::Read);
    EXPECT_EQ(found.state[0].name, "net.ipv4.conf.v1.rp_filter");
    EXPECT_EQ(found.state[0].read_by, "fib_validate_source");
    // v0's is another device's: the packet came by v1.
    EXPECT_EQ(found.state[1].rank, Rank::Setting);
    EXPECT_EQ(found.state[2].rank, Rank::Setting);
}

TEST(States, WhatIsCalledInsteadReadsToo) {
    Observation good = host(0);
    Observation bad = host(1);
    state(bad).links[1].features[0] = {"rx-gro", false, false, false};
    const auto with_path = [](Observation& seen, uint32_t run, const char* receives) {
        TraceMaker trace(run);
        trace.packet(1, 2).call(receives).call("ip_local_deliver");
        for (const char* function : {"ip_rcv", "napi_gro_receive"}) trace.function(function);
        seen.trace = trace.trace_;
    };
    with_path(good, 0, "napi_gro_receive");
    with_path(bad, 1, "ip_rcv");
    for (const auto& found : {compared(good, bad), compared(bad, good)}) {
        EXPECT_EQ(only(found).name, "rx-gro");
        EXPECT_EQ(only(found).read_by, "napi_gro_receive");
    }
}

TEST(Losses, ThatOnlyTheBadSideHasWithItsCause) {
    Observation bad = model::fixture::observation();
    Observation good = bad;
    good.groups.clear();
    bad.groups[0].samples[0].decoded = net::decode(bad.groups[0].samples[0].packet);
    const Comparison found = compared(good, bad);
    EXPECT_TRUE(found.losses_compared);
    ASSERT_TRUE(found.first);
    EXPECT_EQ(found.first->kind, model::Divergence::Kind::Loss);
    EXPECT_EQ(found.first->function, "ip_rcv_finish_core");
    ASSERT_EQ(found.losses.size(), 1U);
    EXPECT_EQ(found.losses[0].side, model::Side::Bad);
    EXPECT_FALSE(compared(bad, bad).differs());
    EXPECT_EQ(compared(bad, bad).losses_alike, 1U);
    EXPECT_EQ(compared(bad, good).losses.at(0).side, model::Side::Good);
}

TEST(Readers, NoFunctionIsInTwo) {
    std::set<std::string> seen;
    for (const ReaderInfo& reader : known_readers()) {
        EXPECT_FALSE(reader.facts.empty());
        for (const std::string& function : reader.functions)
            EXPECT_TRUE(seen.insert(function).second) << function;
    }
}

}  // namespace
}  // namespace knowhy::explain
