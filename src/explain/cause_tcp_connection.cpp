// No connection to take the segment: nobody listens, full queues, TIME_WAIT.
#include "explain/causes.h"

namespace knowhy::explain {

std::vector<Cause> tcp_connection_causes() {
    return {};
}

}  // namespace knowhy::explain
