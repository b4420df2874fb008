// Histograms as lines of bars.
#include <fmt/format.h>

#include <algorithm>

#include "render/script/values.h"

namespace knowhy::render {
namespace {

using model::Value;

constexpr int kBarWidth = 52;
constexpr std::string_view kSuffixes = "KMGTPE";

class Labels {
  public:
    Labels(const Value::Histogram& histogram, const ScriptOptions& options)
        : histogram_(histogram), old_(options.is_017()) {}

    [[nodiscard]] std::string label(const Value::Bucket& bucket) const {
        // 2^63 where the bucket is hist()'s last.
        const uint64_t end = static_cast<uint64_t>(bucket.last) + 1;
        if (bucket.first == INT64_MIN) return fmt::format("(..., {})", bound(end));
        const std::string first = bound(static_cast<uint64_t>(bucket.first));
        if (histogram_.linear && bucket.last == INT64_MAX) {
            // 0.17 labels it by max even where the steps end before it.
            const auto max = static_cast<uint64_t>(histogram_.max);
            return fmt::format("[{}, ...)", old_ ? bound(max) : first);
        }
        const bool single = bucket.first == bucket.last && !(histogram_.linear && old_);
        if (single) return fmt::format("[{}]", first);
        return fmt::format("[{}, {})", first, bound(end));
    }

  private:
    [[nodiscard]] std::string bound(uint64_t value) const {
        return histogram_.linear ? linear_bound(static_cast<int64_t>(value)) : power_bound(value);
    }

    // A suffix by the size of the bucket that begins there, not by the value: with 2^bits parts a
    // power of two, 1024 is not 1K until the parts are 1K wide.
    [[nodiscard]] std::string power_bound(uint64_t value) const {
        if (value < uint64_t{2} << histogram_.bits) return std::to_string(value);
        const auto top = static_cast<uint32_t>(63 - __builtin_clzll(value));
        const uint32_t thousands = (top - histogram_.bits) / 10;
        if (thousands == 0) return std::to_string(value);
        return fmt::format("{}{}", value >> (10 * thousands), kSuffixes[thousands - 1]);
    }

    [[nodiscard]] std::string linear_bound(int64_t value) const {
        constexpr int64_t kilo = 1024;
        const bool plain = !old_ && histogram_.step % kilo != 0;
        if (plain || value == 0 || value % kilo != 0) return std::to_string(value);
        if (value % (kilo * kilo) == 0) return fmt::format("{}M", value / (kilo * kilo));
        return fmt::format("{}K", value / kilo);
    }

    const Value::Histogram& histogram_;
    bool old_;
};

// In floats, as the peer: a double would make some bars one column longer.
int bar_columns(uint64_t count, uint64_t most) {
    return static_cast<int>(static_cast<float>(count) / static_cast<float>(most) * kBarWidth);
}

}  // namespace

std::string histogram_text(const Value::Histogram& histogram, const ScriptOptions& options,
                           uint64_t divisor) {
    const Labels labels(histogram, options);
    const uint64_t by = histogram.linear ? 1 : std::max<uint64_t>(divisor, 1);
    // 0.17 draws what was counted beside what is printed.
    const uint64_t drawn_by = options.is_017() ? 1 : by;
    uint64_t most = 0;
    for (const Value::Bucket& bucket : histogram.buckets) {
        most = std::max(most, bucket.count / drawn_by);
    }
    std::string text;
    for (const Value::Bucket& bucket : histogram.buckets) {
        const int columns = most == 0 ? 0 : bar_columns(bucket.count / drawn_by, most);
        text += fmt::format("{:<16}{:>8} |{:<{}}|\n", labels.label(bucket), bucket.count / by,
                            std::string(static_cast<size_t>(columns), '@'), kBarWidth);
    }
    return text;
}

}  // namespace knowhy::render
