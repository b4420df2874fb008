#include <fmt/format.h>
#include <linux/if_bonding.h>

#include "explain/compare/facts.h"
#include "explain/context.h"

namespace knowhy::explain {
namespace {

using model::Link;

class BondFacts {
  public:
    BondFacts(const Link& link, std::vector<StateFact>& facts) : link_(link), facts_(facts) {}

    void add(Nature nature, std::string name, std::string value, const std::string& words = {}) {
        StateFact fact{nature,           "bond", link_.name, std::move(name),
                       std::move(value), "",     "",         link_thing(link_.name)};
        if (!words.empty())
            fact.set =
                fmt::format("ip link set dev {} type bond {}", shell_word(link_.name), words);
        facts_.push_back(std::move(fact));
    }

  private:
    const Link& link_;
    std::vector<StateFact>& facts_;
};

// The bits of an LACP port's state that tell how far it has come, in the standard's words. Which of
// them are missing is what matters.
std::string port_state_words(uint16_t state) {
    std::string words = (state & LACP_STATE_LACP_TIMEOUT) != 0 ? "fast" : "slow";
    if ((state & LACP_STATE_LACP_ACTIVITY) != 0) words += " active";
    if ((state & LACP_STATE_AGGREGATION) == 0) words += " individual";
    if ((state & LACP_STATE_SYNCHRONIZATION) != 0) words += " in-sync";
    if ((state & LACP_STATE_COLLECTING) != 0) words += " collecting";
    if ((state & LACP_STATE_DISTRIBUTING) != 0) words += " distributing";
    if ((state & LACP_STATE_DEFAULTED) != 0) words += " defaulted";
    if ((state & LACP_STATE_EXPIRED) != 0) words += " expired";
    return words;
}

void add_bond(const model::NetnsState& state, const Link& link, BondFacts& facts) {
    if (!link.bond_mode.empty()) facts.add(Nature::Setting, "mode", link.bond_mode);
    if (link.bond_all_slaves_active)
        facts.add(Nature::Setting, "all_slaves_active",
                  *link.bond_all_slaves_active ? "dropped" : "delivered");
    if (!link.bond) return;
    const model::Bond& bond = *link.bond;
    if (!bond.lacp_rate.empty())
        facts.add(Nature::Setting, "lacp_rate", bond.lacp_rate);  // only while it is down
    if (bond.miimon)
        facts.add(Nature::Setting, "miimon", fmt::format("{} ms", *bond.miimon),
                  fmt::format("miimon {}", *bond.miimon));
    if (bond.arp_interval)
        facts.add(Nature::Setting, "arp_interval", fmt::format("{} ms", *bond.arp_interval),
                  fmt::format("arp_interval {}", *bond.arp_interval));
    for (const model::IpAddress& target : bond.arp_ip_targets)
        facts.add(Nature::Setting, "arp_ip_target", target.text());
    if (bond.active_slave != 0)
        facts.add(Nature::Condition, "active_slave", device_of(state, bond.active_slave));
}

void add_port(const model::NetnsState& state, const Link& link, BondFacts& facts) {
    const model::BondPort& port = *link.bond_port;
    facts.add(Nature::Condition, "port state", port.state);
    facts.add(Nature::Condition, "port mii", port.mii_status);
    if (!port.speed.empty()) facts.add(Nature::Condition, "port speed", port.speed);
    if (!port.duplex.empty()) facts.add(Nature::Condition, "port duplex", port.duplex);
    if (port.actor_key)
        facts.add(Nature::Condition, "actor key", fmt::format("{}", *port.actor_key));
    if (port.actor_oper_port_state)
        facts.add(Nature::Condition, "actor state", port_state_words(*port.actor_oper_port_state));
    if (port.partner_oper_port_state)
        facts.add(Nature::Condition, "partner state",
                  port_state_words(*port.partner_oper_port_state));
    if (port.partner_mac)
        facts.add(Nature::Condition, "partner",
                  *port.partner_mac == model::MacAddress{} ? "nobody has answered" : "answers");
    const Link* master = state.link(link.master);
    if (port.aggregator && master != nullptr && master->bond && master->bond->aggregator)
        facts.add(Nature::Condition, "in the active aggregator",
                  *port.aggregator == *master->bond->aggregator ? "yes" : "no");
}

}  // namespace

void add_bond_facts(const model::NetnsState& state, const Link& link,
                    std::vector<StateFact>& facts) {
    BondFacts of(link, facts);
    add_bond(state, link, of);
    if (link.bond_port) add_port(state, link, of);
}

}  // namespace knowhy::explain
