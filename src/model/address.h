// Network addresses as values. Bytes are always in network order.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace knowhy::model {

struct MacAddress {
    std::array<uint8_t, 6> bytes{};

    auto operator<=>(const MacAddress&) const = default;
    [[nodiscard]] bool is_multicast() const { return (bytes[0] & 1U) != 0; }
    [[nodiscard]] std::string text() const;  // "02:11:22:33:44:55"
    static std::optional<MacAddress> parse(std::string_view text);
};

class IpAddress {
  public:
    IpAddress() = default;  // no address: family() is 0
    static IpAddress v4(std::span<const uint8_t, 4> bytes);
    static IpAddress v6(std::span<const uint8_t, 16> bytes);
    static std::optional<IpAddress> parse(std::string_view text);

    auto operator<=>(const IpAddress&) const = default;

    [[nodiscard]] int family() const { return family_; }  // 4, 6 or 0
    [[nodiscard]] bool is_v4() const { return family_ == 4; }
    [[nodiscard]] bool is_v6() const { return family_ == 6; }
    [[nodiscard]] explicit operator bool() const { return family_ != 0; }
    [[nodiscard]] std::span<const uint8_t> bytes() const {
        return {bytes_.data(), family_ == 4 ? 4U : family_ == 6 ? 16U : 0U};
    }
    // IPv4 only, host order: 0x0a090001 for 10.9.0.1.
    [[nodiscard]] uint32_t v4_host() const;

    [[nodiscard]] bool is_multicast() const;
    [[nodiscard]] bool is_loopback() const;           // 127/8, ::1
    [[nodiscard]] bool is_unspecified() const;        // 0.0.0.0, ::
    [[nodiscard]] bool is_link_local() const;         // 169.254/16, fe80::/10
    [[nodiscard]] bool is_limited_broadcast() const;  // 255.255.255.255

    [[nodiscard]] std::string text() const;  // RFC 5952 for IPv6; "" for no address

  private:
    int family_ = 0;
    std::array<uint8_t, 16> bytes_{};
};

struct Prefix {
    IpAddress address;
    uint8_t length = 0;  // bits

    auto operator<=>(const Prefix&) const = default;
    [[nodiscard]] bool contains(const IpAddress& other) const;  // false across families
    [[nodiscard]] std::string text() const;                     // "10.9.0.0/24"
    static std::optional<Prefix> parse(std::string_view text);  // a bare address is a host prefix
};

}  // namespace knowhy::model
