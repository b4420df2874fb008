// Numbers out of bytes that may end anywhere, in the machine's own order.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

namespace knowhy::lang {

using ByteSpan = std::span<const std::byte>;

// What there is of `size` bytes from `offset`.
inline ByteSpan part(ByteSpan bytes, uint64_t offset, uint64_t size) {
    if (offset >= bytes.size()) return {};
    return bytes.subspan(offset, std::min<uint64_t>(size, bytes.size() - offset));
}

template <typename T>
std::optional<T> number_at(ByteSpan bytes, uint64_t offset) {
    const ByteSpan there = part(bytes, offset, sizeof(T));
    if (there.size() < sizeof(T)) return std::nullopt;
    T value{};
    std::memcpy(&value, there.data(), sizeof(T));
    return value;
}

// 1 to 8 bytes, extended to 64 bits.
inline std::optional<int64_t> integer_at(ByteSpan bytes, uint64_t offset, uint32_t size,
                                         bool is_signed) {
    if (size == 0 || size > 8 || part(bytes, offset, size).size() < size) return std::nullopt;
    uint64_t bits = 0;
    std::memcpy(&bits, bytes.data() + offset, size);
    const uint32_t unused = 64 - 8 * size;
    if (is_signed) return static_cast<int64_t>(bits << unused) >> unused;
    return static_cast<int64_t>(bits);
}

}  // namespace knowhy::lang
