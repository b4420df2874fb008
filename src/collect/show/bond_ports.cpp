#include "collect/show/bond_ports.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/log.h"
#include "collect/show/live_view.h"
#include "collect/show/names.h"
#include "collect/show/objects.h"

namespace knowhy::collect {
namespace {

constexpr uint64_t kLacpEnabled = 0x2;  // AD_PORT_LACP_ENABLED, drivers/net/bonding/bond_3ad.c

std::optional<model::MacAddress> mac(const KernelObject& object, std::string_view path) {
    const auto bytes = object.bytes(path);
    model::MacAddress found;
    if (!bytes || bytes->size() < found.bytes.size()) return std::nullopt;
    std::copy_n(bytes->begin(), found.bytes.size(), found.bytes.begin());
    return found;
}

// The bond speaks LACP by its own address, or by ad_actor_system where that is set.
std::string proof(const KernelObject& bonding, const model::Link& bond,
                  const model::MacAddress& system) {
    if (system == bond.mac) return "actor_system is the MAC address of " + bond.name;
    const auto set = mac(bonding, "params.ad_actor_system");
    return set == system ? "actor_system is ad_actor_system of " + bond.name : "";
}

std::string duplex_word(uint64_t duplex) {
    if (duplex == 0) return "half";
    return duplex == 1 ? "full" : "";
}

struct Reading {
    const KernelObject& object;
    bool complete = true;

    template <typename Number>
    void into(Number& field, std::string_view path) {
        const auto number = object.number(path);
        if (number) field = static_cast<Number>(*number);
        complete = complete && number.has_value();
    }
};

std::string variable_names(KernelView& view, uint16_t variables) {
    const NumberRule* const rule = rule_for("port", "sm_vars");
    NumberBook book(view);
    return fmt::format("{}", fmt::join(bit_names(*rule, book.names(*rule), variables), " | "));
}

void read_aggregator(const BondSlave& slave, model::LivePort& live) {
    if (!slave.aggregator) return;
    const auto address = mac(*slave.aggregator, "aggregator_mac_address");
    if (!address) return;
    live.aggregator = slave.aggregator->address();
    live.aggregator_mac = *address;
    Reading reading{*slave.aggregator};
    reading.into(live.aggregator_key, "actor_oper_aggregator_key");
    reading.into(live.aggregator_active, "is_active");
}

std::optional<model::LivePort> live_port(KernelView& view, const KernelObject& bonding,
                                         const model::Link& bond, const BondSlave& slave) {
    model::LivePort live;
    live.address = slave.port->address();
    const auto system = mac(*slave.port, "actor_system");
    if (!system) return std::nullopt;
    live.actor_system = *system;
    live.proof = proof(bonding, bond, *system);
    Reading port{*slave.port};
    port.into(live.sm_vars, "sm_vars");
    port.into(live.is_enabled, "is_enabled");
    port.into(live.ntt, "ntt");
    port.into(live.actor_oper_port_key, "actor_oper_port_key");
    port.into(live.actor_oper_port_state, "actor_oper_port_state");
    port.into(live.sm_tx_timer_counter, "sm_tx_timer_counter");
    port.into(live.aggregator_id, "actor_port_aggregator_identifier");
    if (live.proof.empty() || !port.complete) return std::nullopt;
    live.lacp_enabled = (live.sm_vars & kLacpEnabled) != 0;
    live.sm_names = variable_names(view, live.sm_vars);
    read_aggregator(slave, live);
    constexpr uint32_t kUnknown = ~0U;  // SPEED_UNKNOWN
    const auto speed = slave.slave.number("speed");
    if (speed && static_cast<uint32_t>(*speed) != kUnknown)
        live.speed = static_cast<uint32_t>(*speed);
    live.duplex = duplex_word(slave.slave.number("duplex").value_or(~uint64_t{0}));
    return live;
}

bool speaks_lacp(const model::Link& link) {
    return link.bond_mode == "802.3ad";
}

void read_bond(KernelView& view, const KernelObject& device, const model::Link& bond,
               model::NetnsState& state) {
    const auto found = bond_of(view, device);
    if (!found) {
        log::debug("the live ports of {}: {}", bond.name, found.error().message);
        return;
    }
    for (const BondSlave& slave : found->slaves) {
        const auto index = slave.device.number("ifindex");
        const auto link =
            std::find_if(state.links.begin(), state.links.end(), [&](const model::Link& each) {
                return each.ifindex == index && each.master == bond.ifindex;
            });
        if (link != state.links.end() && link->bond_port && slave.port)
            link->bond_port->live = live_port(view, found->bonding, bond, slave);
    }
}

}  // namespace

void add_live_ports(KernelView& view, model::NetnsState& state) {
    const auto net = view.net_namespace(state.inum);
    const auto devices = net ? devices_of(view, *net) : tl::unexpected(net.error());
    if (!devices) {
        log::debug("the kernel's own devices: {}", devices.error().message);
        return;
    }
    const std::vector<model::Link> links = state.links;  // ports change while bonds are read
    for (const model::Link& bond : links) {
        if (!speaks_lacp(bond)) continue;
        const auto device = std::find_if(
            devices->begin(), devices->end(),
            [&](const KernelObject& each) { return each.number("ifindex") == bond.ifindex; });
        if (device != devices->end()) read_bond(view, *device, bond, state);
    }
}

void add_live_ports(model::NetnsState& state) {
    if (std::none_of(state.links.begin(), state.links.end(), speaks_lacp)) return;
    const auto view = view_running_kernel();
    if (!view) {
        log::debug("the live ports of bonds: {}", view.error().message);
        return;
    }
    add_live_ports(**view, state);
}

}  // namespace knowhy::collect
