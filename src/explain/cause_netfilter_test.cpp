#include "explain/fixture.h"

namespace knowhy::explain::testing {
namespace {

Drop filtered(Drop drop, const std::string& place = "nft_do_chain") {
    return drop.at(place, place == "nft_do_chain" ? "nf_tables" : "")
        .under({"nft_do_chain_inet", "nf_hook_slow", "ip_local_deliver", "ip_rcv"})
        .reason("NETFILTER_DROP")
        .dev("vb")
        .ip("10.1.0.1", "10.1.0.2")
        .udp(9);
}

Drop with_chain(Drop drop, const std::string& policy) {
    return drop.nft_chain("f", "in", "input", policy);
}

// `policy` is NF_DROP 0 or NF_ACCEPT 1; family 1 is inet.
Drop entered(Drop drop, int64_t policy = 1) {
    return drop.around("nft_do_chain",
                       {{"family", 1}, {"table", "f"}, {"chain", "in"}, {"policy", policy}});
}

std::vector<Fixture> rule_fixtures() {
    const std::string drop_text = "udp dport 9 counter drop";
    std::vector<Fixture> all;
    all.push_back(entered(with_chain(filtered(Drop::on_6_1("a rule")), "accept"))
                      .nft_rule("f", "in", 4, drop_text, "drop")
                      .nft_rule("other", "in", 4, "accept", "accept")
                      .fact("nft_immediate_eval", 0,
                            {{"rule_handle", 4}, {"family", 1}, {"table", "f"}, {"chain", "in"}})
                      .lost("nft-rule", "handle 4 \"udp dport 9 counter drop\"",
                            {"fact:nft_immediate_eval", "nft_rule", "state"}));
    all.push_back(with_chain(filtered(Drop::on_6_1("a rule, nobody looked")), "accept")
                      .nft_rule("f", "in", 4, drop_text, "drop")
                      .rule_handle(4)
                      .unsampled()
                      .lost("nft-rule", "handle 4", {"rule_handle", "nft_rule"}));
    all.push_back(entered(with_chain(filtered(Drop::on_6_1("a rule it could not find")), "accept"))
                      .nft_rule("f", "in", 4, drop_text, "drop")
                      .fact("nft_immediate_eval", 0, {{"rule_handle", 0}})
                      .likely_lost("nft-rule", "an nft rule drops it (table inet f, chain in)"));
    all.push_back(entered(with_chain(filtered(Drop::on_6_1("reject")), "accept"))
                      .nft_rule("f", "in", 4, "udp dport 9 reject", "reject")
                      .nft_rule("f", "in", 5, "udp dport 10 drop", "drop")
                      .lost("nft-rule", "handle 4 \"udp dport 9 reject\" refuses it",
                            {"point:nft_immediate_eval", "fact:nft_do_chain", "nft_rule"}));
    all.push_back(entered(with_chain(filtered(Drop::on_6_1("two rejects")), "accept"))
                      .nft_rule("f", "in", 4, "udp dport 9 reject", "reject")
                      .nft_rule("f", "in", 5, "udp dport 10 reject", "reject")
                      .likely_lost("nft-rule", "one of 2 nft rules"));
    all.push_back(filtered(Drop::on_6_1("a rule that is gone"))
                      .rule_handle(9)
                      .likely_lost("nft-rule", "handle 9"));
    for (const auto kernel : {Drop::on_6_1, Drop::on_6_18}) {
        all.push_back(with_chain(filtered(kernel("one rule could")), "accept")
                          .nft_rule("f", "in", 4, drop_text, "drop")
                          .likely_lost("nft-rule", "may have dropped it"));
        all.push_back(with_chain(filtered(kernel("no rule could")), "accept")
                          .nft_rule("f", "in", 4, "udp dport 9 accept", "accept")
                          .unknown());
    }
    return all;
}

std::vector<Fixture> policy_fixtures() {
    return {
        entered(with_chain(filtered(Drop::on_6_1("policy")), "drop"), 0)
            .lost(
                "nft-policy", "the chain's policy is drop",
                {"nft_chain", "point:nft_immediate_eval", "fact:nft_do_chain", "reason", "state"}),
        entered(with_chain(filtered(Drop::on_6_1("policy, but a map may drop")), "drop"), 0)
            .nft_rule("f", "in", 5, "tcp dport vmap @ports", "vmap")
            .likely_lost("nft-policy"),
        with_chain(filtered(Drop::on_6_18("policy")), "drop").likely_lost("nft-policy"),
        entered(with_chain(filtered(Drop::on_6_1("policy accept")), "accept")).unknown(),
    };
}

std::vector<Fixture> iptables_fixtures() {
    return {
        filtered(Drop::on_6_1("iptables"), "nf_hook_slow")
            .fact("ipt_do_table", 0, {{"table", "filter"}})
            .lost("iptables-rule", "table filter, on the way from chain INPUT",
                  {"reason", "fact:ipt_do_table"}),
        filtered(Drop::on_6_1("ip6tables"), "nf_hook_slow")
            .fact("ip6t_do_table", 0)
            .lost("iptables-rule", "ip6tables-legacy", {"reason", "fact:ip6t_do_table"}),
        filtered(Drop::on_6_1("another hook"), "nf_hook_slow").unknown(),
    };
}

std::vector<Fixture> conntrack_fixtures() {
    const auto room = [](Drop drop, const std::string& count, const std::string& max) {
        return filtered(std::move(drop), "nf_hook_slow")
            .sysctl("net.netfilter.nf_conntrack_count", count)
            .sysctl("net.netfilter.nf_conntrack_max", max);
    };
    return {
        room(Drop::on_6_1("table full"), "1", "1")
            .fact("nf_conntrack_in", 0)
            .counter("conntrack.drop", 3)
            .lost("conntrack-full", "the conntrack table is full (1 of 1)",
                  {"reason", "fact:nf_conntrack_in", "sysctl:net.netfilter.nf_conntrack_max",
                   "sysctl:net.netfilter.nf_conntrack_count"}),
        room(Drop::on_6_1("table not full"), "1", "65536")
            .fact("nf_conntrack_in", 0)
            .likely_lost("conntrack-full", "could not make an entry"),
        room(Drop::on_6_1("conntrack was asked and accepted"), "1", "1").unknown(),
        room(Drop::on_6_18("table full"), "2", "1").likely_lost("conntrack-full"),
        room(Drop::on_6_18("table not full"), "1", "65536").unknown(),
    };
}

}  // namespace

std::vector<Fixture> netfilter_fixtures() {
    return join({rule_fixtures, policy_fixtures, iptables_fixtures, conntrack_fixtures});
}

}  // namespace knowhy::explain::testing
