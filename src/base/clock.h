// The two clocks of the house. Events are stamped by the kernel with CLOCK_MONOTONIC
// (bpf_ktime_get_ns); people and JSON want CLOCK_REALTIME. A ClockPair read once joins them.
#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>

namespace knowhy {

struct ClockPair {
    uint64_t realtime_ns = 0;   // CLOCK_REALTIME, ns since the epoch
    uint64_t monotonic_ns = 0;  // CLOCK_MONOTONIC at the same moment
    uint64_t boot_ns = 0;       // CLOCK_BOOTTIME at the same moment
    // Seconds that local time was ahead of UTC there, so that a recording tells its own time of day
    // wherever it is read. Absent in recordings made before it was kept.
    std::optional<int32_t> utc_offset_s = std::nullopt;

    static ClockPair now();

    [[nodiscard]] uint64_t to_realtime(uint64_t monotonic) const {
        return realtime_ns + monotonic - monotonic_ns;
    }
    [[nodiscard]] uint64_t to_boot(uint64_t monotonic) const {
        return boot_ns + monotonic - monotonic_ns;
    }
    // "14:02:11.318", local time there.
    [[nodiscard]] std::string time_of_day(uint64_t monotonic) const;
};

uint64_t monotonic_now_ns();
// What the calling thread has used of a CPU.
uint64_t thread_cpu_ns();

// Local time of a moment of CLOCK_REALTIME: that of the machine when no offset is given.
std::tm local_time(uint64_t realtime_ns, std::optional<int32_t> utc_offset_s = {});

}  // namespace knowhy
