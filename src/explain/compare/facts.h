// A namespace's state as single facts that can be held against those of another host: by name,
// never by ifindex, handle or inode number.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/state.h"

namespace knowhy::explain {

// What a difference of such a fact means. The first is the strongest.
enum class Nature : uint8_t {
    Setting,    // somebody chose it
    Condition,  // what came of settings, of drivers, of other hosts
    Other,      // chosen, by people or by the amount of memory; a packet's way seldom depends on it
    Identity,   // differs between any two hosts
    Moving,     // may differ between any two looks at one host
};

struct StateFact {
    Nature nature = Nature::Setting;
    std::string kind;    // "sysctl", "route", "link"...
    std::string device;  // "" of none
    std::string name;
    std::string value;
    std::string set;    // the command that makes it so; "" none that is safe to name
    std::string unset;  // the command that ends it
    // What must exist on a side for this fact to mean anything there: "link eth0", "address
    // 10.0.0.1", "chain inet filter input". "" nothing.
    std::string depends;
};

// Things that facts depend on, as StateFact::depends names them.
std::string link_thing(std::string_view device);
std::string address_thing(const model::IpAddress& address);
std::string chain_thing(const model::NftChain& chain);

// Whose a MAC is, in all of a side's namespaces: "v1". A MAC that was made up at random means
// nothing on another host, but whose it is does.
using MacOwners = std::map<model::MacAddress, std::string>;
MacOwners mac_owners(const model::HostState& host);

// All of a namespace but nft rules, which are lists (rule_lists.h). `detailed`: with what only a
// diagnosis and a recording of functions ask for.
std::vector<StateFact> facts_of(const model::NetnsState& state, const MacOwners& owners,
                                bool detailed);

// The areas of which that is made, by file.
void add_link_facts(const model::NetnsState& state, bool detailed, std::vector<StateFact>& facts);
void add_bond_facts(const model::NetnsState& state, const model::Link& link,
                    std::vector<StateFact>& facts);
void add_bridge_facts(const model::NetnsState& state, const model::Link& link,
                      std::vector<StateFact>& facts);
void add_hardware_facts(const model::Link& link, std::vector<StateFact>& facts);
void add_address_facts(const model::NetnsState& state, const MacOwners& owners,
                       std::vector<StateFact>& facts);  // routes, rules and neighbours too
void add_filter_facts(const model::NetnsState& state, bool detailed, std::vector<StateFact>& facts);
void add_sysctl_facts(const model::NetnsState& state, std::vector<StateFact>& facts);

// "v1", or "" for ifindex 0; "ifindex 7" of a device that is not in the state.
std::string device_of(const model::NetnsState& state, uint32_t ifindex);

}  // namespace knowhy::explain
