// From what was seen to why: rules over an Observation. Reads the model only, so that a recording
// is explained anywhere just as the live run was.
#pragma once

#include <string>
#include <vector>

#include "model/finding.h"
#include "model/observation.h"

namespace knowhy::explain {

// All findings, the lost ones first, then by count. Groups of one (cause, place, device, namespace)
// are one finding. Counters that no group explains become findings of their own where a cause knows
// them (a full listen queue drops without a free).
std::vector<model::Finding> explain(const model::Observation& observation);

// Counters that moved without a finding that explains all of it.
std::vector<model::UnexplainedCounter> unexplained_counters(
    const model::Observation& observation, const std::vector<model::Finding>& findings);

// Which sysctls the causes that could apply to this group need, by full name.
std::vector<std::string> sysctls_wanted(const model::DropGroup& group,
                                        const model::NetnsState* state);

// The catalogue, for docs/causes.md.
struct CauseInfo {
    std::string id;         // "source-local"
    std::string title;      // "the source is one of this host's own addresses"
    std::string facts;      // what it needs
    std::string certainty;  // when certain, when likely
    std::string lab_case;   // the case file that shows it, "" when it cannot be shown
};
std::vector<CauseInfo> catalogue();

}  // namespace knowhy::explain
