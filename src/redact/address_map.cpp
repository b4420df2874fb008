#include "redact/address_map.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace knowhy::redact {
namespace {

using model::IpAddress;
using model::MacAddress;
using model::Prefix;

std::vector<Prefix> prefixes(std::initializer_list<std::string_view> texts) {
    std::vector<Prefix> all;
    for (const std::string_view text : texts) all.push_back(*Prefix::parse(text));
    return all;
}

// What a range says of an address is kept.
const std::vector<Prefix>& ranges() {
    static const auto all = prefixes({"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8",
                                      "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
                                      "224.0.0.0/3", "::/8", "fc00::/7", "fe80::/10", "ff00::/8"});
    return all;
}

// These addresses are the same on every host.
bool is_everyones(const IpAddress& address) {
    static const auto all =
        prefixes({"0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3", "::/8", "ff00::/8"});
    return std::any_of(all.begin(), all.end(),
                       [&](const Prefix& range) { return range.contains(address); });
}

// Addresses that hold an IPv4 address in their last four bytes.
bool holds_ipv4(const IpAddress& address) {
    static const auto all = prefixes({"::ffff:0.0.0.0/96", "64:ff9b::/96"});
    return std::any_of(all.begin(), all.end(),
                       [&](const Prefix& range) { return range.contains(address); });
}

const Prefix& solicited_node() {
    static const Prefix range = *Prefix::parse("ff02::1:ff00:0/104");
    return range;
}

using Bytes = std::array<uint8_t, 16>;

Bytes bytes_of(const IpAddress& address) {
    Bytes bytes{};
    std::copy(address.bytes().begin(), address.bytes().end(), bytes.begin());
    return bytes;
}

IpAddress address_of(const Bytes& bytes, int family) {
    return family == 4 ? IpAddress::v4(std::span(bytes).first<4>()) : IpAddress::v6(bytes);
}

unsigned bits_of(const IpAddress& address) {
    return static_cast<unsigned>(address.bytes().size()) * 8;
}

uint8_t mask_of(unsigned bit) {
    return static_cast<uint8_t>(0x80U >> (bit % 8));
}

// Its first `length` bits; the rest is zero.
IpAddress cut(const IpAddress& address, unsigned length) {
    Bytes bytes = bytes_of(address);
    for (unsigned bit = length; bit < bits_of(address); ++bit)
        bytes[bit / 8] &= static_cast<uint8_t>(~mask_of(bit));
    return address_of(bytes, address.family());
}

uint32_t last24(std::span<const uint8_t> bytes) {
    const auto end = bytes.last<3>();
    return uint32_t{end[0]} << 16U | uint32_t{end[1]} << 8U | end[2];
}

void put_last24(std::span<uint8_t> bytes, uint32_t value) {
    const auto end = bytes.last<3>();
    end[0] = static_cast<uint8_t>(value >> 16U);
    end[1] = static_cast<uint8_t>(value >> 8U);
    end[2] = static_cast<uint8_t>(value);
}

}  // namespace

AddressMap::AddressMap(Random random) : random_(std::move(random)) {
    for (const Prefix& range : ranges()) subnets_.insert(range);
    subnets_.insert(*Prefix::parse("fe80::/64"));
}

void AddressMap::learn(const Prefix& subnet) {
    if (subnet.address) subnets_.insert({cut(subnet.address, subnet.length), subnet.length});
}

bool AddressMap::flips(const Prefix& node) {
    // On the way to a range: the other way would lead into it, or out of it.
    for (const Prefix& range : ranges())
        if (node.length < range.length && node.contains(range.address)) return false;
    const auto [drawn, is_new] = drawn_.try_emplace(node, false);
    if (is_new) drawn->second = (random_() & 1U) != 0;
    return drawn->second;
}

IpAddress AddressMap::walk(const IpAddress& real) {
    const Bytes from = bytes_of(real);
    Bytes to = from;
    Bytes before{};  // the bits that were walked
    // Since the last subnet began, all bits were zero, or one: its first and last address.
    bool only_zeros = false;
    bool only_ones = false;
    for (unsigned bit = 0; bit < bits_of(real); ++bit) {
        const Prefix node{address_of(before, real.family()), static_cast<uint8_t>(bit)};
        if (subnets_.contains(node)) only_zeros = only_ones = true;
        const bool keep = only_zeros || only_ones;
        if (!keep && flips(node)) to[bit / 8] ^= mask_of(bit);
        const bool is_one = (from[bit / 8] & mask_of(bit)) != 0;
        if (is_one) before[bit / 8] |= mask_of(bit);
        only_zeros = only_zeros && !is_one;
        only_ones = only_ones && is_one;
    }
    return address_of(to, real.family());
}

IpAddress AddressMap::ip(const IpAddress& real) {
    if (!real) return real;
    const auto known = addresses_.find(real);
    if (known != addresses_.end()) return known->second;
    IpAddress other = real;
    if (holds_ipv4(real)) {
        Bytes bytes = bytes_of(real);
        const IpAddress inner = ip(IpAddress::v4(std::span(bytes).last<4>()));
        std::copy(inner.bytes().begin(), inner.bytes().end(), bytes.begin() + 12);
        other = address_of(bytes, 6);
    } else if (solicited_node().contains(real)) {
        Bytes bytes = bytes_of(real);
        put_last24(bytes, low24(last24(bytes)));
        other = address_of(bytes, 6);
    } else if (!is_everyones(real)) {
        other = walk(real);
        if (real.is_v6()) low24_.try_emplace(last24(real.bytes()), last24(other.bytes()));
    }
    return addresses_[real] = other;
}

Prefix AddressMap::prefix(const Prefix& real) {
    const IpAddress other = ip(real.address);
    const bool is_network = real.address && cut(real.address, real.length) == real.address;
    return {is_network ? cut(other, real.length) : other, real.length};
}

uint32_t AddressMap::low24(uint32_t real) {
    const auto [found, is_new] = low24_.try_emplace(real, 0);
    if (is_new) found->second = static_cast<uint32_t>(random_() & 0xffffffU);
    return found->second;
}

MacAddress AddressMap::mac(const MacAddress& real) {
    MacAddress other = real;
    if (real.is_multicast()) {
        // 33:33 and the last four bytes of the group.
        constexpr std::array<uint8_t, 3> kSolicitedNode{0x33, 0x33, 0xff};
        if (std::equal(kSolicitedNode.begin(), kSolicitedNode.end(), real.bytes.begin()))
            put_last24(other.bytes, low24(last24(real.bytes)));
        return other;
    }
    if (real == MacAddress{}) return real;
    const auto known = macs_.find(real);
    if (known != macs_.end()) return known->second;
    do {
        const uint64_t bits = random_();
        for (size_t i = 0; i < other.bytes.size(); ++i)
            other.bytes[i] = static_cast<uint8_t>(bits >> (8 * i));
        other.bytes[0] = static_cast<uint8_t>((other.bytes[0] & 0xfcU) | (real.bytes[0] & 0x03U));
    } while (other == MacAddress{} || !taken_.insert(other).second);
    return macs_[real] = other;
}

}  // namespace knowhy::redact
