#include "lang/values/decode.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "lang/values/c_value.h"
#include "lang/values/number_names.h"
#include "lang/values/reader.h"

namespace knowhy::lang {
namespace {

using model::Value;
using Kind = Type::Kind;

// As many bytes as any script's type has; a hostile bucket count costs no more than its bytes.
template <typename Range>
Value::Histogram histogram_of(ByteSpan bytes, uint32_t buckets, const Range& range) {
    Value::Histogram histogram;
    size_t counted = 0;  // of those kept, up to the last that counted something
    for (uint32_t i = 0; i < buckets; ++i) {
        const auto count = number_at<uint64_t>(bytes, uint64_t{8} * i);
        if (!count) break;
        if (*count == 0 && histogram.buckets.empty()) continue;
        const BucketRange values = range(i);
        histogram.buckets.push_back({values.first, values.last, *count});
        if (*count != 0) counted = histogram.buckets.size();
    }
    histogram.buckets.resize(counted);
    return histogram;
}

Value::Histogram power_histogram(const Type& type, ByteSpan bytes) {
    const uint32_t bits = std::min(type.hist_bits, kMostHistogramBits);
    Value::Histogram histogram =
        histogram_of(bytes, histogram_buckets(bits),
                     [bits](uint32_t bucket) { return histogram_range(bucket, bits); });
    histogram.bits = bits;
    return histogram;
}

Value::Histogram linear_histogram(const Type& type, ByteSpan bytes) {
    if (type.step <= 0 || type.min >= type.max) return {};
    Value::Histogram histogram = histogram_of(
        bytes, linear_buckets(type.min, type.max, type.step),
        [&](uint32_t bucket) { return linear_range(bucket, type.min, type.max, type.step); });
    histogram.linear = true;
    histogram.min = type.min;
    histogram.max = type.max;
    histogram.step = type.step;
    return histogram;
}

// As SystemTap's symname(), symdata() and modname() have it.
Value stap_symbol(const std::string& how, const model::CodePlace& place) {
    const std::string image = place.image.empty() ? "kernel" : place.image;
    if (how == "module") return Value::text(place.name.empty() ? "<unknown>" : image);
    if (place.name.empty()) return Value::text(fmt::format("{:#x}", place.address));
    if (how == "name") return Value::text(place.name);
    return Value::text(fmt::format("{}+{:#x} [{}]", place.name, place.offset, image));
}

class Decoder {
  public:
    Decoder(const symbols::Types& types, Resolver& resolver) : types_(types), resolver_(resolver) {}

    Value decode(const Type& type, ByteSpan bytes) {
        switch (type.kind) {
            case Kind::None:
                return {};
            case Kind::Integer:
            case Kind::Boolean:
            case Kind::String:
            case Kind::Bytes:
            case Kind::Pointer:
            case Kind::Struct:
            case Kind::Array:
            case Kind::Enum:
            case Kind::Tuple:
                return plain(type, bytes);
            case Kind::KernelSymbol:
            case Kind::UserSymbol:
            case Kind::KernelStack:
            case Kind::UserStack:
                return code(type, bytes);
            case Kind::Inet:
            case Kind::Mac:
            case Kind::Timestamp:
            case Kind::UserName:
            case Kind::CgroupPath:
            case Kind::Probe:
            case Kind::Composed:
            case Kind::NamedNumber:
                return named(type, bytes);
            default:
                return aggregate(type, bytes);
        }
    }

  private:
    Value plain(const Type& type, ByteSpan bytes) {
        switch (type.kind) {
            case Kind::Integer:
                return integer(bytes, 0, type.bytes, type.is_signed);
            case Kind::Boolean: {
                const auto read = number_at<uint8_t>(bytes, 0);
                return read ? Value{Value::Boolean{*read != 0}} : Value{};
            }
            case Kind::String:
                return string(part(bytes, 0, type.bytes), type.bytes);
            case Kind::Bytes:
                return buffer(type, bytes);
            case Kind::Pointer: {
                const auto read = number_at<uint64_t>(bytes, 0);
                return read ? Value{Value::Pointer{*read}} : Value{};
            }
            case Kind::Enum:
                return decode_enum(type.c_type, bytes, type.bytes, types_);
            case Kind::Tuple:
                return tuple(type, bytes);
            default:
                return decode_c(type.c_type, part(bytes, 0, type.bytes), types_);
        }
    }

    static Value integer(ByteSpan bytes, uint64_t offset, uint32_t size, bool is_signed) {
        const auto read = integer_at(bytes, offset, size, is_signed);
        if (!read) return {};
        return Value::integer(*read, is_signed, static_cast<uint8_t>(size));
    }

    // One that has no room left for its zero was longer: so the run time leaves it.
    static Value string(ByteSpan bytes, uint32_t room) {
        Value value = text_value(bytes);
        auto& text = std::get<Value::Text>(value.of);
        text.cut = room != 0 && text.raw.size() == room;
        return value;
    }

    static Value buffer(const Type& type, ByteSpan bytes) {
        const auto length = number_at<uint32_t>(bytes, 0);
        if (!length || type.bytes < 4) return {};
        const ByteSpan there = part(bytes, 4, std::min(*length, type.bytes - 4));
        return {Value::Bytes{{reinterpret_cast<const char*>(there.data()), there.size()}}};
    }

