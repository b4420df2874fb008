// The options of an IPv4 header, from the bytes that were copied.
#pragma once

#include "model/drop.h"

namespace knowhy::explain {

// True when the header carries a loose or strict source route (RFC 791); false when it does not, or
// when its options were not copied.
bool asks_for_source_route(const model::DropSample* sample);

}  // namespace knowhy::explain
