// A per-device sysctl as the kernel combines it (include/linux/inetdevice.h): the device's own
// value and that of `all`, and what they come to.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "explain/conclusion.h"
#include "explain/context.h"

namespace knowhy::explain {

// The names that "net.ipv4.conf.{dev}.accept_local" stands for: those of `all` and of each device.
// One without "{dev}" stands for itself.
void add_setting_names(std::string_view name, const std::vector<std::string>& devices,
                       std::set<std::string>& into);

enum class Combine {
    Or,          // accept_local, route_localnet, drop_unicast_in_l2_multicast...
    And,         // accept_source_route, mc_forwarding...
    Max,         // rp_filter, arp_ignore...
    DeviceOnly,  // forwarding and disable_ipv6: writing `all` copies into every device
};

struct DeviceSetting {
    std::string all_name;     // "net.ipv4.conf.all.accept_local"
    std::string device_name;  // "net.ipv4.conf.v1.accept_local"
    std::optional<int64_t> all;
    std::optional<int64_t> device;
    std::optional<int64_t> effective;  // nullopt when what was read does not decide it

    [[nodiscard]] bool is(int64_t value) const { return effective == value; }
    // The values as evidence, and as what set it.
    void tell(const Context& context, Conclusion& conclusion) const;
};

// `family` is "ipv4" or "ipv6"; the device is the group's.
DeviceSetting device_setting(const Context& context, const std::string& family,
                             const std::string& key, Combine combine);

}  // namespace knowhy::explain
