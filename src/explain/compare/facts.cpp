#include "explain/compare/facts.h"

#include <fmt/format.h>

namespace knowhy::explain {

std::string link_thing(std::string_view device) {
    return fmt::format("link {}", device);
}

std::string address_thing(const model::IpAddress& address) {
    return fmt::format("address {}", address.text());
}

std::string chain_thing(const model::NftChain& chain) {
    return fmt::format("chain {} {} {}", chain.family, chain.table, chain.name);
}

MacOwners mac_owners(const model::HostState& host) {
    MacOwners owners;
    for (const auto& [inum, state] : host.namespaces)
        for (const model::Link& link : state.links)
            if (link.mac != model::MacAddress{}) owners.emplace(link.mac, link.name);
    return owners;
}

std::string device_of(const model::NetnsState& state, uint32_t ifindex) {
    if (ifindex == 0) return {};
    const model::Link* link = state.link(ifindex);
    return link != nullptr ? link->name : fmt::format("ifindex {}", ifindex);
}

std::vector<StateFact> facts_of(const model::NetnsState& state, const MacOwners& owners,
                                bool detailed) {
    std::vector<StateFact> facts;
    add_link_facts(state, detailed, facts);
    add_address_facts(state, owners, facts);
    add_filter_facts(state, detailed, facts);
    add_sysctl_facts(state, facts);
    return facts;
}

}  // namespace knowhy::explain
