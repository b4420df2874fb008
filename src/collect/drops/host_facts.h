// What a run notes about the host itself.
#pragma once

#include "model/state.h"

namespace knowhy::collect {

// Release, machine, build-id, loaded modules, and the host-wide counters before the run.
void read_host_before(model::HostState& host);
// The host-wide counters after it, and the modules then loaded.
void read_host_after(model::HostState& host);

}  // namespace knowhy::collect
