#include "net/snapshot/nft_fields.h"

#include <fmt/format.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <algorithm>
#include <array>
#include <bit>

#include "base/named.h"
#include "model/address.h"

namespace knowhy::net {
namespace {

struct Key {
    std::string_view text;
    uint32_t number;
    NftShape shape;
};

constexpr Key kMeta[] = {
    {"meta length", NFT_META_LEN, NftShape::Number},
    {"meta protocol", NFT_META_PROTOCOL, NftShape::Ethertype},
    {"meta priority", NFT_META_PRIORITY, NftShape::Hex},
    {"meta mark", NFT_META_MARK, NftShape::Hex},
    {"iif", NFT_META_IIF, NftShape::Number},
    {"oif", NFT_META_OIF, NftShape::Number},
    {"iifname", NFT_META_IIFNAME, NftShape::Name},
    {"oifname", NFT_META_OIFNAME, NftShape::Name},
    {"iiftype", NFT_META_IIFTYPE, NftShape::Number},
    {"oiftype", NFT_META_OIFTYPE, NftShape::Number},
    {"meta skuid", NFT_META_SKUID, NftShape::Number},
    {"meta skgid", NFT_META_SKGID, NftShape::Number},
    {"meta nftrace", NFT_META_NFTRACE, NftShape::Number},
    {"meta nfproto", NFT_META_NFPROTO, NftShape::Family},
    {"meta l4proto", NFT_META_L4PROTO, NftShape::Protocol},
    {"meta pkttype", NFT_META_PKTTYPE, NftShape::PacketType},
    {"meta cpu", NFT_META_CPU, NftShape::Number},
    {"iifgroup", NFT_META_IIFGROUP, NftShape::Number},
    {"oifgroup", NFT_META_OIFGROUP, NftShape::Number},
    {"meta cgroup", NFT_META_CGROUP, NftShape::Number},
    {"meta ibrname", NFT_META_BRI_IIFNAME, NftShape::Name},
    {"meta obrname", NFT_META_BRI_OIFNAME, NftShape::Name},
};

constexpr Key kCt[] = {
    {"ct state", NFT_CT_STATE, NftShape::CtState},
    {"ct direction", NFT_CT_DIRECTION, NftShape::Number},
    {"ct status", NFT_CT_STATUS, NftShape::Hex},
    {"ct mark", NFT_CT_MARK, NftShape::Hex},
    {"ct helper", NFT_CT_HELPER, NftShape::Name},
    {"ct protocol", NFT_CT_PROTOCOL, NftShape::Protocol},
    {"ct zone", NFT_CT_ZONE, NftShape::Number},
};

struct Place {
    uint32_t offset;
    uint32_t size;
    std::string_view text;
    NftShape shape;
};

constexpr Place kEther[] = {{0, 6, "ether daddr", NftShape::Mac},
                            {6, 6, "ether saddr", NftShape::Mac},
                            {12, 2, "ether type", NftShape::Ethertype}};
constexpr Place kIpv4[] = {
    {12, 4, "ip saddr", NftShape::Address},    {16, 4, "ip daddr", NftShape::Address},
    {9, 1, "ip protocol", NftShape::Protocol}, {8, 1, "ip ttl", NftShape::Number},
    {2, 2, "ip length", NftShape::Number},     {6, 2, "ip frag-off", NftShape::Hex}};
constexpr Place kIpv6[] = {{8, 16, "ip6 saddr", NftShape::Address},
                           {24, 16, "ip6 daddr", NftShape::Address},
                           {6, 1, "ip6 nexthdr", NftShape::Protocol},
                           {7, 1, "ip6 hoplimit", NftShape::Number}};
constexpr Place kPorts[] = {{0, 2, "sport", NftShape::Number}, {2, 2, "dport", NftShape::Number}};
constexpr Place kTcpFlags[] = {{13, 1, "tcp flags", NftShape::TcpFlags}};
constexpr Place kIcmp[] = {{0, 1, "type", NftShape::Number}, {1, 1, "code", NftShape::Number}};

constexpr Named<uint64_t> kCtStates[] = {
    {1, "invalid"}, {2, "established"}, {4, "related"}, {8, "new"}, {64, "untracked"}};
constexpr Named<uint64_t> kTcpBits[] = {{1, "fin"},  {2, "syn"},  {4, "rst"},  {8, "psh"},
                                        {16, "ack"}, {32, "urg"}, {64, "ecn"}, {128, "cwr"}};
constexpr Named<uint64_t> kProtocols[] = {
    {IPPROTO_ICMP, "icmp"}, {IPPROTO_IGMP, "igmp"},      {IPPROTO_TCP, "tcp"},
    {IPPROTO_UDP, "udp"},   {IPPROTO_DCCP, "dccp"},      {IPPROTO_GRE, "gre"},
    {IPPROTO_ESP, "esp"},   {IPPROTO_AH, "ah"},          {IPPROTO_ICMPV6, "ipv6-icmp"},
    {IPPROTO_SCTP, "sctp"}, {IPPROTO_UDPLITE, "udplite"}};
constexpr Named<uint64_t> kFamilies[] = {
    {NFPROTO_IPV4, "ipv4"}, {NFPROTO_IPV6, "ipv6"}, {NFPROTO_ARP, "arp"}};
constexpr Named<uint64_t> kEthertypes[] = {
    {ETH_P_IP, "ip"}, {ETH_P_IPV6, "ip6"}, {ETH_P_ARP, "arp"}, {ETH_P_8021Q, "8021q"}};
constexpr Named<uint64_t> kPacketTypes[] = {
    {0, "host"}, {1, "broadcast"}, {2, "multicast"}, {3, "other"}};

template <size_t Count>
NftField field_of(const Key (&table)[Count], uint32_t key, const char* family) {
    for (const Key& entry : table) {
        if (entry.number == key) return {std::string(entry.text), entry.shape, false, 0};
    }
    return {fmt::format("{} key {}", family, key), NftShape::Hex, false, 0};
}

template <size_t Count>
std::optional<NftField> place_in(const Place (&table)[Count], uint32_t offset, uint32_t size,
                                 std::string_view prefix = {}) {
    for (const Place& place : table) {
        // A prefix that ends on a byte is compared without a mask, by loading less.
        const bool shorter = place.shape == NftShape::Address && size < place.size;
        if (place.offset != offset || (place.size != size && !shorter)) continue;
        return NftField{fmt::format("{}{}", prefix, place.text), place.shape, true, place.size};
    }
    return std::nullopt;
}

std::optional<NftField> transport_field(uint32_t offset, uint32_t size,
                                        std::optional<uint8_t> protocol) {
    if (protocol == IPPROTO_ICMP) return place_in(kIcmp, offset, size, "icmp ");
    if (protocol == IPPROTO_ICMPV6) return place_in(kIcmp, offset, size, "icmpv6 ");
    if (protocol == IPPROTO_TCP) {
        if (auto flags = place_in(kTcpFlags, offset, size)) return flags;
    }
    const auto name = protocol ? name_in(kProtocols, uint64_t{*protocol}) : std::string_view("th");
    return place_in(kPorts, offset, size, fmt::format("{} ", name.empty() ? "th" : name));
}

template <size_t Count>
std::string bits_text(const Named<uint64_t> (&table)[Count], uint64_t bits, char separator) {
    std::string text;
    for (const auto& [bit, name] : table) {
        if ((bits & bit) == 0) continue;
        if (!text.empty()) text += separator;
        text += name;
        bits &= ~bit;
    }
    return bits == 0 && !text.empty() ? text : fmt::format("{:#x}", bits);
}

std::string name_text(std::span<const uint8_t> value) {
    const auto end = std::find(value.begin(), value.end(), uint8_t{0});
    const std::string name(value.begin(), end);
    return end == value.end() ? fmt::format("\"{}*\"", name) : fmt::format("\"{}\"", name);
}

std::string hex_text(std::span<const uint8_t> value) {
    std::string text = "0x";
    for (const uint8_t byte : value) text += fmt::format("{:02x}", byte);
    return text;
}

std::string mac_text(std::span<const uint8_t> value) {
    model::MacAddress mac;
    std::copy_n(value.begin(), std::min(value.size(), mac.bytes.size()), mac.bytes.begin());
    return mac.text();
}

// `value` may be the leading bytes only; the rest of the address is zero and not compared.
std::string address_text(const NftField& field, std::span<const uint8_t> value) {
    const size_t whole = field.size != 0 ? field.size : value.size();
    if (value.size() > whole || (whole != 4 && whole != 16)) return hex_text(value);
    std::array<uint8_t, 16> mask{};
    std::fill_n(mask.begin(), value.size(), uint8_t{0xff});
    std::array<uint8_t, 16> padded{};
    std::copy(value.begin(), value.end(), padded.begin());
    return nft_masked_address(std::span(padded).first(whole), std::span(mask).first(whole));
}

}  // namespace

uint64_t nft_number(std::span<const uint8_t> value, bool network_order) {
    uint64_t number = 0;
    const size_t count = std::min<size_t>(value.size(), 8);
    for (size_t i = 0; i < count; ++i)
        number = number << 8U | value[network_order ? i : count - 1 - i];
    return number;
}

NftField nft_meta_field(uint32_t key) {
    NftField field = field_of(kMeta, key, "meta");
    field.network_order = field.shape == NftShape::Ethertype;
    return field;
}

NftField nft_ct_field(uint32_t key) {
    return field_of(kCt, key, "ct");
}

NftField nft_payload_field(uint32_t base, uint32_t offset, uint32_t size,
                           const NftProtocols& protocols) {
    std::optional<NftField> field;
    const char* raw = "ih";
    if (base == NFT_PAYLOAD_LL_HEADER) {
        raw = "ll";
        field = place_in(kEther, offset, size);
    } else if (base == NFT_PAYLOAD_NETWORK_HEADER) {
        raw = "nh";
        if (protocols.network == 4) field = place_in(kIpv4, offset, size);
        if (protocols.network == 6) field = place_in(kIpv6, offset, size);
    } else if (base == NFT_PAYLOAD_TRANSPORT_HEADER) {
        raw = "th";
        field = transport_field(offset, size, protocols.upper);
    }
    if (field) return *field;
    return {fmt::format("@{},{},{}", raw, offset * 8, size * 8), NftShape::Hex, true, 0};
}

std::string nft_masked_address(std::span<const uint8_t> value, std::span<const uint8_t> mask) {
    size_t length = 0;
    while (length < mask.size() * 8 && (mask[length / 8] & 0x80U >> length % 8) != 0) ++length;
    const bool v4 = value.size() == 4;
    const auto address =
        v4 ? model::IpAddress::v4(value.first<4>()) : model::IpAddress::v6(value.first<16>());
    size_t ones = 0;
    for (const uint8_t byte : mask) ones += static_cast<size_t>(std::popcount(byte));
    if (ones != length) return fmt::format("{} mask {}", address.text(), hex_text(mask));
    return length == value.size() * 8 ? address.text()
                                      : fmt::format("{}/{}", address.text(), length);
}

std::string nft_value(const NftField& field, std::span<const uint8_t> value) {
    const uint64_t number = nft_number(value, field.network_order);
    switch (field.shape) {
        case NftShape::Number:
            return std::to_string(number);
        case NftShape::Address:
            return address_text(field, value);
        case NftShape::Name:
            return name_text(value);
        case NftShape::Protocol:
            return name_or_number(kProtocols, number);
        case NftShape::Family:
            return name_or_number(kFamilies, number);
        case NftShape::Ethertype:
            return name_or_number(kEthertypes, number);
        case NftShape::CtState:
            return bits_text(kCtStates, number, ',');
        case NftShape::TcpFlags:
            return bits_text(kTcpBits, number, '|');
        case NftShape::PacketType:
            return name_or_number(kPacketTypes, number);
        case NftShape::Mac:
            return value.size() == 6 ? mac_text(value) : hex_text(value);
        case NftShape::Hex:
            break;
    }
    return value.size() <= 8 ? fmt::format("{:#x}", number) : hex_text(value);
}

}  // namespace knowhy::net
