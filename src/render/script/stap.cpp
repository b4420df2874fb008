#include "render/script/stap.h"

#include <fmt/format.h>

#include <algorithm>

#include "render/script/map.h"
#include "render/script/values.h"

namespace knowhy::render {
namespace {

using model::MapDump;
using model::Value;

constexpr uint64_t kBarWidth = 50;
constexpr std::string_view kHeading = "value";
// Empty lines beside what counted something: so many are printed, longer runs are one "~".
constexpr size_t kMargin = 2;

struct Row {
    std::string label;
    uint64_t count = 0;
};

size_t digits(int64_t value) {
    return std::to_string(value).size();
}

class Rows {
  public:
    explicit Rows(const Value::Histogram& histogram) : histogram_(histogram) {
        for (const Value::Bucket& bucket : histogram.buckets) {
            rows_.push_back({label(bucket), bucket.count});
        }
        add_margins();
    }

    [[nodiscard]] const std::vector<Row>& all() const { return rows_; }

    [[nodiscard]] size_t label_width() const {
        size_t width = kHeading.size();
        for (const Row& row : rows_) width = std::max(width, row.label.size());
        // SystemTap leaves room for where the last line ends.
        if (histogram_.linear) width = std::max(width, end_width());
        return width;
    }

  private:
    [[nodiscard]] static bool is_below(const Value::Bucket& bucket) {
        return bucket.first == INT64_MIN;
    }
    [[nodiscard]] bool is_above(const Value::Bucket& bucket) const {
        return histogram_.linear && bucket.last == INT64_MAX;
    }

    [[nodiscard]] std::string label(const Value::Bucket& bucket) const {
        if (is_below(bucket)) return fmt::format("<{}", histogram_.linear ? histogram_.min : 0);
        if (is_above(bucket)) return fmt::format(">{}", bucket.first - histogram_.step);
        return std::to_string(bucket.first);
    }

    void add_margins() {
        if (histogram_.buckets.empty()) return;
        const Value::Bucket& first = histogram_.buckets.front();
        std::optional<int64_t> before = is_below(first) ? std::nullopt : previous(first.first);
        for (size_t i = 0; i < kMargin && before; ++i, before = previous(*before)) {
            rows_.insert(rows_.begin(), {std::to_string(*before), 0});
        }
        const Value::Bucket& last = histogram_.buckets.back();
        if (is_above(last)) return;
        last_ = is_below(last) && histogram_.linear ? histogram_.min - histogram_.step : last.first;
        auto after = is_below(last) && !histogram_.linear ? std::optional<int64_t>(0) : next(last_);
        for (size_t i = 0; i < kMargin && after; ++i, after = next(last_)) {
            last_ = *after;
            rows_.push_back({std::to_string(last_), 0});
        }
    }

    // Where the bucket before or after that one begins; nullopt where there is none, or only the
    // one for all below or above, which is printed only when it counted something.
    [[nodiscard]] std::optional<int64_t> previous(int64_t first) const {
        if (histogram_.linear) {
            if (first <= histogram_.min) return std::nullopt;
            return first - histogram_.step;
        }
        if (first <= 0) return std::nullopt;
        return first / 2;
    }
    [[nodiscard]] std::optional<int64_t> next(int64_t first) const {
        if (histogram_.linear) {
            if (first > histogram_.max - 2 * histogram_.step) return std::nullopt;
            return first + histogram_.step;
        }
        if (first >= int64_t{1} << 62) return std::nullopt;
        return std::max<int64_t>(first * 2, 1);
    }

    [[nodiscard]] size_t end_width() const {
        const Value::Bucket& last = histogram_.buckets.back();
        if (is_above(last)) return digits(last.first + histogram_.step) + 1;
        return digits(last_ + histogram_.step);
    }

    const Value::Histogram& histogram_;
    std::vector<Row> rows_;
    int64_t last_ = 0;  // where the last line's bucket begins
};

bool among_zeros(const std::vector<Row>& rows, size_t at) {
    const auto from = rows.begin() + static_cast<ptrdiff_t>(at - std::min(at, kMargin));
    const auto to = rows.begin() + static_cast<ptrdiff_t>(std::min(at + kMargin + 1, rows.size()));
    return std::all_of(from, to, [](const Row& row) { return row.count == 0; });
}

std::string statistic_text(const Value::Statistic& value, const ScriptOptions& options) {
    return ' ' + value_text({value}, options);
}

std::string global_key(const Value& key) {
    const auto one = [](const Value& part) {
        const auto* text = part.get<Value::Text>();
        return text != nullptr ? '"' + stap_escaped(text->raw) + '"' : value_text(part, {});
    };
    const auto* tuple = key.get<Value::Tuple>();
    if (tuple == nullptr) return one(key);
    std::string all;
    for (const Value& part : tuple->elements) {
        if (&part != tuple->elements.data()) all += ',';
        all += one(part);
    }
    return all;
}

std::string global_value(const Value& value, const ScriptOptions& options) {
    if (const auto* statistic = value.get<Value::Statistic>()) {
        return statistic_text(*statistic, options);
    }
    if (const auto* text = value.get<Value::Text>()) {
        return "=\"" + stap_escaped(text->raw) + '"';
    }
    if (const auto* number = value.get<Value::Integer>()) {
        return fmt::format("={:#x}", static_cast<uint64_t>(number->bits));
    }
    return '=' + value_text(value, options);
}

}  // namespace

std::string stap_histogram_text(const Value::Histogram& histogram) {
    if (histogram.buckets.empty()) return "\n";
    const Rows rows(histogram);
    uint64_t most = 0;
    for (const Row& row : rows.all()) most = std::max(most, row.count);
    const uint64_t scale = most <= kBarWidth ? 1 : (most + kBarWidth - 1) / kBarWidth;
    const size_t width = rows.label_width();
    std::string text =
        fmt::format("{:>{}} |{} count\n", kHeading, width, std::string(kBarWidth, '-'));
    bool left_out = false;
    for (size_t i = 0; i < rows.all().size(); ++i) {
        const Row& row = rows.all()[i];
        if (among_zeros(rows.all(), i)) {
            left_out = true;
            continue;
        }
        if (left_out) text += std::string(width, ' ') + " ~\n";
        left_out = false;
        const uint64_t bar = row.count / scale;
        text += fmt::format("{:>{}} |{}{:>{}}\n", row.label, width, std::string(bar, '@'),
                            row.count, kBarWidth - bar + 1 + std::to_string(most).size());
    }
    return text + '\n';
}

std::string stap_global_text(const MapDump& map, const ScriptOptions& options) {
    std::string text;
    for (const MapDump::Entry& entry : printed_entries(map, options)) {
        text += map.name;
        if (map.keyed) text += '[' + global_key(entry.key) + ']';
        text += global_value(entry.value, options) + '\n';
    }
    return text;
}

std::string stap_escaped(const std::string& raw) {
    static constexpr std::string_view kNamed = "\a\b\f\n\r\t\v\"\\";
    static constexpr std::string_view kNames = "abfnrtv\"\\";
    std::string text;
    for (const char c : raw) {
        const auto byte = static_cast<uint8_t>(c);
        const size_t named = kNamed.find(c);
        if (named != std::string_view::npos) {
            text += {'\\', kNames[named]};
        } else if (byte >= 0x20 && byte < 0x7f) {
            text += c;
        } else {
            text += fmt::format("\\{:03o}", byte);
        }
    }
    return text;
}

}  // namespace knowhy::render
