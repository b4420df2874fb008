#include "base/clock.h"

#include <fmt/format.h>

#include <ctime>

namespace knowhy {
namespace {

constexpr uint64_t kNsPerSecond = 1'000'000'000;

uint64_t read_clock(clockid_t id) {
    timespec ts{};
    clock_gettime(id, &ts);
    return static_cast<uint64_t>(ts.tv_sec) * kNsPerSecond + static_cast<uint64_t>(ts.tv_nsec);
}

}  // namespace

ClockPair ClockPair::now() {
    return {read_clock(CLOCK_REALTIME), read_clock(CLOCK_MONOTONIC), read_clock(CLOCK_BOOTTIME)};
}

uint64_t monotonic_now_ns() {
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t thread_cpu_ns() {
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

std::string time_of_day(uint64_t realtime_ns) {
    const auto seconds = static_cast<time_t>(realtime_ns / kNsPerSecond);
    tm local{};
    localtime_r(&seconds, &local);
    return fmt::format("{:02}:{:02}:{:02}.{:03}", local.tm_hour, local.tm_min, local.tm_sec,
                       realtime_ns % kNsPerSecond / 1'000'000);
}

}  // namespace knowhy
