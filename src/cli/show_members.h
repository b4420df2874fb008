// The members of the kernel's large structs that tell most, for who asks for an object by its name.
// A kernel that does not have one of them leaves it out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace knowhy::cli {

// Of "net_device", "bonding", "slave", "port", "aggregator", "sock", "tcp_sock", "udp_sock"; empty
// for other structs: all members are told.
std::vector<std::string> telling_members(std::string_view type);

}  // namespace knowhy::cli
