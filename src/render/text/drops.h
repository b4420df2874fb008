// Findings as text for people, 100 columns wide unless told otherwise.
#pragma once

#include <string>
#include <vector>

#include "model/finding.h"
#include "model/observation.h"

namespace knowhy::render {

struct TextOptions {
    bool colour = false;
    bool stack = false;     // --stack: the whole kernel stack of each finding's sample
    bool harmless = false;  // --harmless: list them too, not only their number
    unsigned width = 100;
};

std::string finding_text(const model::Finding& finding, const model::Observation& observation,
                         const TextOptions& options);

// Findings, harmless ones apart, and the summary.
std::string drops_report(const std::vector<model::Finding>& findings,
                         const std::vector<model::UnexplainedCounter>& unexplained,
                         const model::Observation& observation, const TextOptions& options);

// The summary alone: arithmetic that closes, what was not seen, counters that nothing explains.
std::string drops_summary(const std::vector<model::Finding>& findings,
                          const std::vector<model::UnexplainedCounter>& unexplained,
                          const model::Observation& observation, const TextOptions& options);

// The state of a run that is still going, at most `rows` lines: a line per finding, the busiest
// first, and the books so far.
std::string drops_table(const std::vector<model::Finding>& findings,
                        const model::Observation& observation, const TextOptions& options,
                        unsigned rows);

// One dropped packet on one line, for --each. With options.stack its kernel stack follows.
std::string drop_line(const model::Finding& finding, const model::DropGroup& group,
                      const model::DropSample& sample, const ClockPair& clock,
                      const TextOptions& options);

}  // namespace knowhy::render
