// Segments that an established connection does not take.
#include "explain/causes.h"

namespace knowhy::explain {

std::vector<Cause> tcp_segment_causes() {
    return {};
}

}  // namespace knowhy::explain
