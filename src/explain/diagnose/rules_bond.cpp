// Bonds of every mode.
#include <fmt/format.h>

#include <map>

#include "explain/context.h"
#include "explain/diagnose/rule.h"

namespace knowhy::explain {
namespace {

template <typename Visit>  // visit(bond's link, its slaves)
void each_bond(const Inspection& inspection, Visit visit) {
    for (const model::Link& link : inspection.state.links)
        if (link.kind == "bond" && link.is_up()) visit(link, inspection.ports_of(link));
}

bool has_active_slave_mode(const model::Link& bond) {
    return bond.bond_mode == "active-backup" || bond.bond_mode == "balance-tlb" ||
           bond.bond_mode == "balance-alb";
}

Evidence mode_of(const model::Link& bond) {
    return link_evidence("mode of " + bond.name, bond.bond_mode);
}

void no_slaves(const Inspection& inspection, const Report& report) {
    each_bond(inspection, [&](const model::Link& bond, const auto& slaves) {
        if (!slaves.empty() || !inspection.state.complete) return;
        report(bond.name,
               fault(true, fmt::format("{} is up and has no slaves: it carries nothing", bond.name))
                   .with(mode_of(bond)));
    });
}

void no_active_slave(const Inspection& inspection, const Report& report) {
    each_bond(inspection, [&](const model::Link& bond, const auto& slaves) {
        if (!has_active_slave_mode(bond) || !bond.bond || bond.bond->active_slave != 0) return;
        if (slaves.empty()) return;
        Conclusion found = fault(
            true,
            fmt::format("{} has no active slave: what is sent through it is dropped", bond.name));
        found.with(mode_of(bond));
        for (const model::Link* slave : slaves) {
            const std::string status =
                slave->bond_port ? slave->bond_port->mii_status : std::string();
            found.with(link_evidence(
                "slave " + slave->name,
                fmt::format("MII status {}, carrier {}", status.empty() ? "not known" : status,
                            slave->carrier.value_or(false) ? "on" : "off")));
        }
        report(bond.name, std::move(found));
    });
}

void no_monitoring(const Inspection& inspection, const Report& report) {
    each_bond(inspection, [&](const model::Link& bond, const auto& slaves) {
        if (!bond.bond || bond.bond->miimon != 0U || bond.bond->arp_interval != 0U) return;
        if (slaves.empty()) return;
        Conclusion found = fault(
            true,
            fmt::format("{} does not watch its slaves: miimon and arp_interval are both 0, so "
                        "one that fails goes on being used",
                        bond.name));
        found.with(link_evidence("miimon of " + bond.name, "0"));
        found.with(link_evidence("arp_interval of " + bond.name, "0"));
        found.set("bond option", "miimon", "0");
        found.attempt(inspection.here(fmt::format("ip link set {} type bond miimon 100",
                                                  shell_word(bond.name))),
                      "looks at the slaves' carrier ten times a second");
        report(bond.name, std::move(found));
    });
}

void arp_target_silent(const Inspection& inspection, const Report& report) {
    each_bond(inspection, [&](const model::Link& bond, const auto& slaves) {
        if (!bond.bond || bond.bond->arp_interval.value_or(0) == 0 || slaves.empty()) return;
        for (const model::Link* slave : slaves) {
            const bool silent = slave->bond_port && !slave->bond_port->mii_status.empty() &&
                                slave->bond_port->mii_status != "up" && slave->is_up() &&
                                slave->carrier == true;
            if (!silent) return;
        }
        Conclusion found = fault(
            false, fmt::format("no arp_ip_target of {} answers: all its slaves have a carrier and "
                               "are held to be down",
                               bond.name));
        std::string targets;
        for (const model::IpAddress& target : bond.bond->arp_ip_targets)
            targets += (targets.empty() ? "" : ", ") + target.text();
        found.with(link_evidence("arp_ip_target", targets.empty() ? "none" : targets));
        found.with(link_evidence("arp_interval", fmt::format("{} ms", *bond.bond->arp_interval)));
        found.set("bond option", "arp_ip_target", targets);
        report(bond.name, std::move(found));
    });
}

void slave_mtu(const Inspection& inspection, const Report& report) {
    each_bond(inspection, [&](const model::Link& bond, const auto& slaves) {
        for (const model::Link* slave : slaves) {
            if (slave->mtu == 0 || slave->mtu == bond.mtu) continue;
            Conclusion found =
                fault(true, fmt::format("the MTU of slave {} is {}, that of {} is {}", slave->name,
                                        slave->mtu, bond.name, bond.mtu));
            found.with(link_evidence("mtu of " + slave->name, fmt::format("{}", slave->mtu)));
            found.with(link_evidence("mtu of " + bond.name, fmt::format("{}", bond.mtu)));
            found.set("link", "mtu of " + slave->name, fmt::format("{}", slave->mtu));
            found.attempt(inspection.here(fmt::format("ip link set {} mtu {}",
                                                      shell_word(bond.name), bond.mtu)),
                          "gives it to all slaves");
            report(slave->name, std::move(found));
        }
    });
}

void duplicate_mac(const Inspection& inspection, const Report& report) {
    each_bond(inspection, [&](const model::Link& bond, const auto& slaves) {
        std::map<model::MacAddress, const model::Link*> owners;
        for (const model::Link* slave : slaves) {
            if (!slave->bond_port || !slave->bond_port->permanent_mac) continue;
            const model::MacAddress mac = *slave->bond_port->permanent_mac;
            if (mac == model::MacAddress{}) continue;
            const auto [owner, is_new] = owners.try_emplace(mac, slave);
            if (is_new) continue;
            Conclusion found =
                fault(true, fmt::format("slaves {} and {} of {} have the same "
                                        "permanent MAC address {}",
                                        owner->second->name, slave->name, bond.name, mac.text()));
            found.with(link_evidence("permanent address of " + owner->second->name, mac.text()));
            found.with(link_evidence("permanent address of " + slave->name, mac.text()));
            report(slave->name, std::move(found));
        }
    });
}

}  // namespace

std::vector<Rule> bond_rules() {
    return {
        {.id = "bond-no-slaves",
         .title = "A bond without slaves",
         .facts = "the bond is up; the list of all links is whole",
         .certainty = "certain",
         .remedy = "It has no carrier and drops what is sent through it",
         .inspect = no_slaves},
        {.id = "bond-no-active-slave",
         .title = "A bond none of whose slaves is active",
         .facts = "modes active-backup, balance-tlb and balance-alb; the bond's active slave by "
                  "netlink; the slaves' MII status",
         .certainty = "certain",
         .remedy = "All slaves are down, or held to be by the bond's monitor",
         .inspect = no_active_slave},
        {.id = "bond-no-monitoring",
         .title = "A bond that does not watch its slaves",
         .facts = "miimon and arp_interval by netlink",
         .certainty = "certain",
         .remedy = "A slave that loses its carrier is used on. 802.3ad always has a monitor",
         .inspect = no_monitoring},
        {.id = "bond-arp-target-silent",
         .title = "A bond whose ARP targets do not answer",
         .facts = "arp_interval is set; all slaves have a carrier and none has the MII status up",
         .certainty = "likely: that the targets' answers were lost is not seen",
         .remedy =
             "The targets are wrong or down, are reached through a VLAN or route that the bond "
             "lacks, or a switch keeps the answers back",
         .inspect = arp_target_silent},
        {.id = "bond-slave-mtu",
         .title = "A slave's MTU is not its bond's",
         .facts = "both MTUs",
         .certainty = "certain",
         .remedy = "Frames of the bond's size do not pass that slave",
         .inspect = slave_mtu},
        {.id = "bond-duplicate-mac",
         .title = "Two slaves have the same permanent MAC address",
         .facts = "the slaves' permanent addresses by netlink",
         .certainty = "certain",
         .remedy =
             "When the slave that lent the bond its address leaves, the address is used twice",
         .inspect = duplicate_mac},
    };
}

}  // namespace knowhy::explain
