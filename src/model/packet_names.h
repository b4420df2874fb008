// The names of numbers in packets that only packet.cpp needs.
#pragma once

#include <cstdint>
#include <string>

namespace knowhy::model {

// "echo request" for ICMP type 8, "type 40" for one without a usual name. `v6`: ICMPv6.
std::string icmp_type_name(bool v6, uint8_t type);
// "RC SEND_ONLY" for 4, "opcode 0x1f" for one without a name.
std::string roce_opcode_name(uint8_t opcode);
// "STP" for 0x42, "sap 0x04" for one without a usual name.
std::string llc_sap_name(uint8_t sap);

}  // namespace knowhy::model
