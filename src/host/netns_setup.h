// Building network namespaces to show something in, or to test in. Every function works inside the
// namespaces it is given and nowhere else; a namespace goes away, with all that is in it, when the
// last fd on it is closed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "host/netns.h"
#include "model/address.h"

namespace knowhy::host {

// A new, empty namespace without a name; its lo is down.
Result<Netns> create_netns();

struct VethEnd {
    int netns_fd = -1;
    std::string name;
};

// Both ends are down at first.
Status create_veth_pair(const VethEnd& one, const VethEnd& other);
Status set_link_up(int netns_fd, const std::string& device);
// IPv6 addresses are added without duplicate address detection, so that they can be used at once.
Status add_address(int netns_fd, const std::string& device, const model::Prefix& address);
// A permanent neighbour: no ARP or ND is ever sent for it.
Status add_neighbour(int netns_fd, const std::string& device, const model::IpAddress& address,
                     const model::MacAddress& mac);
Result<model::MacAddress> mac_of(int netns_fd, const std::string& device);
Status write_sysctl_in(int netns_fd, std::string_view name, std::string_view value);

// Table `table` of family inet, base chain `chain` in hook input at priority 0 with policy accept,
// and one rule in it: "meta l4proto PROTOCOL th dport PORT counter drop".
struct NftDrop {
    std::string table;
    std::string chain;
    uint8_t protocol = 17;  // IPPROTO_TCP, IPPROTO_UDP
    uint16_t port = 0;
};
Status add_nft_drop(int netns_fd, const NftDrop& drop);

}  // namespace knowhy::host
