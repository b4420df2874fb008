// Ethernet frames, right or deliberately wrong, from the keys of a recipe.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "args.h"

namespace knowhy::lab {

using Bytes = std::vector<uint8_t>;
using Mac = std::array<uint8_t, 6>;

// The addresses of the base lab: va in namespace A, vb in namespace B (lab/guest/helpers.sh).
inline constexpr const char* kMacA = "02:00:00:00:0a:01";
inline constexpr const char* kMacB = "02:00:00:00:0b:01";

Mac parse_mac(const std::string& text);

// Frame number `index` of a recipe's keys. Without any key: UDP 10.1.0.1:1111 > 10.1.0.2:9 with 20
// bytes of payload, from va's MAC to vb's. lab/README.md lists the keys.
Bytes build_frame(const Args& args, unsigned index);

}  // namespace knowhy::lab
