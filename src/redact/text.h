// Addresses in what was written for people: a rule's text, a problem, a command.
#pragma once

#include <string>
#include <vector>

#include "redact/address_map.h"

namespace knowhy::redact {

// Every IPv4, IPv6 and MAC address in the text, replaced; and each of the names, as a whole word,
// by "host".
std::string redact_text(const std::string& text, AddressMap& map,
                        const std::vector<std::string>& names);

}  // namespace knowhy::redact
