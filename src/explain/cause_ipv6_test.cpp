#include "explain/fixture.h"

namespace knowhy::explain::testing {

std::vector<Fixture> ipv6_fixtures() {
    return {};
}

}  // namespace knowhy::explain::testing
