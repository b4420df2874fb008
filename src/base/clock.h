// The two clocks of the house. Events are stamped by the kernel with CLOCK_MONOTONIC
// (bpf_ktime_get_ns); people and JSON want CLOCK_REALTIME. A ClockPair read once joins them.
#pragma once

#include <cstdint>
#include <string>

namespace knowhy {

struct ClockPair {
    uint64_t realtime_ns = 0;   // CLOCK_REALTIME, ns since the epoch
    uint64_t monotonic_ns = 0;  // CLOCK_MONOTONIC at the same moment
    uint64_t boot_ns = 0;       // CLOCK_BOOTTIME at the same moment

    static ClockPair now();

    [[nodiscard]] uint64_t to_realtime(uint64_t monotonic) const {
        return realtime_ns + monotonic - monotonic_ns;
    }
    [[nodiscard]] uint64_t to_boot(uint64_t monotonic) const {
        return boot_ns + monotonic - monotonic_ns;
    }
};

uint64_t monotonic_now_ns();
// What the calling thread has used of a CPU.
uint64_t thread_cpu_ns();

// "14:02:11.318", local time.
std::string time_of_day(uint64_t realtime_ns);

}  // namespace knowhy
