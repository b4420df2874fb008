// How `knowhy report` is told which recorded calls to show, and how it shows them.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "cli/duration.h"
#include "cli/output.h"
#include "model/call_filter.h"
#include "model/observation.h"
#include "render/text/calls.h"

namespace knowhy::cli {

struct CallView {
    model::CallFilter filter;
    std::optional<Duration> from;  // since the first call
    std::optional<Duration> to;
    std::string order = "count";
    bool summary_only = false;
    bool full = false;
};

void add_call_options(CLI::App& app, CallView& view);

bool wants_all_calls(const CallView& view);
// The calls that are wanted.
model::Trace wanted_calls(const model::Trace& recorded, const CallView& view);

// A recording without its calls, and what they come to: of any number of calls no more are in
// memory than a block holds.
Result<model::Observation> load_summary(const std::string& path, const CallView& view,
                                        model::CallSums& sums);
model::CallSums sums_of(const model::Trace& trace, const CallView& view);

// The calls, as text or JSON Lines. Nothing where no functions were recorded.
Status report_calls(Output& output, const model::Observation& recorded, const model::CallSums& sums,
                    const CallView& view, bool json);

}  // namespace knowhy::cli
