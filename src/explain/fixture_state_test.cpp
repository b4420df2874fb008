// The state's half of the fixtures' language.
#include "explain/fixture.h"

namespace knowhy::explain::testing {

model::Link& Drop::link(const std::string& name, const std::string& kind) {
    for (model::Link& known : state().links) {
        if (known.name == name) return known;
    }
    model::Link link;
    link.ifindex = static_cast<uint32_t>(state().links.size() + 2);
    link.name = name;
    link.kind = kind;
    link.type = "ether";
    link.mac = *model::MacAddress::parse("02:00:00:00:00:0" + std::to_string(link.ifindex));
    link.mtu = 1500;
    link.flags = 0x1043;  // UP, BROADCAST, RUNNING, MULTICAST
    link.operstate = "UP";
    link.carrier = true;
    state().links.push_back(link);
    return state().links.back();
}

model::Link& Drop::bridge_port(const std::string& bridge, const std::string& port) {
    const uint32_t master = link(bridge, "bridge").ifindex;
    model::Link& own = link(port);
    own.master = master;
    own.bridge_port.emplace();
    own.bridge_port->state = 3;
    return own;
}

Drop& Drop::fdb(const std::string& mac, const std::string& port) {
    model::FdbEntry entry;
    entry.mac = *model::MacAddress::parse(mac);
    entry.port_ifindex = link(port).ifindex;
    state().fdb.push_back(entry);
    return *this;
}

Drop& Drop::nft_chain(const std::string& table, const std::string& name, const std::string& hook,
                      const std::string& policy) {
    model::NftChain chain;
    chain.family = "inet";
    chain.table = table;
    chain.name = name;
    chain.base = !hook.empty();
    chain.hook = hook;
    chain.policy = policy;
    state().nft_chains.push_back(chain);
    return *this;
}

Drop& Drop::nft_rule(const std::string& table, const std::string& chain, uint64_t handle,
                     const std::string& text, const std::string& verdict) {
    model::NftRule rule;
    rule.family = "inet";
    rule.table = table;
    rule.chain = chain;
    rule.handle = handle;
    rule.text = text;
    rule.verdict = verdict;
    state().nft_rules.push_back(rule);
    return *this;
}

Drop& Drop::neighbour(const std::string& device, const std::string& address,
                      const std::string& neighbour_state) {
    model::Neighbour neighbour;
    neighbour.ifindex = link(device).ifindex;
    neighbour.address = *model::IpAddress::parse(address);
    neighbour.state = neighbour_state;
    state().neighbours.push_back(neighbour);
    return *this;
}

Drop& Drop::qdisc(const std::string& device, const std::string& kind, uint64_t drops) {
    model::Qdisc qdisc;
    qdisc.ifindex = link(device).ifindex;
    qdisc.kind = kind;
    qdisc.handle = 0x10000 * static_cast<uint32_t>(state().qdiscs.size() + 1);
    qdisc.parent = 0xffffffff;  // TC_H_ROOT
    const std::string handle = std::to_string(state().qdiscs.size() + 1);
    state().qdiscs.push_back(qdisc);
    return counter("qdisc." + device + "." + handle + ":.drops", drops);
}

Drop& Drop::tc_filter(const std::string& device, const std::string& where,
                      const std::string& action) {
    model::TcFilter filter;
    filter.ifindex = link(device).ifindex;
    filter.where = where;
    filter.kind = "matchall";
    filter.preference = 49152;
    filter.actions = {action};
    state().tc_filters.push_back(filter);
    return *this;
}

Drop& Drop::address(const std::string& device, const std::string& prefix) {
    model::Address address;
    address.ifindex = link(device).ifindex;
    address.prefix = *model::Prefix::parse(prefix);
    address.scope = "global";
    state().addresses.push_back(address);
    return *this;
}

Drop& Drop::route(const std::string& type, const std::string& prefix, const std::string& device,
                  uint32_t table) {
    model::Route route;
    route.type = type;
    route.destination = *model::Prefix::parse(prefix);
    route.table = table;
    if (!device.empty()) route.out_ifindex = link(device).ifindex;
    state().routes.push_back(route);
    return *this;
}

Drop& Drop::default_rules() {
    const int family = sample_.decoded.ip && sample_.decoded.ip->version == 6 ? 6 : 4;
    for (const auto& [priority, table] :
         std::map<uint32_t, uint32_t>{{0, 255}, {32766, 254}, {32767, 253}}) {
        model::Rule rule;
        rule.priority = priority;
        rule.family = family;
        rule.action = "table";
        rule.table = table;
        state().rules.push_back(rule);
    }
    return *this;
}

Drop& Drop::rule(uint32_t priority, const std::string& action, const std::string& to) {
    default_rules();
    model::Rule rule;
    rule.priority = priority;
    rule.family = state().rules.back().family;
    rule.action = action;
    rule.destination = model::Prefix::parse(to);
    state().rules.push_back(rule);
    return *this;
}

Drop& Drop::sysctl(const std::string& name, const std::string& value) {
    state().sysctls[name] = value;
    return *this;
}

Drop& Drop::conf(const std::string& key, const std::string& all, const std::string& device) {
    const bool six = sample_.decoded.ip && sample_.decoded.ip->version == 6;
    const std::string prefix = six ? "net.ipv6.conf." : "net.ipv4.conf.";
    sysctl(prefix + "all." + key, all);
    return sysctl(prefix + group_.device + "." + key, device);
}

Drop& Drop::counter(const std::string& name, uint64_t delta) {
    state().before[name] = 40;
    state().after[name] = 40 + delta;
    return *this;
}

Drop& Drop::host_counter(const std::string& name, uint64_t delta) {
    observation_.host.before[name] = 40;
    observation_.host.after[name] = 40 + delta;
    return *this;
}

Drop& Drop::incomplete() {
    state().complete = false;
    return *this;
}

}  // namespace knowhy::explain::testing
