// A recording for other programs: a page for a browser, a trace for Chrome's or Perfetto's viewer.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/sink.h"
#include "model/observation.h"

namespace knowhy::cli {

// A packet that its group did not keep.
struct OtherPacket {
    model::DropGroup group;  // without its samples
    model::DropSample sample;
};

// Each creates the file or truncates it.
Status export_html(const std::string& path, const std::string& recording,
                   const model::Observation& recorded, const std::vector<OtherPacket>& others);
Status export_chrome(const std::string& path, const model::Observation& recorded,
                     const std::vector<OtherPacket>& others);

// Calls `write` with a sink into that file, which it creates or truncates.
Status write_into(const std::string& path, const std::function<Status(const Sink&)>& write);

}  // namespace knowhy::cli
