// The namespace that a diagnosis is about, read whole.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "cli/duration.h"
#include "model/observation.h"

namespace knowhy::cli {

struct PatientOptions {
    model::Scope scope;             // of one namespace; netns 0: the own one
    std::optional<Duration> watch;  // counters are read twice, that long apart
    bool all_sysctls = false;       // all of net.*, not only those that the rules look at
};

// Ctrl-C ends the watch early. What could not be read is in the namespace's problems.
Result<model::Observation> examine(const PatientOptions& options);

}  // namespace knowhy::cli
