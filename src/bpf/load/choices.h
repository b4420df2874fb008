// Where a generated program's choices come from: a seed, or a fuzzer's bytes.
#pragma once

#include <cstdint>
#include <random>
#include <span>

namespace knowhy::bpf {

class Choices {
  public:
    explicit Choices(uint64_t seed) : random_(seed) {}
    // After the last byte every choice is the first.
    explicit Choices(std::span<const uint8_t> bytes) : bytes_(bytes), from_bytes_(true) {}

    uint64_t number() {
        if (!from_bytes_) return random_();
        uint64_t value = 0;
        for (int i = 0; i < 8; ++i) value = value << 8U | next_byte();
        return value;
    }

    uint64_t below(uint64_t limit) {
        if (!from_bytes_) return random_() % limit;
        return (limit <= 256 ? next_byte() : number()) % limit;
    }

    bool one_in(uint64_t count) { return below(count) == count - 1; }

  private:
    uint8_t next_byte() {
        if (bytes_.empty()) return 0;
        const uint8_t byte = bytes_.front();
        bytes_ = bytes_.subspan(1);
        return byte;
    }

    std::mt19937_64 random_;
    std::span<const uint8_t> bytes_;
    bool from_bytes_ = false;
};

}  // namespace knowhy::bpf
