// A recording as one HTML page that asks nothing of the network: its findings, a timeline, the
// calls, the state of every namespace. Findings and state are there without JavaScript, too.
#pragma once

#include <string>
#include <vector>

#include "base/sink.h"
#include "model/finding.h"
#include "model/observation.h"
#include "model/seen_drop.h"

namespace knowhy::render {

struct ReportPage {
    std::string name;  // the recording's
    const model::Observation& observation;
    std::vector<model::Finding> findings;   // what became of packets
    std::vector<model::Finding> diagnosis;  // what is wrong with the state
    std::vector<model::UnexplainedCounter> unexplained;
    std::vector<model::SeenDrop> drops;  // in any order
};

// A page has at most so many calls and drops, the first ones, and says how many it has not.
constexpr size_t kMostCalls = 20'000;
constexpr size_t kMostDrops = 20'000;

Status write_report_page(const ReportPage& page, const Sink& out);

}  // namespace knowhy::render
