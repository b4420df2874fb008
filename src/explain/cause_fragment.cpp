// Fragments that never became a packet.
#include "explain/causes.h"

namespace knowhy::explain {

std::vector<Cause> fragment_causes() {
    return {};
}

}  // namespace knowhy::explain
