#include "explain/fixture.h"

namespace knowhy::explain::testing {

std::vector<Fixture> tcp_segment_fixtures() {
    return {};
}

}  // namespace knowhy::explain::testing
