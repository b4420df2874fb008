// From an Observation to what a person or a program reads: the one way that live runs, recordings
// and the demo take.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/output.h"
#include "model/finding.h"
#include "model/observation.h"
#include "render/text/drops.h"

namespace knowhy::cli {

struct View {
    bool json = false;
    bool stack = false;
    bool harmless = false;
};

// True for a finding that someone should look at: lost, or not known to be harmless.
bool matters(const model::Finding& finding);

class Presenter {
  public:
    Presenter(Output& output, View view);

    // Findings, then the summary. True when one of them matters.
    Result<bool> report(const model::Observation& observation);
    // Where a run stands. Text: all findings and the books so far. JSON: the findings that changed
    // since the last time; the summary is for the end alone.
    Status progress(const model::Observation& observation);
    // The same as a table that replaces the one before it. Only for a terminal.
    Status redraw(const model::Observation& observation);

    Status armed(unsigned probes);
    // One packet, as --each shows it.
    Status drop(const model::Finding& finding, const model::DropGroup& group,
                const model::DropSample& sample, const ClockPair& clock);

  private:
    Status erase_table();
    Status write_findings_json(const std::vector<model::Finding>& findings, const ClockPair& clock);

    Output& output_;
    View view_;
    render::TextOptions text_;
    size_t table_lines_ = 0;                      // on the screen now
    std::map<std::string, model::Finding> told_;  // by id: as in the last JSON line
};

}  // namespace knowhy::cli
