// nftables against nft itself, and rules in words.
#include <algorithm>

#include "net/snapshot/netns_for_tests.h"

namespace knowhy::net {
namespace {

using nlohmann::json;
using test::NetnsTest;

class Nft : public NetnsTest {
  protected:
    void SetUp() override {
        NetnsTest::SetUp();
        if (IsSkipped() || HasFatalFailure()) return;
        if (!try_run("nft list ruleset")) GTEST_SKIP() << "nft does not work here";
        run("nft add table inet f");
        run("nft add chain inet f in '{type filter hook input priority -5; policy drop;}'");
        run("nft add chain inet f sub");
    }
    // The one rule of chain `sub`, as we describe it.
    model::NftRule described(const std::string& rule) {
        run("nft flush chain inet f sub");
        run("nft add rule inet f sub '" + rule + "'");
        for (const model::NftRule& each : look().nft_rules) {
            if (each.chain == "sub") return each;
        }
        ADD_FAILURE() << "no rule was read: " << rule;
        return {};
    }
    void expect_text(const std::string& rule, const std::string& text) {
        EXPECT_EQ(described(rule).text, text);
    }
};

TEST_F(Nft, ChainsAndRulesAreThoseThatNftLists) {
    for (const char* line :
         {"nft add rule inet f in udp dport 9 counter drop", "nft add rule inet f in jump sub",
          "nft add rule inet f sub ct state invalid drop", "nft add table ip g",
          "nft add chain ip g post '{type filter hook postrouting priority 100;}'",
          "nft add rule ip g post ip saddr 10.0.0.0/8 counter accept", "nft add table netdev n",
          "nft add chain netdev n i '{type filter hook ingress device lo priority 0;}'",
          "nft add table arp a", "nft add chain arp a o '{type filter hook output priority 0;}'"})
        run(line);
    std::vector<std::string> ours;
    std::vector<std::string> theirs;
    const auto state = look();
    for (const auto& chain : state.nft_chains)
        ours.push_back(fmt::format("{} {} {} {} {} {}", chain.family, chain.table, chain.name,
                                   chain.hook, chain.priority, chain.policy));
    for (const auto& rule : state.nft_rules)
        ours.push_back(
            fmt::format("{} {} {} #{}", rule.family, rule.table, rule.chain, rule.handle));
    const json listed = ask("nft -j -a list ruleset");
    for (const json& object : listed["nftables"]) {
        if (object.contains("chain")) {
            const json& chain = object["chain"];
            theirs.push_back(fmt::format("{} {} {} {} {} {}", chain["family"].get<std::string>(),
                                         chain["table"].get<std::string>(),
                                         chain["name"].get<std::string>(), chain.value("hook", ""),
                                         chain.value("prio", 0), chain.value("policy", "")));
        }
        if (object.contains("rule")) {
            const json& rule = object["rule"];
            theirs.push_back(fmt::format(
                "{} {} {} #{}", rule["family"].get<std::string>(), rule["table"].get<std::string>(),
                rule["chain"].get<std::string>(), rule["handle"].get<uint64_t>()));
        }
    }
    std::sort(ours.begin(), ours.end());
    std::sort(theirs.begin(), theirs.end());
    EXPECT_EQ(ours, theirs);
}

TEST_F(Nft, VerdictsAndCounters) {
    const model::NftRule drop = described("udp dport 9 counter packets 5 bytes 7 drop");
    EXPECT_EQ(drop.verdict, "drop");
    EXPECT_EQ(drop.packets, 5U);
    const model::NftRule accept = described("accept");
    EXPECT_EQ(accept.verdict, "accept");
    EXPECT_EQ(accept.packets, std::nullopt);
    EXPECT_EQ(described("reject").verdict, "reject");
    EXPECT_EQ(described("counter").verdict, "");
    run("nft add chain inet f far");
    EXPECT_EQ(described("goto far").text, "goto far");
    EXPECT_EQ(described("goto far").verdict, "goto");
}

TEST_F(Nft, RulesReadAsTheyWereWritten) {
    for (const char* rule :
         {"udp dport 9 drop", "tcp sport != 80 accept", "th dport 53 accept",
          "ip saddr 10.1.0.1 drop", "ip saddr 10.1.0.0/24 drop", "ip daddr 10.1.0.0/20 drop",
          "ip6 saddr 2001:db8::/32 drop", "ip6 daddr 2001:db8::1 drop", "ip ttl < 5 drop",
          "iifname \"lo\" accept", "oifname \"veth*\" drop", "meta l4proto udp drop",
          "meta mark 0x10 drop", "ct state invalid drop", "ct state established,related accept",
          "meta pkttype broadcast drop", "icmp type 8 drop", "ip protocol udp drop"})
        expect_text(rule, rule);
}

TEST_F(Nft, RulesWithoutOneWayToWriteThem) {
    expect_text("tcp flags & (fin|syn) == syn drop", "tcp flags & fin|syn == syn drop");
    expect_text("udp dport 10-20 drop", "udp dport >= 10 udp dport <= 20 drop");
    expect_text("udp dport != 10-20 drop", "udp dport != 10-20 drop");
    expect_text("meta mark & 0xff == 0x10 drop", "meta mark & 0xff == 0x10 drop");
    expect_text("limit rate over 5/second drop", "limit rate over 5/second drop");
    expect_text("meta mark set 0x2a", "meta mark set 0x2a");
    expect_text("udp dport { 9, 10 } drop", "udp dport @__set0 drop");
    expect_text("ip saddr . udp dport { 10.1.0.1 . 9 } drop", "ip saddr . udp dport @__set0 drop");
    expect_text("udp dport vmap { 9 : drop }", "udp dport vmap @__map0");
    expect_text("udp dport 9 drop comment \"why\"", "udp dport 9 drop comment \"why\"");
    expect_text("@th,32,16 5 drop", "@th,32,16 0x5 drop");
    expect_text("meta nftrace set 1", "meta nftrace set 1");
}

TEST_F(Nft, ARuleMadeByTheHostRoomReadsAsWhatItIs) {
    const auto added = host::add_nft_drop(netns_.fd.get(), {"demo", "input", 17, 4791});
    ASSERT_TRUE(added) << added.error().message;
    const auto state = look();
    const auto rule = std::find_if(state.nft_rules.begin(), state.nft_rules.end(),
                                   [](const auto& each) { return each.table == "demo"; });
    ASSERT_NE(rule, state.nft_rules.end());
    EXPECT_EQ(rule->text, "udp dport 4791 counter drop");
    EXPECT_EQ(rule->packets, 0U);
    EXPECT_NE(output("nft list ruleset").find("udp dport 4791 counter packets 0 bytes 0 drop"),
              std::string::npos);
}

}  // namespace
}  // namespace knowhy::net
