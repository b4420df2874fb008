// The books of one run, closed: every event is in exactly one of the parts.
#pragma once

#include <cstdint>
#include <vector>

#include "model/finding.h"
#include "model/observation.h"

namespace knowhy::model {

struct Tally {
    uint64_t events = 0;
    uint64_t lost = 0;
    uint64_t harmless = 0;
    uint64_t unknown = 0;
    uint64_t other = 0;  // counted without a key: the kernel's map was full

    // events - (lost + harmless + unknown + other): 0, or something of ours is wrong.
    int64_t unaccounted = 0;
};

// Findings that rest on a counter alone (no place) were never events and are left out.
Tally tally(const std::vector<Finding>& findings, const Accounting& accounting);

}  // namespace knowhy::model