    Value tuple(const Type& type, ByteSpan bytes) {
        Value::Tuple all;
        all.names = type.names;
        const std::vector<uint32_t> offsets = element_offsets(type);
        for (size_t i = 0; i < offsets.size(); ++i) {
            const Type& element = type.elements[i];
            all.elements.push_back(decode(element, part(bytes, offsets[i], element.bytes)));
        }
        return {std::move(all)};
    }

    Value code(const Type& type, ByteSpan bytes) {
        const auto first = number_at<uint64_t>(bytes, 0);
        const bool user = type.kind == Kind::UserSymbol || type.kind == Kind::UserStack;
        const auto pid = user ? number_at<uint32_t>(bytes, 8) : std::optional<uint32_t>(0);
        if (!first || !pid) return {};
        if (type.kind == Kind::KernelSymbol) {
            const model::CodePlace place = resolver_.kernel_symbol(*first);
            if (!type.format.empty()) return stap_symbol(type.format, place);
            return {Value::Symbol{place}};
        }
        if (type.kind == Kind::UserSymbol) {
            return {Value::Symbol{resolver_.user_symbol(*first, *pid)}};
        }
        return stack(type, static_cast<int64_t>(*first), *pid);
    }

    Value stack(const Type& type, int64_t id, uint32_t pid) {
        Value::Stack stack;
        stack.mode = type.stack.mode;
        stack.user_space = type.kind == Kind::UserStack;
        if (id < 0) {
            stack.error = static_cast<int>(std::min<int64_t>(-(id + 1), 4094) + 1);
            return {std::move(stack)};
        }
        auto frames = stack.user_space ? resolver_.user_stack(id, pid, type.stack)
                                       : resolver_.kernel_stack(id, type.stack);
        if (frames) {
            stack.frames = std::move(*frames);
        } else {
            stack.error = ENOENT;
        }
        return {std::move(stack)};
    }

    Value named(const Type& type, ByteSpan bytes) {
        switch (type.kind) {
            case Kind::Inet:
                return inet(bytes);
            case Kind::Mac: {
                const auto read = number_at<std::array<uint8_t, 6>>(bytes, 0);
                return read ? Value{model::MacAddress{*read}} : Value{};
            }
            case Kind::UserName: {
                const auto uid = number_at<uint32_t>(bytes, 0);
                return uid ? Value::text(resolver_.user_name(*uid)) : Value{};
            }
            case Kind::Composed:
                return composed(type, bytes);
            default:
                break;
        }
        const auto number = number_at<uint64_t>(bytes, 0);
        if (!number) return {};
        if (type.kind == Kind::NamedNumber)
            return Value::text(number_name(type.format, static_cast<int64_t>(*number)));
        if (type.kind == Kind::CgroupPath) return Value::text(resolver_.cgroup_path(*number));
        if (type.kind == Kind::Probe) return Value::text(resolver_.probe_name(*number));
        const uint64_t realtime = resolver_.realtime_of_boot(*number);
        return {Value::Timestamp{realtime, time_text(type.format, realtime)}};
    }

    Value composed(const Type& type, ByteSpan bytes) {
        Value parts = tuple(type, bytes);
        return Value::text(resolver_.composed(
            {type.format, std::get<Value::Tuple>(std::move(parts.of)).elements}));
    }

    static Value inet(ByteSpan bytes) {
        const auto family = number_at<uint32_t>(bytes, 0);
        if (family == AF_INET) {
            const auto read = number_at<std::array<uint8_t, 4>>(bytes, 4);
            return read ? Value{model::IpAddress::v4(*read)} : Value{};
        }
        const auto read = number_at<std::array<uint8_t, 16>>(bytes, 4);
        return family == AF_INET6 && read ? Value{model::IpAddress::v6(*read)} : Value{};
    }

    static Value aggregate(const Type& type, ByteSpan bytes) {
        switch (type.kind) {
            case Kind::Count:
                return integer(bytes, 0, 8, false);
            case Kind::Sum:
            case Kind::Min:
            case Kind::Max:
                return integer(bytes, 0, 8, type.is_signed);
            case Kind::Histogram:
                return {power_histogram(type, bytes)};
            case Kind::LinearHistogram:
                return {linear_histogram(type, bytes)};
            case Kind::Statistic:
                return statistic(type, bytes);
            default:
                break;
        }
        const auto count = number_at<uint64_t>(bytes, 0);
        const auto total = number_at<int64_t>(bytes, 8);
        if (!count || !total) return {};
        return {Value::Average{*count, {*total, type.is_signed, 8}, type.kind == Kind::Stats}};
    }

    static Value statistic(const Type& type, ByteSpan bytes) {
        const auto numbers = number_at<std::array<int64_t, 4>>(bytes, 0);
        if (!numbers) return {};
        const auto& [count, sum, min, max] = *numbers;
        Value::Statistic value{static_cast<uint64_t>(count), sum, min, max, {}};
        const ByteSpan buckets = part(bytes, sizeof(*numbers), bytes.size());
        const bool linear = type.min < type.max;
        if (!buckets.empty()) {
            value.histogram =
                linear ? linear_histogram(type, buckets) : power_histogram(type, buckets);
        }
        return {std::move(value)};
    }

    const symbols::Types& types_;
    Resolver& resolver_;
};

}  // namespace

Value decode(const Type& type, std::span<const std::byte> bytes, const symbols::Types& types,
             Resolver& resolver) {
    return Decoder(types, resolver).decode(type, bytes);
}

}  // namespace knowhy::lang
