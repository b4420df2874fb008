#include "explain/fixture.h"

namespace knowhy::explain::testing {

std::vector<Fixture> queue_fixtures() {
    return {};
}

}  // namespace knowhy::explain::testing
