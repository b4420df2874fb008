// Queues between devices and the stack: the CPU's backlog, veth's ring, tun's.
#include "explain/causes.h"

namespace knowhy::explain {

std::vector<Cause> queue_causes() {
    return {};
}

}  // namespace knowhy::explain
