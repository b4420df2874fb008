#include "explain/fixture.h"

namespace knowhy::explain::testing {

std::vector<Fixture> harmless_tcp_fixtures() {
    return {};
}

}  // namespace knowhy::explain::testing
