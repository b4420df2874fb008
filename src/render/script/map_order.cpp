// In which order a map is printed.
#include <algorithm>
#include <compare>

#include "render/script/map.h"

namespace knowhy::render {
namespace {

using model::MapDump;
using model::Value;

std::strong_ordering compare_numbers(const Value::Integer& left, const Value::Integer& right) {
    if (left.is_signed) return left.bits <=> right.bits;
    return static_cast<uint64_t>(left.bits) <=> static_cast<uint64_t>(right.bits);
}

// What maps of numbers are ordered by.
std::optional<Value::Integer> weight(const Value& value) {
    if (const auto* integer = value.get<Value::Integer>()) return *integer;
    if (const auto* enumerated = value.get<Value::Enumerated>()) return enumerated->value;
    if (const auto* average = value.get<Value::Average>()) return average->mean();
    const auto unsigned_number = [](uint64_t number) {
        return Value::Integer{static_cast<int64_t>(number), false, 8};
    };
    if (const auto* histogram = value.get<Value::Histogram>()) {
        return unsigned_number(histogram->total());
    }
    if (const auto* statistic = value.get<Value::Statistic>()) {
        return unsigned_number(statistic->count);
    }
    return std::nullopt;
}

// SystemTap sorts by strings, too.
std::strong_ordering compare_values(const Value& left, const Value& right, bool texts) {
    const auto ours = weight(left);
    const auto theirs = weight(right);
    if (ours && theirs) return compare_numbers(*ours, *theirs);
    const auto* text = left.get<Value::Text>();
    const auto* other = right.get<Value::Text>();
    if (!texts || text == nullptr || other == nullptr) return std::strong_ordering::equal;
    return text->raw.compare(other->raw) <=> 0;
}

class KeyOrder {
  public:
    explicit KeyOrder(const ScriptOptions& options) : unsigned_(options.is_017()) {}

    [[nodiscard]] std::strong_ordering compare(const Value& left, const Value& right) const {
        if (const auto* number = left.get<Value::Integer>()) {
            const auto* other = right.get<Value::Integer>();
            if (other != nullptr) return compare_integers(*number, *other);
        }
        if (const auto* text = left.get<Value::Text>()) {
            const auto* other = right.get<Value::Text>();
            if (other != nullptr) return text->raw.compare(other->raw) <=> 0;
        }
        if (const auto* tuple = left.get<Value::Tuple>()) {
            const auto* other = right.get<Value::Tuple>();
            if (other != nullptr) return compare_all(tuple->elements, other->elements);
        }
        return std::strong_ordering::equal;
    }

  private:
    // 0.17 takes all keys for unsigned, 0.26 all for signed of their size, whatever they are.
    [[nodiscard]] std::strong_ordering compare_integers(const Value::Integer& left,
                                                        const Value::Integer& right) const {
        if (unsigned_)
            return static_cast<uint64_t>(left.bits) <=> static_cast<uint64_t>(right.bits);
        return as_signed(left) <=> as_signed(right);
    }

    static int64_t as_signed(const Value::Integer& key) {
        const uint32_t unused = 64 - 8 * std::clamp<uint32_t>(key.bytes, 1, 8);
        return static_cast<int64_t>(static_cast<uint64_t>(key.bits) << unused) >> unused;
    }

    [[nodiscard]] std::strong_ordering compare_all(const std::vector<Value>& left,
                                                   const std::vector<Value>& right) const {
        const size_t both = std::min(left.size(), right.size());
        for (size_t i = 0; i < both; ++i) {
            const auto order = compare(left[i], right[i]);
            if (std::is_neq(order)) return order;
        }
        return left.size() <=> right.size();
    }

    bool unsigned_;
};

}  // namespace

std::vector<MapDump::Entry> printed_entries(const MapDump& map, const ScriptOptions& options) {
    std::vector<MapDump::Entry> entries = map.entries;
    const KeyOrder keys(options);
    const bool descending = options.is_systemtap();
    std::ranges::stable_sort(entries, [&](const MapDump::Entry& left, const MapDump::Entry& right) {
        const auto order = compare_values(left.value, right.value, descending);
        if (std::is_neq(order)) return descending ? std::is_gt(order) : std::is_lt(order);
        return std::is_lt(keys.compare(left.key, right.key));
    });
    // 0.17 takes no top for stats().
    const auto* stats = entries.empty() ? nullptr : entries[0].value.get<Value::Average>();
    const bool whole = options.is_017() && stats != nullptr && stats->with_total;
    if (map.top != 0 && entries.size() > map.top && !whole) {
        entries.erase(entries.begin(), entries.end() - static_cast<ptrdiff_t>(map.top));
    }
    return entries;
}

}  // namespace knowhy::render
