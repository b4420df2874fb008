#include "explain/fixture.h"

namespace knowhy::explain::testing {

std::vector<Fixture> fragment_fixtures() {
    return {};
}

}  // namespace knowhy::explain::testing
