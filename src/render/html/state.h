// The state of a network namespace as tables.
#pragma once

#include <string>

#include "model/state.h"

namespace knowhy::render {

// Its name, what could not be read, and a table of each kind of thing that it has.
std::string namespace_html(const model::NetnsState& state);

// Host-wide counters that moved, and the modules.
std::string host_html(const model::HostState& host);

// Parts of the first: links and what hangs on them; addresses, routes and neighbours; filters,
// queues and settings.
std::string links_html(const model::NetnsState& state);
std::string network_html(const model::NetnsState& state);
std::string filters_html(const model::NetnsState& state);

// "eth0"; "ifindex 7" of a device that was not read; "" for 0.
std::string device_name(const model::NetnsState& state, uint32_t ifindex);
// What was counted meanwhile: name, at the beginning, at the end, how much it moved.
std::string counters_html(const model::Counters& before, const model::Counters& after);

}  // namespace knowhy::render
