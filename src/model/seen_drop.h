// A packet that was lost and looked at, as a timeline shows it: when, where, and what became of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace knowhy::model {

struct SeenDrop {
    uint64_t time_ns = 0;  // CLOCK_MONOTONIC
    size_t finding = 0;    // into the findings that it goes with
    uint32_t cpu = 0;
    uint32_t pid = 0;  // of the task that was current
    std::string comm;
    std::string packet;  // what Decoded::summary says; raw
};

}  // namespace knowhy::model
