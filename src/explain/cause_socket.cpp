// At the socket: nobody there, no room, a filter.
#include "explain/causes.h"

namespace knowhy::explain {

std::vector<Cause> socket_causes() {
    return {};
}

}  // namespace knowhy::explain
