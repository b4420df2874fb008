// What the page's script draws: losses and calls, as JSON.
#pragma once

#include <string>

#include "model/nesting.h"
#include "render/html/report.h"

namespace knowhy::render {

// Times in it are nanoseconds since the first call or loss. docs: timeline.cpp has the
// shape, assets/timeline.js reads it.
std::string timeline_json(const ReportPage& page, const model::Nesting& nesting);

}  // namespace knowhy::render
