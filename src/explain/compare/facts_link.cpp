#include <fmt/format.h>
#include <net/if.h>

#include "base/named.h"
#include "explain/compare/facts.h"
#include "explain/context.h"

namespace knowhy::explain {
namespace {

using model::Link;

const char* yes(bool on) {
    return on ? "yes" : "no";
}

const char* on_off(bool on) {
    return on ? "on" : "off";
}

// Facts of one device.
class LinkFacts {
  public:
    LinkFacts(const Link& link, std::vector<StateFact>& facts)
        : link_(link), device_(shell_word(link.name)), facts_(facts) {}

    StateFact& add(Nature nature, std::string name, std::string value) {
        facts_.push_back({nature, "link", link_.name, std::move(name), std::move(value), "", "",
                          link_thing(link_.name)});
        return facts_.back();
    }
    // What `ip link set dev NAME ...` sets, by the words that set it.
    void set(Nature nature, std::string name, std::string value, const std::string& words) {
        add(nature, std::move(name), std::move(value)).set =
            fmt::format("ip link set dev {} {}", device_, words);
    }
    void flag(std::string name, unsigned bit, const char* when_on, const char* when_off) {
        const bool on = (link_.flags & bit) != 0;
        set(Nature::Setting, std::move(name), yes(on), on ? when_on : when_off);
    }

  private:
    const Link& link_;
    std::string device_;
    std::vector<StateFact>& facts_;
};

void add_presence(const Link& link, std::vector<StateFact>& facts) {
    StateFact fact{Nature::Setting,
                   "link",
                   link.name,
                   "",
                   link.kind.empty() ? link.type : link.kind,
                   "",
                   "",
                   ""};
    fact.unset = link.kind.empty() ? "" : fmt::format("ip link del dev {}", shell_word(link.name));
    facts.push_back(std::move(fact));
}

void add_state(const Link& link, LinkFacts& facts) {
    facts.flag("up", IFF_UP, "up", "down");
    facts.flag("arp", IFF_NOARP, "arp off", "arp on");
    facts.flag("multicast", IFF_MULTICAST, "multicast on", "multicast off");
    facts.set(Nature::Setting, "mtu", fmt::format("{}", link.mtu), fmt::format("mtu {}", link.mtu));
    facts.set(Nature::Other, "txqueuelen", fmt::format("{}", link.tx_queue_length),
              fmt::format("txqueuelen {}", link.tx_queue_length));
    facts.add(Nature::Other, "promiscuous", yes((link.flags & IFF_PROMISC) != 0));
    facts.add(Nature::Condition, "operstate", link.operstate);
    if (link.carrier) facts.add(Nature::Condition, "carrier", on_off(*link.carrier));
    facts.add(Nature::Identity, "mac", link.mac.text());
    if (!link.driver.empty()) facts.add(Nature::Setting, "driver", link.driver);
    if (!link.bus.empty()) facts.add(Nature::Identity, "bus", link.bus);
    if (link.xdp_prog_id)
        facts.add(Nature::Setting, "xdp", link.xdp_mode.empty() ? "attached" : link.xdp_mode);
}

void add_place(const model::NetnsState& state, const Link& link, LinkFacts& facts) {
    const std::string master = device_of(state, link.master);
    facts.set(Nature::Setting, "master", master.empty() ? "none" : master,
              master.empty() ? "nomaster" : "master " + shell_word(master));
    if (link.lower != 0) facts.add(Nature::Setting, "over", device_of(state, link.lower));
    if (link.vlan_id) facts.add(Nature::Setting, "vlan id", fmt::format("{}", *link.vlan_id));
}

}  // namespace

void add_link_facts(const model::NetnsState& state, bool detailed, std::vector<StateFact>& facts) {
    for (const Link& link : state.links) {
        add_presence(link, facts);
        LinkFacts of(link, facts);
        add_state(link, of);
        add_place(state, link, of);
        add_bond_facts(state, link, facts);
        add_bridge_facts(state, link, facts);
        if (detailed) add_hardware_facts(link, facts);
    }
}

void add_bridge_facts(const model::NetnsState& state, const Link& link,
                      std::vector<StateFact>& facts) {
    LinkFacts of(link, facts);
    if (link.vlan_filtering)
        of.set(Nature::Setting, "vlan_filtering", yes(*link.vlan_filtering),
               fmt::format("type bridge vlan_filtering {:d}", *link.vlan_filtering));
    if (link.stp)
        of.set(Nature::Setting, "stp", yes(*link.stp),
               fmt::format("type bridge stp_state {:d}", *link.stp));
    for (const model::VlanMembership& vlan : link.vlans)
        of.add(
            Nature::Setting, fmt::format("bridge vlan {}", vlan.id),
            fmt::format("{}{}", vlan.pvid ? "pvid " : "", vlan.untagged ? "untagged" : "tagged"));
    const Link* master = state.link(link.master);
    if (!link.bridge_port || master == nullptr || master->kind != "bridge") return;
    constexpr Named<unsigned> kStates[] = {
        {0, "disabled"}, {1, "listening"}, {2, "learning"}, {3, "forwarding"}, {4, "blocking"}};
    const model::BridgePort& port = *link.bridge_port;
    of.add(Nature::Condition, "bridge port state",
           name_or_number(kStates, static_cast<unsigned>(port.state)));
    const auto option = [&](const char* name, bool on) {
        of.set(Nature::Setting, fmt::format("bridge port {}", name), on_off(on),
               fmt::format("type bridge_slave {} {}", name, on_off(on)));
    };
    option("isolated", port.isolated);
    option("locked", port.locked);
    option("hairpin", port.hairpin);
    option("flood", port.unicast_flood);
    option("mcast_flood", port.multicast_flood);
    option("bcast_flood", port.broadcast_flood);
}

}  // namespace knowhy::explain
