// What packets pass on their way: queueing disciplines, tc filters, nft chains, sockets, protocol
// handlers.
#include <fmt/format.h>
#include <linux/pkt_sched.h>
#include <netinet/in.h>

#include <algorithm>

#include "explain/compare/facts.h"
#include "explain/context.h"

namespace knowhy::explain {
namespace {

using model::NetnsState;

// Below it handles are people's; those above are given out in turn, so that they tell nothing.
constexpr uint32_t kFirstAutomatic = 0x80000000;
// Ports from here on are given out to who asks for any (net.ipv4.ip_local_port_range).
constexpr uint16_t kFirstEphemeral = 32768;

std::string parent_words(uint32_t parent) {
    if (parent == TC_H_ROOT) return "root";
    if (parent == TC_H_INGRESS) return "ingress";
    if (parent >= kFirstAutomatic) return "a class";
    return fmt::format("parent {:x}:{:x}", parent >> 16U, parent & 0xffffU);
}

void add_qdiscs(const NetnsState& state, std::vector<StateFact>& facts) {
    for (const model::Qdisc& qdisc : state.qdiscs) {
        const std::string device = device_of(state, qdisc.ifindex);
        StateFact fact{Nature::Setting, "qdisc", device, parent_words(qdisc.parent),
                       qdisc.kind,      "",      "",     link_thing(device)};
        if (qdisc.limit) fact.value += fmt::format(" limit {}", *qdisc.limit);
        if (qdisc.parent == TC_H_ROOT) {
            fact.set =
                fmt::format("tc qdisc replace dev {} root {}", shell_word(device), fact.value);
            fact.unset = fmt::format("tc qdisc del dev {} root", shell_word(device));
        }
        facts.push_back(std::move(fact));
    }
}

void add_tc_filters(const NetnsState& state, std::vector<StateFact>& facts) {
    for (const model::TcFilter& filter : state.tc_filters) {
        const std::string device = device_of(state, filter.ifindex);
        StateFact fact{Nature::Setting,
                       "tc filter",
                       device,
                       fmt::format("{} pref {}", filter.where, filter.preference),
                       filter.kind,
                       "",
                       "",
                       link_thing(device)};
        for (const std::string& action : filter.actions) fact.value += ", " + action;
        if (filter.where == "ingress" || filter.where == "egress")
            fact.unset = fmt::format("tc filter del dev {} {} pref {}", shell_word(device),
                                     filter.where, filter.preference);
        facts.push_back(std::move(fact));
    }
}

void add_chains(const NetnsState& state, std::vector<StateFact>& facts) {
    for (const model::NftChain& chain : state.nft_chains) {
        const std::string name = fmt::format("{} {} {}", chain.family, chain.table, chain.name);
        std::string hook = "no hook";
        if (chain.base) hook = fmt::format("hook {} priority {}", chain.hook, chain.priority);
        facts.push_back({Nature::Setting, "nft chain", "", name, std::move(hook), "",
                         "nft delete chain " + name, ""});
        if (!chain.base) continue;
        StateFact policy{Nature::Setting, "nft policy", "", name, chain.policy, "", "", ""};
        policy.depends = chain_thing(chain);
        policy.set = fmt::format("nft 'chain {} {{ policy {}; }}'", name, chain.policy);
        facts.push_back(std::move(policy));
    }
}

// Sockets come and go with programs: they are only counted.
void add_listeners(const NetnsState& state, std::vector<StateFact>& facts) {
    for (const model::Listener& listener : state.listeners) {
        if (listener.port >= kFirstEphemeral || listener.peer_port != 0) continue;
        const char* protocol = listener.protocol == IPPROTO_TCP ? "tcp" : "udp";
        const std::string device = device_of(state, listener.ifindex);
        facts.push_back(
            {Nature::Moving, "socket", device,
             fmt::format("{} {} port {}", protocol, listener.address.text(), listener.port), "open",
             "", "", ""});
    }
}

void add_handlers(const NetnsState& state, std::vector<StateFact>& facts) {
    for (const model::PacketHandler& handler : state.packet_handlers)
        facts.push_back({Nature::Other, "protocol handler", handler.device,
                         fmt::format("{} {}", handler.protocol, handler.function), "there", "", "",
                         handler.device.empty() ? "" : link_thing(handler.device)});
}

}  // namespace

void add_filter_facts(const NetnsState& state, bool detailed, std::vector<StateFact>& facts) {
    add_qdiscs(state, facts);
    add_tc_filters(state, facts);
    add_chains(state, facts);
    add_listeners(state, facts);
    if (detailed) add_handlers(state, facts);
}

}  // namespace knowhy::explain
