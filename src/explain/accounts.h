// Which causes make which kernel counter move: the two sides of the books. Host-wide counters that
// any namespace moves (rt_cache) are not here: they may confirm a finding, never account for it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/finding.h"

namespace knowhy::explain {

struct Account {
    // "snmp.Udp.NoPorts"; for a device's counter the part after its name: "link.*.rx_dropped".
    std::string_view counter;
    std::vector<std::string_view> causes;  // empty: no skb was ever freed for this one
    int family = 0;                        // 4 or 6 when only that protocol's findings count
};

const std::vector<Account>& accounts();

// The account of a counter, by its full name; nullptr for one that is no sign of loss. `device` is
// set to the device in the name, or to "".
const Account* account_of(const std::string& counter, std::string& device);

// How many packets of the findings in one namespace (0: in all) the account covers; `device` "" for
// all devices.
uint64_t covered(const Account& account, const std::vector<model::Finding>& findings,
                 uint32_t netns, const std::string& device);

}  // namespace knowhy::explain
