// Other addresses for those of a recording, chosen at random and kept: the same address becomes the
// same one, and two that share their first n bits still do, so that subnets, routes and rules mean
// what they meant. Nothing outside this object tells which was which.
//
// Kept as they are: loopback, unspecified, multicast and broadcast addresses; which of the private,
// link-local or public ranges an address is in; within a subnet that was learned, its first and its
// last address; of a MAC address the multicast and the locally administered bit.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <vector>

#include "model/address.h"

namespace knowhy::redact {

class AddressMap {
  public:
    using Random = std::function<uint64_t()>;  // 64 random bits
    explicit AddressMap(Random random);

    // A subnet of the host's: the more are known before the first address is asked for, the more
    // network and broadcast addresses stay such.
    void learn(const model::Prefix& subnet);

    model::IpAddress ip(const model::IpAddress& real);
    model::Prefix prefix(const model::Prefix& real);
    model::MacAddress mac(const model::MacAddress& real);

  private:
    model::IpAddress walk(const model::IpAddress& real);
    bool flips(const model::Prefix& node);
    uint32_t low24(uint32_t real);

    Random random_;
    std::set<model::Prefix> subnets_;
    std::map<model::Prefix, bool> drawn_;  // whether the bit after these is the other one
    std::map<model::IpAddress, model::IpAddress> addresses_;
    // Of IPv6 addresses, for the groups and MAC addresses that are made of them.
    std::map<uint32_t, uint32_t> low24_;
    std::map<model::MacAddress, model::MacAddress> macs_;
    std::set<model::MacAddress> taken_;
};

}  // namespace knowhy::redact
