#include "lang/types/types.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/named.h"

namespace knowhy::lang {
namespace {

using Kind = Type::Kind;

// Sizes and alignments of the kinds that have one whatever the type.
struct Fixed {
    Kind kind;
    uint32_t bytes;
    uint32_t alignment;
};
constexpr Fixed kFixed[] = {
    {Kind::Boolean, 1, 1},     {Kind::Pointer, 8, 8},     {Kind::KernelSymbol, 8, 8},
    {Kind::UserSymbol, 16, 8}, {Kind::KernelStack, 8, 8}, {Kind::UserStack, 16, 8},
    {Kind::Inet, 20, 4},       {Kind::Mac, 6, 1},         {Kind::Timestamp, 8, 8},
    {Kind::UserName, 4, 4},    {Kind::CgroupPath, 8, 8},  {Kind::Probe, 8, 8},
    {Kind::NamedNumber, 8, 8}, {Kind::Count, 8, 8},       {Kind::Sum, 8, 8},
    {Kind::Min, 16, 8},        {Kind::Max, 16, 8},        {Kind::Average, 16, 8},
    {Kind::Stats, 16, 8},
};

const Fixed* fixed(Kind kind) {
    const auto* found = std::ranges::find(kFixed, kind, &Fixed::kind);
    return found == std::end(kFixed) ? nullptr : found;
}

// The words that bpftrace has for its types.
constexpr Named<Kind> kNames[] = {
    {Kind::None, "none"},
    {Kind::Boolean, "bool"},
    {Kind::KernelSymbol, "ksym_t"},
    {Kind::UserSymbol, "usym_t"},
    {Kind::KernelStack, "kstack"},
    {Kind::UserStack, "ustack"},
    {Kind::Inet, "inet"},
    {Kind::Mac, "mac_address"},
    {Kind::Timestamp, "timestamp"},
    {Kind::UserName, "username"},
    {Kind::CgroupPath, "cgroup_path"},
    {Kind::Probe, "probe"},
    {Kind::Composed, "string"},
    {Kind::NamedNumber, "string"},
    {Kind::Count, "count_t"},
    {Kind::Sum, "sum_t"},
    {Kind::Min, "min_t"},
    {Kind::Max, "max_t"},
    {Kind::Average, "avg_t"},
    {Kind::Stats, "stats_t"},
    {Kind::Statistic, "statistic"},
    {Kind::Histogram, "hist_t"},
    {Kind::LinearHistogram, "lhist_t"},
};

std::string tuple_text(const Type& tuple, const symbols::Types& types) {
    std::string text;
    for (size_t i = 0; i < tuple.elements.size(); ++i) {
        if (i > 0) text += ',';
        if (i < tuple.names.size()) text += tuple.names[i] + '=';
        text += to_text(tuple.elements[i], types);
    }
    return '(' + text + ')';
}

uint32_t rounded_up(uint32_t offset, uint32_t alignment) {
    return (offset + alignment - 1) / alignment * alignment;
}

uint32_t power_of_two_below(uint64_t value) {
    return value == 0 ? 0 : 63 - static_cast<uint32_t>(__builtin_clzll(value));
}

// Where a bucket above those with one value each begins. The low `bits` of `bucket` - 1 say which
// part of its power of two.
uint64_t histogram_start(uint32_t bucket, uint32_t bits) {
    const uint32_t place = bucket - 1;
    const uint64_t parts = uint64_t{1} << bits;
    const uint32_t shift = (place >> bits) - 1;
    return (parts + (place & (parts - 1))) << shift;
}

// max - min, which may be more than an int64_t holds.
uint64_t distance(int64_t min, int64_t max) {
    return static_cast<uint64_t>(max) - static_cast<uint64_t>(min);
}

}  // namespace

Type Type::integer(uint32_t bytes, bool is_signed) {
    Type type;
    type.kind = Kind::Integer;
    type.bytes = bytes;
    type.is_signed = is_signed;
    return type;
}

Type Type::boolean() {
    return of(Kind::Boolean);
}

Type Type::string(uint32_t bytes) {
    Type type;
    type.kind = Kind::String;
    type.bytes = bytes;
    return type;
}

Type Type::pointer(symbols::TypeId to) {
    Type type = of(Kind::Pointer);
    type.c_type = to;
    return type;
}

Type Type::tuple(std::vector<Type> elements) {
    Type type;
    type.kind = Kind::Tuple;
    type.elements = std::move(elements);
    const std::vector<uint32_t> offsets = element_offsets(type);
    if (!offsets.empty()) {
        const uint32_t end = offsets.back() + type.elements.back().bytes;
        type.bytes = rounded_up(end, lang::alignment(type));
    }
    return type;
}

Type Type::composed(std::string format, std::vector<Type> elements) {
    Type type = tuple(std::move(elements));
    type.kind = Kind::Composed;
    type.bytes = std::max(type.bytes, 8U);  // also of nothing: a place has bytes
    type.format = std::move(format);
    return type;
}

Type Type::named_number(std::string table) {
    Type type = of(Kind::NamedNumber);
    type.format = std::move(table);
    return type;
}

Type Type::of(Kind kind, bool is_signed) {
    Type type;
    type.kind = kind;
    type.is_signed = is_signed;
    if (const Fixed* known = fixed(kind)) type.bytes = known->bytes;
    return type;
}

Type Type::histogram(uint32_t bits) {
    Type type = of(Kind::Histogram);
    type.hist_bits = std::min(bits, kMostHistogramBits);
    type.bytes = 8 * histogram_buckets(type.hist_bits);
    return type;
}

Type Type::linear_histogram(int64_t min, int64_t max, int64_t step) {
    Type type = of(Kind::LinearHistogram);
    type.min = min;
    type.max = max;
    type.step = step;
    type.bytes = 8 * linear_buckets(min, max, step);
    return type;
}

uint32_t alignment(const Type& type) {
    if (const Fixed* known = fixed(type.kind)) return known->alignment;
    switch (type.kind) {
        case Kind::Integer:
        case Kind::Enum:
            return std::clamp<uint32_t>(type.bytes, 1, 8);
        case Kind::Bytes:
            return 4;
        case Kind::None:
        case Kind::String:
            return 1;
        case Kind::Tuple: {
            uint32_t most = 1;
            for (const Type& element : type.elements) most = std::max(most, alignment(element));
            return most;
        }
        default:
            // A struct or an array is copied whole: its members are read where they lie.
            return 8;
    }
}

std::vector<uint32_t> element_offsets(const Type& tuple) {
    std::vector<uint32_t> offsets;
    uint32_t end = 0;
    for (const Type& element : tuple.elements) {
        offsets.push_back(rounded_up(end, alignment(element)));
        end = offsets.back() + element.bytes;
    }
    return offsets;
}

std::string to_text(const Type& type, const symbols::Types& types) {
    switch (type.kind) {
        case Kind::Integer:
            return fmt::format("{}int{}", type.is_signed ? "" : "u", type.bytes * 8);
        case Kind::String:
            return fmt::format("string[{}]", type.bytes);
        case Kind::Bytes:
            return fmt::format("buffer[{}]", type.bytes < 4 ? 0 : type.bytes - 4);
        case Kind::Pointer:
            return types.text(type.c_type) + " *";
        case Kind::Struct:
        case Kind::Array:
        case Kind::Enum:
            return types.text(type.c_type);
        case Kind::Tuple:
            return tuple_text(type, types);
        default:
            return std::string(name_in(kNames, type.kind));
    }
}

uint32_t histogram_buckets(uint32_t bits) {
    return ((64 - bits) << bits) + 1;
}

uint32_t histogram_bucket(int64_t value, uint32_t bits) {
    if (value < 0) return 0;
    const auto number = static_cast<uint64_t>(value);
    const uint64_t parts = uint64_t{1} << bits;
    if (number < 2 * parts) return static_cast<uint32_t>(number) + 1;
    const uint32_t shift = power_of_two_below(number) - bits;
    const auto part = static_cast<uint32_t>((number >> shift) - parts);
    return ((shift + 1) << bits) + part + 1;
}

BucketRange histogram_range(uint32_t bucket, uint32_t bits) {
    if (bucket == 0) return {INT64_MIN, -1};
    if (bucket <= 2U << bits) return {int64_t{bucket} - 1, int64_t{bucket} - 1};
    return {static_cast<int64_t>(histogram_start(bucket, bits)),
            static_cast<int64_t>(histogram_start(bucket + 1, bits) - 1)};
}

uint32_t linear_buckets(int64_t min, int64_t max, int64_t step) {
    return static_cast<uint32_t>(distance(min, max) / static_cast<uint64_t>(step)) + 2;
}

uint32_t linear_bucket(int64_t value, int64_t min, int64_t max, int64_t step) {
    if (value < min) return 0;
    const uint32_t last = linear_buckets(min, max, step) - 1;
    if (value >= max) return last;
    const uint64_t place = distance(min, value) / static_cast<uint64_t>(step);
    return std::min(static_cast<uint32_t>(place) + 1, last);
}

BucketRange linear_range(uint32_t bucket, int64_t min, int64_t max, int64_t step) {
    if (bucket == 0) return {INT64_MIN, min - 1};
    const int64_t first = min + (int64_t{bucket} - 1) * step;
    const bool is_last = bucket + 1 >= linear_buckets(min, max, step);
    return {first, is_last ? INT64_MAX : first + step - 1};
}

}  // namespace knowhy::lang
