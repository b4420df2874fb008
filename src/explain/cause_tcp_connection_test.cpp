#include "explain/fixture.h"

namespace knowhy::explain::testing {

std::vector<Fixture> tcp_connection_fixtures() {
    return {};
}

}  // namespace knowhy::explain::testing
