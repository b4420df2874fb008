// A recording in the Trace Event Format (the JSON that Chrome's tracing and Perfetto open): calls
// by thread, lost packets by finding, counters that moved. Written as it goes, one event a line,
// times in microseconds since the first call or loss, ascending.
#pragma once

#include <string>
#include <vector>

#include "base/sink.h"
#include "model/finding.h"
#include "model/observation.h"
#include "model/seen_drop.h"

namespace knowhy::render {

Status write_trace_events(const model::Observation& observation,
                          const std::vector<model::Finding>& findings,
                          std::vector<model::SeenDrop> drops, const Sink& out);

}  // namespace knowhy::render
