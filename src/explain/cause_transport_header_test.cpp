#include "explain/fixture.h"

namespace knowhy::explain::testing {

std::vector<Fixture> transport_header_fixtures() {
    return {};
}

}  // namespace knowhy::explain::testing
