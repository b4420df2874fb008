// One value out of each CPU's.
#include <algorithm>
#include <limits>

#include "lang/values/decode.h"
#include "lang/values/reader.h"

namespace knowhy::lang {
namespace {

using Kind = Type::Kind;

class Merger {
  public:
    Merger(const Type& type, ByteSpan first) : type_(type), merged_(first.begin(), first.end()) {}

    void add(ByteSpan other) {
        switch (type_.kind) {
            case Kind::Integer:
                add_number(0, type_.bytes, other);
                break;
            case Kind::Count:
            case Kind::Sum:
            case Kind::Average:
            case Kind::Stats:
            case Kind::Histogram:
            case Kind::LinearHistogram:
                add_numbers(0, other);
                break;
            case Kind::Min:
            case Kind::Max:
                keep_extreme(other);
                break;
            case Kind::Statistic:
                add_statistic(other);
                break;
            default:
                break;
        }
    }

    std::vector<std::byte> take() { return std::move(merged_); }

  private:
    [[nodiscard]] int64_t at(uint64_t offset) const {
        return number_at<int64_t>(merged_, offset).value_or(0);
    }

    void put(uint64_t offset, int64_t value, size_t size = 8) {
        if (part(merged_, offset, size).size() < size) return;
        std::memcpy(merged_.data() + offset, &value, size);
    }

    // Wraps, as adding on one CPU would have.
    void add_number(uint64_t offset, uint32_t size, ByteSpan other) {
        const auto ours = integer_at(merged_, offset, size, false);
        const auto theirs = integer_at(other, offset, size, false);
        if (!ours || !theirs) return;
        put(offset,
            static_cast<int64_t>(static_cast<uint64_t>(*ours) + static_cast<uint64_t>(*theirs)),
            size);
    }

    void add_numbers(uint64_t offset, ByteSpan other) {
        for (; offset + 8 <= merged_.size(); offset += 8) add_number(offset, 8, other);
    }

    [[nodiscard]] bool less(int64_t left, int64_t right) const {
        if (type_.is_signed) return left < right;
        return static_cast<uint64_t>(left) < static_cast<uint64_t>(right);
    }

    void keep_extreme(ByteSpan other) {
        const auto value = number_at<int64_t>(other, 0);
        const auto set = number_at<uint64_t>(other, 8);
        if (!value || !set || *set == 0) return;
        const bool beyond = type_.kind == Kind::Min ? less(*value, at(0)) : less(at(0), *value);
        if (at(8) != 0 && !beyond) return;
        put(0, *value);
        put(8, 1);
    }

    void add_statistic(ByteSpan other) {
        const auto count = number_at<uint64_t>(other, 0);
        const auto min = number_at<int64_t>(other, 16);
        const auto max = number_at<int64_t>(other, 24);
        if (!count || *count == 0 || !min || !max) return;
        const bool nothing_yet = at(0) == 0;
        put(16, nothing_yet ? *min : std::min(at(16), *min));
        put(24, nothing_yet ? *max : std::max(at(24), *max));
        add_number(0, 8, other);
        add_number(8, 8, other);
        add_numbers(32, other);
    }

    const Type& type_;
    std::vector<std::byte> merged_;
};

}  // namespace

std::vector<std::byte> merge(const Type& type, std::span<const std::byte> per_cpu) {
    const uint64_t stride = (uint64_t{type.bytes} + 7) / 8 * 8;
    Merger merger(type, part(per_cpu, 0, type.bytes));
    for (uint64_t at = stride; stride != 0 && at < per_cpu.size(); at += stride) {
        merger.add(part(per_cpu, at, type.bytes));
    }
    return merger.take();
}

}  // namespace knowhy::lang
