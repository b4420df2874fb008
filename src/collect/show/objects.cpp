#include "collect/show/objects.h"

#include <algorithm>

#include "base/nearest.h"
#include "base/text.h"
#include "collect/show/scalars.h"
#include "collect/show/walk.h"

namespace knowhy::collect {
namespace {

constexpr size_t kMostDevices = 100'000;

// What a struct that links objects is headed by.
Result<std::vector<KernelObject>> listed(KernelView& view, const KernelObject& owner,
                                         std::string_view head, std::string_view type,
                                         const std::string& member) {
    const auto at = owner.address_of(head);
    if (!at) return tl::unexpected(owner.unreadable(head));
    KW_TRY(const TypeRef element, view.type(type, owner.type().module));
    auto walked = walk_list(view, element, *at, member, true, kMostDevices + 1);
    if (!walked) return tl::unexpected(std::move(walked).error().error);
    // The head itself closes the ring: it is no object.
    auto& found = walked->addresses;
    if (!walked->stopped.empty()) {
        return fail(ErrorKind::System, "the list {} of {}: {}", head, owner.type().text(),
                    walked->stopped);
    }
    std::vector<KernelObject> objects;
    objects.reserve(found.size());
    for (const uint64_t address : found) objects.emplace_back(view, element, address);
    return objects;
}

// include/linux/netdevice.h, netdev_priv(): behind the device; since 6.10 a member of its own.
std::optional<uint64_t> private_part(const KernelObject& device) {
    if (const auto own = device.address_of("priv")) return own;
    constexpr uint64_t kAlign = 32;  // NETDEV_ALIGN
    return device.address() + (device.type().bytes() + kAlign - 1) / kAlign * kAlign;
}

Error no_bond(const KernelObject& device) {
    return {ErrorKind::Usage, fmt::format("'{}' is no bond: the bonding driver does not own it",
                                          escaped(device.text("name").value_or("?")))};
}

std::optional<BondSlave> slave_of(KernelView& view, const KernelObject& adjacent,
                                  uint64_t bonding) {
    const auto device = adjacent.follow("dev");
    const auto at = adjacent.number("private");
    if (!device || !at || *at == 0) return std::nullopt;
    auto slave = KernelObject::at(view, "struct slave", *at, "bonding");
    if (!slave || slave->number("dev") != device->address() || slave->number("bond") != bonding)
        return std::nullopt;
    BondSlave found{*device, *slave, std::nullopt, std::nullopt};
    const auto info = slave->follow("ad_info");
    const auto port_at = info ? info->address_of("port") : std::nullopt;
    if (!port_at) return found;
    auto port = KernelObject::at(view, "struct port", *port_at, "bonding");
    if (!port || port->number("slave") != slave->address()) return found;
    found.port = *port;
    found.aggregator = port->follow("aggregator");
    return found;
}

std::string socket_words(const KernelObject& common, const std::string& protocol, uint16_t port,
                         NumberBook& book) {
    const NumberRule* const rule = rule_for("sock_common", "skc_state");
    const auto& names = book.names(*rule).names;
    const auto state = names.find(common.number("skc_state").value_or(0));
    const bool v6 = common.number("skc_family") == 10;  // AF_INET6
    const auto local = common.bytes(v6 ? "skc_v6_rcv_saddr" : "skc_rcv_saddr");
    const auto peer = common.bytes(v6 ? "skc_v6_daddr" : "skc_daddr");
    const auto peer_port =
        __builtin_bswap16(static_cast<uint16_t>(common.number("skc_dport").value_or(0)));
    const auto address = [&](const auto& bytes) {
        const std::string text = bytes ? ip_words(*bytes) : "?";
        return v6 ? "[" + text + "]" : text;
    };
    std::string words = fmt::format(
        "{} {} {}:{}", protocol,
        protocol == "tcp" && state != names.end() ? state->second : "socket", address(local), port);
    if (peer_port != 0) words += fmt::format(" to {}:{}", address(peer), peer_port);
    return words;
}

// The kernel keeps what is not a whole socket in smaller structs (include/net/tcp_states.h).
std::string socket_type(const std::string& protocol, uint64_t state) {
    constexpr uint64_t kTimeWait = 6;
    constexpr uint64_t kNewSynRecv = 12;
    if (protocol == "udp") return "struct udp_sock";
    if (state == kTimeWait) return "struct tcp_timewait_sock";
    return state == kNewSynRecv ? "struct tcp_request_sock" : "struct tcp_sock";
}

}  // namespace

Result<std::vector<KernelObject>> devices_of(KernelView& view, uint64_t net) {
    KW_TRY(const KernelObject owner, KernelObject::at(view, "struct net", net));
    return listed(view, owner, "dev_base_head", "struct net_device", "dev_list");
}

Result<KernelObject> device_named(KernelView& view, uint64_t net, const std::string& name) {
    KW_TRY(const auto devices, devices_of(view, net));
    std::vector<std::string> names;
    for (const KernelObject& device : devices) {
        names.push_back(device.text("name").value_or(""));
        if (names.back() == name) return device;
    }
    const auto near = nearest(name, names);
    return fail(ErrorKind::Usage, "no device '{}' in this network namespace{}", escaped(name),
                near ? fmt::format("; did you mean '{}'?", escaped(*near)) : "");
}

Result<BondObjects> bond_of(KernelView& view, const KernelObject& device) {
    // Other drivers, too, begin their private part with a pointer to the device.
    const auto kind = device.follow("rtnl_link_ops");
    if (!kind || object_words(*kind, view) != "bond") return tl::unexpected(no_bond(device));
    const auto at = private_part(device);
    auto bonding = KernelObject::at(view, "struct bonding", *at, "bonding");
    if (!bonding) return tl::unexpected(std::move(bonding).error());
    if (bonding->number("dev") != device.address()) return tl::unexpected(no_bond(device));
    KW_TRY(const auto adjacent,
           listed(view, device, "adj_list.lower", "struct netdev_adjacent", "list"));
    BondObjects found{*bonding, {}};
    for (const KernelObject& each : adjacent)
        if (auto slave = slave_of(view, each, bonding->address()))
            found.slaves.push_back(std::move(*slave));
    return found;
}

std::vector<SocketObject> sockets_at(KernelView& view, const std::vector<uint64_t>& sockets,
                                     const std::string& protocol, uint16_t port) {
    std::vector<SocketObject> found;
    NumberBook book(view);
    for (const uint64_t address : sockets) {
        const auto common = KernelObject::at(view, "struct sock_common", address);
        if (!common || common->number("skc_num") != port) continue;
        auto whole = KernelObject::at(
            view, socket_type(protocol, common->number("skc_state").value_or(0)), address);
        if (!whole) continue;
        const std::string& name = whole->type().resolved().name;
        found.push_back({*whole, socket_words(*common, protocol, port, book),
                         name == "tcp_sock" || name == "udp_sock"});
    }
    return found;
}

}  // namespace knowhy::collect
