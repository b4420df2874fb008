#include "model/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace knowhy::model {

std::string MacAddress::text() const {
    return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", bytes[0], bytes[1], bytes[2],
                       bytes[3], bytes[4], bytes[5]);
}

std::optional<MacAddress> MacAddress::parse(std::string_view text) {
    const auto parts = split(text, ':');
    if (parts.size() != 6) return std::nullopt;
    MacAddress mac;
    for (size_t i = 0; i < 6; ++i) {
        const auto byte = parse_u64(parts[i], 16);
        if (!byte || parts[i].size() > 2) return std::nullopt;
        mac.bytes[i] = static_cast<uint8_t>(*byte);
    }
    return mac;
}

IpAddress IpAddress::v4(std::span<const uint8_t, 4> bytes) {
    IpAddress address;
    address.family_ = 4;
    std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
    return address;
}

IpAddress IpAddress::v6(std::span<const uint8_t, 16> bytes) {
    IpAddress address;
    address.family_ = 6;
    std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
    return address;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    const std::string terminated(text);
    std::array<uint8_t, 16> raw{};
    if (inet_pton(AF_INET, terminated.c_str(), raw.data()) == 1)
        return v4(std::span<const uint8_t, 4>(raw.data(), 4));
    if (inet_pton(AF_INET6, terminated.c_str(), raw.data()) == 1) return v6(raw);
    return std::nullopt;
}

uint32_t IpAddress::v4_host() const {
    return static_cast<uint32_t>(bytes_[0]) << 24U | static_cast<uint32_t>(bytes_[1]) << 16U |
           static_cast<uint32_t>(bytes_[2]) << 8U | bytes_[3];
}

bool IpAddress::is_multicast() const {
    return (is_v4() && (bytes_[0] & 0xf0U) == 0xe0) || (is_v6() && bytes_[0] == 0xff);
}

bool IpAddress::is_loopback() const {
    if (is_v4()) return bytes_[0] == 127;
    return is_v6() && bytes_[15] == 1 &&
           std::all_of(bytes_.begin(), bytes_.end() - 1, [](uint8_t b) { return b == 0; });
}

bool IpAddress::is_unspecified() const {
    return family_ != 0 &&
           std::all_of(bytes_.begin(), bytes_.end(), [](uint8_t b) { return b == 0; });
}

bool IpAddress::is_link_local() const {
    if (is_v4()) return bytes_[0] == 169 && bytes_[1] == 254;
    return is_v6() && bytes_[0] == 0xfe && (bytes_[1] & 0xc0U) == 0x80;
}

bool IpAddress::is_limited_broadcast() const {
    return is_v4() && v4_host() == 0xffffffff;
}

std::string IpAddress::text() const {
    if (family_ == 0) return {};
    std::array<char, INET6_ADDRSTRLEN> buffer{};
    inet_ntop(is_v4() ? AF_INET : AF_INET6, bytes_.data(), buffer.data(), buffer.size());
    return buffer.data();
}

bool Prefix::contains(const IpAddress& other) const {
    if (address.family() != other.family() || !address) return false;
    const auto ours = address.bytes();
    const auto theirs = other.bytes();
    const size_t bits = std::min<size_t>(length, ours.size() * 8);
    for (size_t i = 0; i < bits / 8; ++i) {
        if (ours[i] != theirs[i]) return false;
    }
    if (bits % 8 == 0) return true;
    const auto mask = static_cast<uint8_t>(0xff00U >> (bits % 8));
    return (ours[bits / 8] & mask) == (theirs[bits / 8] & mask);
}

std::string Prefix::text() const {
    return fmt::format("{}/{}", address.text(), length);
}

std::optional<Prefix> Prefix::parse(std::string_view text) {
    const size_t slash = text.find('/');
    const auto address = IpAddress::parse(text.substr(0, slash));
    if (!address) return std::nullopt;
    const uint8_t full = address->is_v4() ? 32 : 128;
    if (slash == std::string_view::npos) return Prefix{*address, full};
    const auto length = parse_u64(text.substr(slash + 1));
    if (!length || *length > full) return std::nullopt;
    return Prefix{*address, static_cast<uint8_t>(*length)};
}

}  // namespace knowhy::model
