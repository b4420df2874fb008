#include "explain/fixture.h"

namespace knowhy::explain::testing {

std::vector<Fixture> socket_fixtures() {
    return {};
}

}  // namespace knowhy::explain::testing
