#include "collect/drops/budget.h"

#include <algorithm>

namespace knowhy::collect {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;
constexpr double kUsualRate = 1000;     // samples a second
constexpr double kSmallestRate = 20;    // below this there is nothing left to shed
constexpr double kBurst = 200;          // samples that may come at once
constexpr double kEachWhenShed = 4000;  // where shedding begins if every packet was wanted
// Windows over the budget, with nothing left to shed, before the run ends.
constexpr unsigned kPatience = 30;

}  // namespace

Budget::Budget(double max_cpu_percent, bool every_packet, unsigned cpus)
    : max_percent_(max_cpu_percent), every_packet_(every_packet), cpus_(std::max(cpus, 1U)) {
    set_rate(every_packet ? 0 : kUsualRate);
}

void Budget::set_rate(double samples_per_second) {
    rate_ = samples_per_second;
    if (rate_ == 0) {
        knobs_.sample_interval_ns = 0;
        return;
    }
    knobs_.sample_interval_ns = static_cast<uint64_t>(kSecond * cpus_ / rate_);
    knobs_.sample_burst_ns = static_cast<uint64_t>(kBurst * knobs_.sample_interval_ns);
}

Budget::Verdict Budget::look(const Cost& cost) {
    if (last_.now_ns == 0) {
        last_ = cost;
        return Verdict::Unchanged;
    }
    const uint64_t elapsed = cost.now_ns - last_.now_ns;
    if (elapsed < kSecond) return Verdict::Unchanged;
    const uint64_t runs = cost.work_runs - last_.work_runs;
    const double each =
        runs == 0 ? 0
                  : static_cast<double>(cost.work_ns - last_.work_ns) / static_cast<double>(runs);
    const double kernel_ns = each * static_cast<double>(cost.events - last_.events);
    const auto user_ns = static_cast<double>(cost.user_cpu_ns - last_.user_cpu_ns);
    percent_ = 100 * (kernel_ns + user_ns) / static_cast<double>(elapsed);
    last_ = cost;

    const double usual = every_packet_ ? 0 : kUsualRate;
    if (percent_ > max_percent_) {
        if (rate_ != 0 && rate_ <= kSmallestRate)
            return ++over_ >= kPatience ? Verdict::Over : Verdict::Unchanged;
        has_shed_ = true;
        set_rate(rate_ == 0 ? kEachWhenShed : std::max(rate_ / 2, kSmallestRate));
        return Verdict::Changed;
    }
    over_ = 0;
    if (rate_ == usual || percent_ > max_percent_ / 2) return Verdict::Unchanged;
    const double more = rate_ * 2;
    const double ceiling = every_packet_ ? kEachWhenShed : kUsualRate;
    set_rate(more >= ceiling ? usual : more);
    return Verdict::Changed;
}

}  // namespace knowhy::collect
