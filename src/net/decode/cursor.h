// Where a decoder stands in a packet: what was copied from here on, and how long the packet really
// is from here on. The two differ, and so do the two ways to run out: past the copy a header is
// merely not seen (truncated); past the packet's own end it contradicts itself (malformed).
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "model/packet.h"

namespace knowhy::net {

class Cursor {
  public:
    // A copy longer than the packet says it is proves the packet wrong, not the copy.
    Cursor(std::span<const uint8_t> copied, size_t wire)
        : copied_(copied), wire_(std::max(wire, copied.size())) {}

    [[nodiscard]] size_t copied() const { return copied_.size(); }
    [[nodiscard]] size_t wire() const { return wire_; }
    // A first fragment: what is missing at its end comes in later packets.
    [[nodiscard]] bool continued() const { return continued_; }

    [[nodiscard]] uint8_t u8(size_t at) const { return copied_[at]; }
    [[nodiscard]] uint16_t be16(size_t at) const {
        return static_cast<uint16_t>(copied_[at] << 8U | copied_[at + 1]);
    }
    [[nodiscard]] uint32_t be24(size_t at) const {
        return static_cast<uint32_t>(be16(at)) << 8U | copied_[at + 2];
    }
    [[nodiscard]] uint32_t be32(size_t at) const {
        return static_cast<uint32_t>(be16(at)) << 16U | be16(at + 2);
    }
    template <size_t Count>
    [[nodiscard]] std::span<const uint8_t, Count> bytes(size_t at) const {
        return copied_.subspan(at).template first<Count>();
    }

    [[nodiscard]] model::MacAddress mac(size_t at) const {
        model::MacAddress address;
        std::ranges::copy(bytes<6>(at), address.bytes.begin());
        return address;
    }

    [[nodiscard]] Cursor skip(size_t count) const {
        Cursor rest = *this;
        rest.copied_ = copied_.subspan(std::min(count, copied_.size()));
        rest.wire_ -= std::min(count, wire_);
        return rest;
    }
    [[nodiscard]] Cursor first(size_t count) const {
        Cursor part = *this;
        part.copied_ = copied_.first(std::min(count, copied_.size()));
        part.wire_ = std::min(count, wire_);
        return part;
    }
    [[nodiscard]] Cursor continued_later() const {
        Cursor same = *this;
        same.continued_ = true;
        return same;
    }

  private:
    std::span<const uint8_t> copied_;
    size_t wire_;
    bool continued_ = false;
};

// The first contradiction is the one that explains the others.
template <typename... Args>
void set_malformed(model::Decoded& out, fmt::format_string<Args...> format, Args&&... args) {
    if (!out.malformed) out.problem = fmt::format(format, std::forward<Args>(args)...);
    out.malformed = true;
}

// True when `count` bytes can be read here; else `out` says which way they are missing.
inline bool can_read(const Cursor& at, size_t count, const char* what, model::Decoded& out) {
    if (at.copied() >= count) return true;
    if (at.wire() >= count || at.continued()) {
        out.truncated = true;
    } else {
        set_malformed(out, "{} needs {} bytes, the packet has {} left", what, count, at.wire());
    }
    return false;
}

}  // namespace knowhy::net
