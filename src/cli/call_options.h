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

// The calls, as text or JSON Lines. Nothing where there are none.
Status report_calls(Output& output, const model::Observation& recorded, const CallView& view,
                    bool json);

}  // namespace knowhy::cli
