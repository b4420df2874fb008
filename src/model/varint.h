// Whole numbers in as few bytes as they need: seven bits a byte, the lowest first, the top bit set
// in all but the last (LEB128). Signed ones are folded first, so that small negative ones are
// small.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace knowhy::model {

template <typename Bytes>
void put_varint(Bytes& out, uint64_t value) {
    for (; value >= 0x80; value >>= 7U)
        out.push_back(static_cast<typename Bytes::value_type>(value | 0x80U));
    out.push_back(static_cast<typename Bytes::value_type>(value));
}

constexpr uint64_t folded(int64_t value) {
    return static_cast<uint64_t>(value) << 1U ^ static_cast<uint64_t>(value >> 63U);
}
constexpr int64_t unfolded(uint64_t value) {
    return static_cast<int64_t>(value >> 1U) ^ -static_cast<int64_t>(value & 1U);
}

// Takes bytes off the front. What is not there is nullopt, and so is all that follows.
class ByteReader {
  public:
    explicit ByteReader(std::span<const uint8_t> bytes) : bytes_(bytes) {}

    std::optional<uint8_t> byte() {
        if (bytes_.empty()) return std::nullopt;
        const uint8_t first = bytes_.front();
        bytes_ = bytes_.subspan(1);
        return first;
    }
    std::optional<uint64_t> varint() {
        uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const auto next = byte();
            if (!next) return std::nullopt;
            const uint64_t bits = *next & 0x7fU;
            if (shift == 63 && bits > 1) break;
            value |= bits << shift;
            if (*next < 0x80) return value;
        }
        bytes_ = {};
        return std::nullopt;
    }
    std::optional<std::span<const uint8_t>> take(uint64_t count) {
        if (count > bytes_.size()) {
            bytes_ = {};
            return std::nullopt;
        }
        const auto front = bytes_.first(count);
        bytes_ = bytes_.subspan(count);
        return front;
    }
    [[nodiscard]] size_t left() const { return bytes_.size(); }

  private:
    std::span<const uint8_t> bytes_;
};

}  // namespace knowhy::model
