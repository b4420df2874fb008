// Refused by IPv6: disabled, no address yet, no way on, neighbour discovery from afar.
#include "explain/causes.h"

namespace knowhy::explain {

std::vector<Cause> ipv6_causes() {
    return {};
}

}  // namespace knowhy::explain
