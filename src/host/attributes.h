// The attributes of a netlink message, or of a nested attribute, by type. Every length is checked:
// a value that is absent or too short reads as nullopt.
#pragma once

#include <linux/netlink.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace knowhy::host {

class Attributes {
  public:
    Attributes() = default;
    // The attributes after the family's header of `header_size` bytes.
    Attributes(const nlmsghdr* message, size_t header_size);
    explicit Attributes(std::span<const uint8_t> payload) : payload_(payload) {}

    [[nodiscard]] bool has(uint16_t type) const { return find(type) != nullptr; }
    [[nodiscard]] bool empty() const { return payload_.empty(); }

    // In the kernel's byte order, which is ours.
    [[nodiscard]] std::optional<uint8_t> u8(uint16_t type) const;
    [[nodiscard]] std::optional<uint16_t> u16(uint16_t type) const;
    [[nodiscard]] std::optional<uint32_t> u32(uint16_t type) const;
    // From network order.
    [[nodiscard]] std::optional<uint32_t> be32(uint16_t type) const;
    [[nodiscard]] std::optional<uint64_t> be64(uint16_t type) const;

    [[nodiscard]] std::string text(uint16_t type) const;  // up to the NUL; "" when absent
    [[nodiscard]] std::span<const uint8_t> bytes(uint16_t type) const;
    [[nodiscard]] Attributes nested(uint16_t type) const { return Attributes(bytes(type)); }

    // A struct the kernel copied into the attribute. A newer kernel's is longer and an older one's
    // shorter than ours; what is missing reads as zero.
    template <typename Struct>
    [[nodiscard]] std::optional<Struct> record(uint16_t type) const {
        if (!has(type)) return std::nullopt;
        Struct value{};
        copy_into(type, &value, sizeof value);
        return value;
    }

    template <typename Visit>  // visit(type, payload)
    void for_each(Visit visit) const {
        for (const nlattr* at = first(); at != nullptr; at = next(at)) visit(type_of(at), body(at));
    }

  private:
    [[nodiscard]] const nlattr* first() const;
    [[nodiscard]] const nlattr* next(const nlattr* attribute) const;
    [[nodiscard]] const nlattr* checked(const uint8_t* at) const;
    [[nodiscard]] const nlattr* find(uint16_t type) const;
    static uint16_t type_of(const nlattr* attribute);
    static std::span<const uint8_t> body(const nlattr* attribute);
    void copy_into(uint16_t type, void* target, size_t size) const;

    std::span<const uint8_t> payload_;
};

}  // namespace knowhy::host
