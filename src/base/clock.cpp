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
    ClockPair pair{read_clock(CLOCK_REALTIME), read_clock(CLOCK_MONOTONIC),
                   read_clock(CLOCK_BOOTTIME), std::nullopt};
    pair.utc_offset_s = static_cast<int32_t>(local_time(pair.realtime_ns).tm_gmtoff);
    return pair;
}

std::string ClockPair::time_of_day(uint64_t monotonic) const {
    const uint64_t realtime = to_realtime(monotonic);
    const std::tm local = local_time(realtime, utc_offset_s);
    return fmt::format("{:02}:{:02}:{:02}.{:03}", local.tm_hour, local.tm_min, local.tm_sec,
                       realtime % kNsPerSecond / 1'000'000);
}

uint64_t monotonic_now_ns() {
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t thread_cpu_ns() {
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

std::tm local_time(uint64_t realtime_ns, std::optional<int32_t> utc_offset_s) {
    auto seconds = static_cast<time_t>(realtime_ns / kNsPerSecond);
    std::tm local{};
    if (!utc_offset_s) {
        localtime_r(&seconds, &local);
        return local;
    }
    seconds += *utc_offset_s;
    gmtime_r(&seconds, &local);
    local.tm_gmtoff = *utc_offset_s;
    return local;
}

}  // namespace knowhy
