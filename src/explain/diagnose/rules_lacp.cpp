// Ports of bonds in mode 802.3ad: speed and duplex make the key, the key makes the port speak LACP,
// and ports with the same key and the same partner share an aggregator
// (drivers/net/bonding/bond_3ad.c).
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "explain/context.h"
#include "explain/diagnose/rule.h"

namespace knowhy::explain {
namespace {

// IEEE 802.1AX, the state octet of an LACPDU.
constexpr uint16_t kShortTimeout = 0x02;
constexpr uint16_t kSync = 0x08;
constexpr uint16_t kCollecting = 0x10;
constexpr uint16_t kDistributing = 0x20;
constexpr uint16_t kDefaulted = 0x40;
constexpr uint16_t kExpired = 0x80;

constexpr uint16_t kFullDuplexKey = 0x01;  // bit 0 of the actor's key

using Port = model::BondPort;

template <typename Visit>  // visit(bond's link, slave's link, its port)
void each_port(const Inspection& inspection, Visit visit) {
    for (const model::Link& bond : inspection.state.links) {
        if (bond.bond_mode != "802.3ad" || !bond.is_up()) continue;
        for (const model::Link* slave : inspection.ports_of(bond))
            if (slave->bond_port) visit(bond, *slave, *slave->bond_port);
    }
}

bool carries(const model::Link& slave) {
    return slave.is_up() && slave.carrier == true;
}

// The port does not speak LACP, or has no carrier to speak it over: another rule's business.
bool speaks(const model::Link& slave, const Port& port) {
    return carries(slave) && port.mii_status == "up" && port.actor_key &&
           (*port.actor_key & kFullDuplexKey) != 0;
}

// The actor's, from the driver's memory where that was read.
std::optional<uint16_t> key_of(const Port& port) {
    return port.live ? port.live->actor_oper_port_key : port.actor_key;
}

bool has_partner(const Port& port) {
    return port.partner_mac && *port.partner_mac != model::MacAddress{};
}

std::optional<Evidence> key_evidence(const Port& port) {
    if (!port.actor_key) return std::nullopt;
    std::string words = fmt::format("{}", *port.actor_key);
    if ((*port.actor_key & kFullDuplexKey) == 0) words += " (no full duplex: LACP is disabled)";
    return link_evidence("actor port key", std::move(words));
}

std::optional<Evidence> state_of(const std::string& whose, std::optional<uint16_t> state) {
    if (!state) return std::nullopt;
    std::string names;
    const auto add = [&](uint16_t bit, std::string_view name) {
        if ((*state & bit) != 0) names += fmt::format("{}{}", names.empty() ? "" : " ", name);
    };
    add(0x01, "active");
    add(kShortTimeout, "short-timeout");
    add(0x04, "aggregating");
    add(kSync, "in-sync");
    add(kCollecting, "collecting");
    add(kDistributing, "distributing");
    add(kDefaulted, "defaulted");
    add(kExpired, "expired");
    return link_evidence(whose + " port state", fmt::format("{:#04x} ({})", *state, names));
}

// What the bonding driver itself holds of the port now.
void add_live(Conclusion& found, const model::Link& slave, const model::LivePort& live) {
    const auto add = [&](const std::string& member, std::string value) {
        found.with(Evidence{Evidence::Kind::Memory,
                            fmt::format("struct port of {}: {}", slave.name, member),
                            std::move(value), "", Evidence::Read::Now});
    };
    add("address", fmt::format("{:#x}, proven by: {}", live.address, live.proof));
    add("actor_oper_port_key", fmt::format("{}", live.actor_oper_port_key));
    add("sm_vars",
        fmt::format("{:#x} ({}): LACP is {}", live.sm_vars,
                    live.sm_names.empty() ? "no bit is set" : live.sm_names,
                    live.lacp_enabled ? "enabled" : "disabled, AD_PORT_LACP_ENABLED is not set"));
    add("ntt, sm_tx_timer_counter",
        fmt::format("{}, {}", live.ntt ? 1 : 0, live.sm_tx_timer_counter));
}

void add_settings(Conclusion& found, const model::Link& slave, const Port& port) {
    if (!slave.driver.empty()) found.with(link_evidence("driver of " + slave.name, slave.driver));
    if (slave.settings && slave.settings->error != 0) {
        found.with(Evidence{Evidence::Kind::Return, "get_link_ksettings of " + slave.name,
                            return_text(-slave.settings->error), "", Evidence::Read::Snapshot});
    }
    if (!port.speed.empty()) {
        found.with(link_evidence("the bond's note of " + slave.name,
                                 fmt::format("speed {}, duplex {}", port.speed, port.duplex)));
    }
    found.with(key_evidence(port));
    found.with(state_of("actor", port.actor_oper_port_state));
    if (port.live) add_live(found, slave, *port.live);
}

// Why the driver's answer has no duplex; "" when it has.
std::string why_unknown(const model::Link& slave) {
    constexpr int kNotSupported = 95;  // EOPNOTSUPP
    // These ask the device below them, so that its driver is meant.
    constexpr std::array<std::string_view, 6> kStacked = {"vlan",   "macvlan", "macvtap",
                                                          "ipvlan", "bond",    "team"};
    const bool stacked = std::find(kStacked.begin(), kStacked.end(), slave.kind) != kStacked.end();
    const std::string driver = slave.driver.empty() ? "its driver" : "driver " + slave.driver;
    const int64_t error = slave.settings->error;
    if (error == kNotSupported && !stacked)
        return driver + " implements no get_link_ksettings (-EOPNOTSUPP)";
    if (error != 0) return fmt::format("{} gives none ({})", driver, return_text(-error));
    return slave.settings->duplex.empty() ? driver + " does not know them" : "";
}

void no_speed(const Inspection& inspection, const Report& report) {
    each_port(inspection, [&](const model::Link& bond, const model::Link& slave, const Port& port) {
        if (!carries(slave) || !slave.settings) return;
        const std::string why = why_unknown(slave);
        // The bond asks when a slave comes up: what it noted then may be better than what we hear.
        const bool bond_knows = !port.duplex.empty() && port.duplex != "Unknown";
        if (why.empty() || bond_knows) return;
        const auto key_now = key_of(port);
        const bool key_agrees = key_now && (*key_now & kFullDuplexKey) == 0;
        const bool bond_agrees = port.live ? !port.live->lacp_enabled : port.duplex == "Unknown";
        const bool agreed = key_agrees && bond_agrees;
        const std::string key = key_now ? fmt::format("its key is {}", *key_now)
                                        : std::string("its key has no duplex bit");
        Conclusion found =
            fault(agreed,
                  fmt::format("{} never aggregates in {}: its speed and duplex are unknown because "
                              "{}; so {}, LACP is disabled on the port, and no LACPDU is sent",
                              slave.name, bond.name, why, key));
        add_settings(found, slave, port);
        found.set("driver", slave.driver.empty() ? slave.name : slave.driver,
                  "gives no speed and duplex");
        found.attempt(inspection.here("ethtool " + shell_word(slave.name)),
                      "shows what the driver says; the driver must implement get_link_ksettings");
        report(slave.name, std::move(found));
    });
}

void half_duplex_port(const Inspection& inspection, const Report& report) {
    each_port(inspection, [&](const model::Link& bond, const model::Link& slave, const Port& port) {
        if (!carries(slave) || port.duplex != "half") return;
        const bool proven = port.actor_key && (*port.actor_key & kFullDuplexKey) == 0;
        Conclusion found = fault(
            proven, fmt::format("{} never aggregates in {}: LACP is disabled on a port at half "
                                "duplex, and no LACPDU is sent",
                                slave.name, bond.name));
        add_settings(found, slave, port);
        found.set("link", "duplex of " + slave.name, "half");
        report(slave.name, std::move(found));
    });
}

void partner_silent(const Inspection& inspection, const Report& report) {
    each_port(inspection, [&](const model::Link& bond, const model::Link& slave, const Port& port) {
        if (!speaks(slave, port) || !port.actor_oper_port_state) return;
        const uint16_t state = *port.actor_oper_port_state;
        // Until it has waited for an answer as long as the standard says, a port is "expired".
        if ((state & kDefaulted) == 0 || (state & kExpired) != 0) return;
        Conclusion found =
            fault(port.partner_mac.has_value() && !has_partner(port),
                  fmt::format(
                      "partner silent: {} of {} has a carrier and speaks LACP, and no LACPDU comes "
                      "back",
                      slave.name, bond.name));
        add_settings(found, slave, port);
        if (port.partner_mac) found.with(link_evidence("partner system", port.partner_mac->text()));
        found.attempt(
            inspection.here(
                fmt::format("tcpdump -eni {} ether proto 0x8809", shell_word(slave.name))),
            "shows whether LACPDUs leave and come; if they leave, LACP is off at the other "
            "end, or something between drops 01:80:c2:00:00:02");
        report(slave.name, std::move(found));
    });
}

// 0: there is none; their numbers begin with 1.
uint16_t active_aggregator(const model::Link& bond) {
    return bond.bond ? bond.bond->aggregator.value_or(0) : uint16_t{0};
}

struct Difference {
    std::string_view rule;
    std::string words;
};

// Why the port cannot share the aggregator of `other`, an active port of the same bond.
Difference difference(const Port& port, const model::Link& other, const Port& active) {
    if (port.actor_key != active.actor_key) {
        return {"bond-mixed-speeds",
                fmt::format("its speed and duplex ({}, {}) are not those of {} ({}, {}), so their "
                            "keys differ ({} and {})",
                            port.speed, port.duplex, other.name, active.speed, active.duplex,
                            *port.actor_key, *active.actor_key)};
    }
    if (port.partner_mac != active.partner_mac) {
        return {"lacp-partners-differ",
                fmt::format("its partner is {}, that of {} is {}: they are cabled to two systems",
                            port.partner_mac->text(), other.name, active.partner_mac->text())};
    }
    if (port.partner_key && active.partner_key && port.partner_key != active.partner_key) {
        return {"lacp-partner-keys-differ",
                fmt::format("the partner gives it the key {} and {} the key {}: at the other end "
                            "they are not in one group, or differ in speed",
                            *port.partner_key, other.name, *active.partner_key)};
    }
    return {};
}

// Ports outside the active aggregator, each held against one that is in it.
void other_aggregator(const Inspection& inspection, const Report& report, std::string_view rule) {
    each_port(inspection, [&](const model::Link& bond, const model::Link& slave, const Port& port) {
        const uint16_t active = active_aggregator(bond);
        if (active == 0 || !port.aggregator || *port.aggregator == active) return;
        if (!speaks(slave, port) || !has_partner(port)) return;
        for (const model::Link* other : inspection.ports_of(bond)) {
            if (!other->bond_port || other->bond_port->aggregator.value_or(0) != active) continue;
            if (!speaks(*other, *other->bond_port) || !has_partner(*other->bond_port)) continue;
            const Difference found = difference(port, *other, *other->bond_port);
            if (found.rule != rule) return;
            Conclusion conclusion = fault(
                true, fmt::format("{} does not carry traffic of {}: it is in aggregator {}, the "
                                  "active one is {}; {}",
                                  slave.name, bond.name, *port.aggregator, active, found.words));
            add_settings(conclusion, slave, port);
            conclusion.with(link_evidence(
                "partner of " + slave.name,
                fmt::format("{}, key {}", port.partner_mac->text(), port.partner_key.value_or(0))));
            conclusion.with(
                link_evidence("partner of " + other->name,
                              fmt::format("{}, key {}", other->bond_port->partner_mac->text(),
                                          other->bond_port->partner_key.value_or(0))));
            report(slave.name, std::move(conclusion));
            return;
        }
    });
}

void mixed_speeds(const Inspection& inspection, const Report& report) {
    other_aggregator(inspection, report, "bond-mixed-speeds");
}
void partners_differ(const Inspection& inspection, const Report& report) {
    other_aggregator(inspection, report, "lacp-partners-differ");
}
void partner_keys_differ(const Inspection& inspection, const Report& report) {
    other_aggregator(inspection, report, "lacp-partner-keys-differ");
}

void rate_mismatch(const Inspection& inspection, const Report& report) {
    each_port(inspection, [&](const model::Link& bond, const model::Link& slave, const Port& port) {
        if (!speaks(slave, port) || !has_partner(port)) return;
        if (!port.actor_oper_port_state || !port.partner_oper_port_state) return;
        const uint16_t actor = *port.actor_oper_port_state;
        const uint16_t partner = *port.partner_oper_port_state;
        // While the partner is not heard, the port takes it to want what it wants itself.
        if ((actor & (kDefaulted | kExpired)) != 0) return;
        if ((actor & kShortTimeout) == (partner & kShortTimeout)) return;
        const bool fast = (actor & kShortTimeout) != 0;
        Conclusion found = fault(
            true, fmt::format("the LACP rates of {} and its partner differ: {} here, {} there; one "
                              "side takes 90 s to notice a loss that the other sees in 3 s",
                              slave.name, fast ? "fast" : "slow", fast ? "slow" : "fast"));
        found.with(state_of("actor", actor));
        found.with(state_of("partner", partner));
        found.set("bond option", "lacp_rate of " + bond.name, fast ? "fast" : "slow");
        report(slave.name, std::move(found));
    });
}

void not_collecting(const Inspection& inspection, const Report& report) {
    each_port(inspection, [&](const model::Link& bond, const model::Link& slave, const Port& port) {
        const uint16_t active = active_aggregator(bond);
        if (!speaks(slave, port) || !has_partner(port)) return;
        if (active == 0 || port.aggregator.value_or(0) != active) return;
        if (!port.actor_oper_port_state || !port.partner_oper_port_state) return;
        const uint16_t actor = *port.actor_oper_port_state;
        const uint16_t partner = *port.partner_oper_port_state;
        if ((actor & (kDefaulted | kExpired)) != 0) return;
        if ((actor & kCollecting) != 0 && (actor & kDistributing) != 0) return;
        const bool partner_waits = (partner & kSync) == 0;
        Conclusion found = fault(
            partner_waits,
            fmt::format("{} does not collect and distribute for {}: {}", slave.name, bond.name,
                        partner_waits ? "the partner is not in sync, it keeps the port out of its "
                                        "own group"
                                      : "the port has a partner and is not synchronised yet"));
        found.with(state_of("actor", actor));
        found.with(state_of("partner", partner));
        report(slave.name, std::move(found));
    });
}

}  // namespace

std::vector<Rule> lacp_rules() {
    return {
        {.id = "bond-no-speed",
         .title = "A slave's driver does not tell its speed and duplex, so LACP stays off",
         .facts = "mode 802.3ad; what ethtool gets from the driver, with its errno; the bond's own "
                  "note of speed and duplex, and the port's key (/proc/net/bonding, which takes "
                  "CAP_NET_ADMIN); the driver's struct port, where the kernel's memory may be read",
         .certainty = "certain when the bond noted \"Unknown\", or its struct port has LACP "
                      "disabled, and the key lacks the duplex bit; likely when neither could be "
                      "read",
         .remedy =
             "Speed and duplex make the port's key; without full duplex in it the port neither "
             "sends nor takes LACPDUs. The driver must implement get_link_ksettings",
         .inspect = no_speed},
        {.id = "bond-half-duplex",
         .title = "A slave at half duplex, so LACP stays off",
         .facts = "mode 802.3ad; the bond's note of duplex, and the port's key",
         .certainty = "certain when the key lacks the duplex bit",
         .remedy = "LACP is for full duplex links only",
         .inspect = half_duplex_port},
        {.id = "lacp-partner-silent",
         .title = "A port speaks LACP and nobody answers",
         .facts =
             "mode 802.3ad; carrier; a key with the duplex bit; the actor's state \"defaulted\"",
         .certainty = "certain when the partner's system is all zero",
         .remedy = "LACP is off at the other end, or a bridge between drops 01:80:c2:00:00:02",
         .inspect = partner_silent},
        {.id = "bond-mixed-speeds",
         .title = "A slave's speed is not that of the active aggregator",
         .facts = "mode 802.3ad; keys, aggregators, partners of the ports",
         .certainty = "certain",
         .remedy = "Ports of different speed or duplex never share an aggregator",
         .inspect = mixed_speeds},
        {.id = "lacp-partners-differ",
         .title = "Slaves are cabled to two systems",
         .facts = "mode 802.3ad; aggregators and the partners' system addresses",
         .certainty = "certain",
         .remedy = "Only one of the two is used, unless the switches speak with one address",
         .inspect = partners_differ},
        {.id = "lacp-partner-keys-differ",
         .title = "The partner gives the slaves different keys",
         .facts = "mode 802.3ad; aggregators and the partner's keys",
         .certainty = "certain",
         .remedy = "At the other end the ports are in different groups",
         .inspect = partner_keys_differ},
        {.id = "lacp-rate-mismatch",
         .title = "Port and partner ask for different LACP rates",
         .facts = "mode 802.3ad; the timeout bits in both sides' state",
         .certainty = "certain",
         .remedy = "It works; a failure is noticed at once on one side and late on the other",
         .inspect = rate_mismatch},
        {.id = "lacp-not-collecting",
         .title = "A port of the active aggregator carries no traffic",
         .facts = "mode 802.3ad; both sides' state",
         .certainty = "certain when the partner is not in sync; else likely",
         .remedy = "The partner keeps the port out, or the two have not settled yet",
         .inspect = not_collecting},
    };
}

}  // namespace knowhy::explain
