// What is wrong with a host's network state: rules over a namespace as it was read, and over what
// its counters did while it was watched. Reads the model only, so that a recording is diagnosed
// anywhere.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/finding.h"
#include "model/observation.h"

namespace knowhy::explain {

// All findings about the observation's namespaces: faults (verdict n/a) first, then what looks odd
// and is normal (harmless). With a device in the scope, those about it, its master and what it is
// built on or made of. Counters move only where `before` was read.
std::vector<model::Finding> diagnose(const model::Observation& observation);

// The sysctls that the rules need of this namespace, by full name.
std::vector<std::string> sysctls_to_diagnose(const model::NetnsState& state);

struct RuleInfo {
    std::string id;         // "bond-no-speed"
    std::string title;      // "A slave's driver does not tell its speed"
    std::string facts;      // what it needs
    std::string certainty;  // when certain, when likely
    std::string remedy;     // what it means and what helps
    std::string lab_case;   // the case that shows it; "" when the lab cannot
};
std::vector<RuleInfo> diagnoses();

}  // namespace knowhy::explain
