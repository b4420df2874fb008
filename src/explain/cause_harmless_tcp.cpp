// TCP's own housekeeping.
#include "explain/causes.h"

namespace knowhy::explain {

std::vector<Cause> harmless_tcp_causes() {
    return {};
}

}  // namespace knowhy::explain
