// The kernel's objects of network things, by the names that people give them: no address is needed,
// and nothing is attached.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "collect/show/kernel_view.h"

namespace knowhy::collect {

// The struct net_device of a namespace, in the kernel's order.
Result<std::vector<KernelObject>> devices_of(KernelView& view, uint64_t net);
// Usage, with what is near, where the namespace has no such device.
Result<KernelObject> device_named(KernelView& view, uint64_t net, const std::string& name);

struct BondSlave {
    KernelObject device;
    KernelObject slave;                      // struct slave, of the bonding driver
    std::optional<KernelObject> port;        // struct port, struct aggregator: mode 802.3ad
    std::optional<KernelObject> aggregator;  // that the port is in; none while it is in none
};
struct BondObjects {
    KernelObject bonding;  // struct bonding: the device's private part
    std::vector<BondSlave> slaves;
};
// Usage where the device is no bond: what lies there must point back to the device, and each slave
// to its device and to the bond.
Result<BondObjects> bond_of(KernelView& view, const KernelObject& device);

// Of sockets that list_sockets() gave: those with that local port. Their types by their state.
struct SocketObject {
    KernelObject object;
    std::string words;   // "tcp LISTEN 0.0.0.0:80"
    bool whole = false;  // it is a struct sock, which a connection that only begins or ends is not
};
std::vector<SocketObject> sockets_at(KernelView& view, const std::vector<uint64_t>& sockets,
                                     const std::string& protocol, uint16_t port);

}  // namespace knowhy::collect
