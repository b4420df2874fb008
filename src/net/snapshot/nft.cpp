// nftables: base chains with their hooks and policies, and every rule.
#include <libnftnl/chain.h>
#include <libnftnl/rule.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <memory>

#include "base/named.h"
#include "base/text.h"
#include "host/files.h"
#include "host/modules.h"
#include "net/snapshot/look.h"
#include "net/snapshot/nft_text.h"

namespace knowhy::net {
namespace {

constexpr Named<uint32_t> kFamilies[] = {
    {NFPROTO_INET, "inet"},     {NFPROTO_IPV4, "ip"},       {NFPROTO_IPV6, "ip6"},
    {NFPROTO_NETDEV, "netdev"}, {NFPROTO_BRIDGE, "bridge"}, {NFPROTO_ARP, "arp"},
};
constexpr Named<uint32_t> kHooks[] = {
    {NF_INET_PRE_ROUTING, "prerouting"},   {NF_INET_LOCAL_IN, "input"},
    {NF_INET_FORWARD, "forward"},          {NF_INET_LOCAL_OUT, "output"},
    {NF_INET_POST_ROUTING, "postrouting"}, {NF_INET_INGRESS, "ingress"},
};
constexpr Named<uint32_t> kArpHooks[] = {{0, "input"}, {1, "output"}, {2, "forward"}};
constexpr Named<uint32_t> kNetdevHooks[] = {{NF_NETDEV_INGRESS, "ingress"},
                                            {NF_NETDEV_EGRESS, "egress"}};

std::string hook_name(uint32_t family, uint32_t hook) {
    if (family == NFPROTO_NETDEV) return name_or_number(kNetdevHooks, hook);
    if (family == NFPROTO_ARP) return name_or_number(kArpHooks, hook);
    return name_or_number(kHooks, hook);
}

std::string text_of(const char* text) {
    return text != nullptr ? text : "";
}

host::NetlinkMessage request_for(uint16_t type) {
    host::NetlinkMessage request(static_cast<uint16_t>(NFNL_SUBSYS_NFTABLES << 8U | type), 0);
    auto& header = request.header<nfgenmsg>();
    header.nfgen_family = NFPROTO_UNSPEC;
    header.version = NFNETLINK_V0;
    return request;
}

model::NftChain chain_from(const nftnl_chain* from) {
    const uint32_t family = nftnl_chain_get_u32(from, NFTNL_CHAIN_FAMILY);
    model::NftChain chain;
    chain.family = name_or_number(kFamilies, family);
    chain.table = text_of(nftnl_chain_get_str(from, NFTNL_CHAIN_TABLE));
    chain.name = text_of(nftnl_chain_get_str(from, NFTNL_CHAIN_NAME));
    chain.base = nftnl_chain_is_set(from, NFTNL_CHAIN_HOOKNUM);
    if (!chain.base) return chain;
    chain.hook = hook_name(family, nftnl_chain_get_u32(from, NFTNL_CHAIN_HOOKNUM));
    chain.priority = nftnl_chain_get_s32(from, NFTNL_CHAIN_PRIO);
    const bool drops = nftnl_chain_get_u32(from, NFTNL_CHAIN_POLICY) == NF_DROP;
    chain.policy = drops ? "drop" : "accept";
    return chain;
}

model::NftRule rule_from(nftnl_rule* from) {
    model::NftRule rule;
    rule.family = name_or_number(kFamilies, nftnl_rule_get_u32(from, NFTNL_RULE_FAMILY));
    rule.table = text_of(nftnl_rule_get_str(from, NFTNL_RULE_TABLE));
    rule.chain = text_of(nftnl_rule_get_str(from, NFTNL_RULE_CHAIN));
    rule.handle = nftnl_rule_get_u64(from, NFTNL_RULE_HANDLE);
    describe(from, rule);
    return rule;
}

void read_chains(Look& look, host::NetlinkSocket& socket) {
    auto request = request_for(NFT_MSG_GETCHAIN);
    look.dump("nft chains", socket, request, [&](const nlmsghdr* message) {
        const std::unique_ptr<nftnl_chain, decltype(&nftnl_chain_free)> chain(nftnl_chain_alloc(),
                                                                              nftnl_chain_free);
        if (nftnl_chain_nlmsg_parse(message, chain.get()) == 0)
            look.state.nft_chains.push_back(chain_from(chain.get()));
    });
}

void read_rules_of_chains(Look& look, host::NetlinkSocket& socket) {
    auto request = request_for(NFT_MSG_GETRULE);
    look.dump("nft rules", socket, request, [&](const nlmsghdr* message) {
        const std::unique_ptr<nftnl_rule, decltype(&nftnl_rule_free)> rule(nftnl_rule_alloc(),
                                                                           nftnl_rule_free);
        if (nftnl_rule_nlmsg_parse(message, rule.get()) == 0)
            look.state.nft_rules.push_back(rule_from(rule.get()));
    });
}

// The old iptables has no dump: its rules come as one blob for each table.
void note_legacy_tables(Look& look) {
    for (const char* file : {"ip_tables_names", "ip6_tables_names", "arp_tables_names"}) {
        const auto names = host::read_kernel_file(std::string("/proc/thread-self/net/") + file);
        for (const auto name : split_whitespace(names ? std::string_view(*names) : ""))
            look.note(fmt::format("iptables-legacy: the rules of table {} ({}) are not read",
                                  escaped(name), file));
    }
}

}  // namespace

void read_nft(Look& look) {
    note_legacy_tables(look);
    // Asking would load the module; a kernel that does not have it has no rules either.
    if (host::module_is_absent("nf_tables")) return;
    auto socket = host::NetlinkSocket::open(NETLINK_NETFILTER);
    if (!socket) return look.incomplete("nftables", socket.error());
    read_chains(look, *socket);
    read_rules_of_chains(look, *socket);
}

}  // namespace knowhy::net
