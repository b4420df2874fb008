// Reads numbers and strings out of a section, within its bounds.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace knowhy::symbols {

// Once something was read beyond the end, ok() is false and everything reads as zero: a parser need
// only ask at the end of what it reads, as long as its loops end at the end of the data.
class Reader {
  public:
    Reader() = default;
    Reader(std::span<const uint8_t> data, bool big_endian, uint64_t at = 0)
        : data_(data), at_(at), big_endian_(big_endian) {
        if (at_ > data_.size()) fail();
    }

    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] bool at_end() const { return at_ >= data_.size(); }
    [[nodiscard]] uint64_t at() const { return at_; }
    [[nodiscard]] uint64_t left() const { return data_.size() - at_; }

    void skip(uint64_t bytes) {
        if (bytes > left()) return fail();
        at_ += bytes;
    }
    void seek(uint64_t at) {
        if (at > data_.size()) return fail();
        at_ = at;
    }

    uint8_t u8() { return static_cast<uint8_t>(number(1)); }
    uint16_t u16() { return static_cast<uint16_t>(number(2)); }
    uint32_t u32() { return static_cast<uint32_t>(number(4)); }
    uint64_t u64() { return number(8); }
    // Unsigned, of 1 to 8 bytes.
    uint64_t number(unsigned bytes) {
        if (bytes > left()) {
            fail();
            return 0;
        }
        const uint8_t* from = data_.data() + at_;
        at_ += bytes;
        uint64_t value = 0;
        if (!big_endian_ && std::endian::native == std::endian::little) {
            std::memcpy(&value, from, bytes);
        } else if (big_endian_) {
            for (unsigned i = 0; i < bytes; ++i) value = value << 8 | from[i];
        } else {
            for (unsigned i = bytes; i-- > 0;) value = value << 8 | from[i];
        }
        return value;
    }
    // LEB128. Bits beyond the 64th are dropped, as libdw does.
    uint64_t uleb() { return leb().value; }
    int64_t sleb() {
        const Leb number = leb();
        const bool negative = (number.last & 0x40U) != 0 && number.bits < 64;
        return static_cast<int64_t>(negative ? number.value | ~uint64_t{0} << number.bits
                                             : number.value);
    }
    // Up to its NUL, which is passed over.
    std::string_view string() {
        const auto* start = reinterpret_cast<const char*>(data_.data() + at_);
        const void* end = left() == 0 ? nullptr : std::memchr(start, 0, left());
        if (end == nullptr) {
            fail();
            return {};
        }
        const auto size = static_cast<size_t>(static_cast<const char*>(end) - start);
        at_ += size + 1;
        return {start, size};
    }

  private:
    struct Leb {
        uint64_t value = 0;
        unsigned bits = 0;  // that were there, 7 of each byte
        uint8_t last = 0;
    };
    Leb leb() {
        Leb number;
        do {
            if (at_end()) {
                fail();
                return {};
            }
            number.last = data_[at_++];
            if (number.bits < 64) number.value |= uint64_t{number.last & 0x7FU} << number.bits;
            number.bits += 7;
        } while ((number.last & 0x80U) != 0);
        return number;
    }
    void fail() {
        ok_ = false;
        at_ = data_.size();
    }

    std::span<const uint8_t> data_;
    uint64_t at_ = 0;
    bool big_endian_ = false;
    bool ok_ = true;
};

}  // namespace knowhy::symbols
