#include "host/attributes.h"

#include <endian.h>
#include <libmnl/libmnl.h>

#include <algorithm>
#include <cstring>

namespace knowhy::host {
namespace {

template <typename Number>
std::optional<Number> number(std::span<const uint8_t> bytes) {
    if (bytes.size() < sizeof(Number)) return std::nullopt;
    Number value{};
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
}

}  // namespace

Attributes::Attributes(const nlmsghdr* message, size_t header_size) {
    const size_t length = mnl_nlmsg_get_payload_len(message);
    const size_t skipped = MNL_ALIGN(header_size);
    if (skipped >= length) return;
    const auto* payload = static_cast<const uint8_t*>(mnl_nlmsg_get_payload(message));
    payload_ = std::span(payload + skipped, length - skipped);
}

const nlattr* Attributes::checked(const uint8_t* at) const {
    const auto* attribute = static_cast<const nlattr*>(static_cast<const void*>(at));
    const auto left = static_cast<int>(payload_.data() + payload_.size() - at);
    return mnl_attr_ok(attribute, left) ? attribute : nullptr;
}

const nlattr* Attributes::first() const {
    return payload_.empty() ? nullptr : checked(payload_.data());
}

const nlattr* Attributes::next(const nlattr* attribute) const {
    const auto* at = static_cast<const uint8_t*>(static_cast<const void*>(attribute));
    const size_t offset = static_cast<size_t>(at - payload_.data()) + MNL_ALIGN(attribute->nla_len);
    return offset >= payload_.size() ? nullptr : checked(payload_.data() + offset);
}

const nlattr* Attributes::find(uint16_t type) const {
    for (const nlattr* at = first(); at != nullptr; at = next(at)) {
        if (type_of(at) == type) return at;
    }
    return nullptr;
}

uint16_t Attributes::type_of(const nlattr* attribute) {
    return mnl_attr_get_type(attribute);
}

std::span<const uint8_t> Attributes::body(const nlattr* attribute) {
    return {static_cast<const uint8_t*>(mnl_attr_get_payload(attribute)),
            mnl_attr_get_payload_len(attribute)};
}

std::span<const uint8_t> Attributes::bytes(uint16_t type) const {
    const nlattr* found = find(type);
    return found != nullptr ? body(found) : std::span<const uint8_t>{};
}

void Attributes::copy_into(uint16_t type, void* target, size_t size) const {
    const auto from = bytes(type);
    std::memcpy(target, from.data(), std::min(size, from.size()));
}

std::optional<uint8_t> Attributes::u8(uint16_t type) const {
    return number<uint8_t>(bytes(type));
}

std::optional<uint16_t> Attributes::u16(uint16_t type) const {
    return number<uint16_t>(bytes(type));
}

std::optional<uint32_t> Attributes::u32(uint16_t type) const {
    return number<uint32_t>(bytes(type));
}

std::optional<uint32_t> Attributes::be32(uint16_t type) const {
    const auto value = u32(type);
    return value ? std::optional(be32toh(*value)) : std::nullopt;
}

std::optional<uint64_t> Attributes::be64(uint16_t type) const {
    const auto value = number<uint64_t>(bytes(type));
    return value ? std::optional(be64toh(*value)) : std::nullopt;
}

std::string Attributes::text(uint16_t type) const {
    const auto from = bytes(type);
    const auto end = std::find(from.begin(), from.end(), uint8_t{0});
    return {from.begin(), end};
}

}  // namespace knowhy::host
