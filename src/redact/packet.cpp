#include "redact/packet.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

namespace knowhy::redact {
namespace {

using Bytes = std::span<uint8_t>;

constexpr uint16_t kIpv4 = 0x0800;
constexpr uint16_t kArp = 0x0806;
constexpr uint16_t kIpv6 = 0x86dd;
constexpr uint16_t kSlow = 0x8809;
constexpr uint16_t kTeb = 0x6558;  // an Ethernet frame inside
constexpr unsigned kDeepest = 6;   // headers of IP in one another; deeper ones are blanked

uint16_t get16(Bytes bytes, size_t at) {
    return static_cast<uint16_t>(bytes[at] << 8U | bytes[at + 1]);
}
void put16(Bytes bytes, size_t at, uint16_t value) {
    bytes[at] = static_cast<uint8_t>(value >> 8U);
    bytes[at + 1] = static_cast<uint8_t>(value);
}

// The Internet checksum's sum, not yet inverted (RFC 1071).
uint16_t sum_of(Bytes bytes) {
    uint64_t sum = 0;
    for (size_t i = 0; i < bytes.size(); ++i) sum += i % 2 == 0 ? bytes[i] * 256U : bytes[i];
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16U);
    return static_cast<uint16_t>(sum);
}

// RFC 1624: what the checksum becomes when what it sums changes from one sum to another.
uint16_t adjusted(uint16_t checksum, uint16_t before, uint16_t after) {
    uint32_t sum = static_cast<uint16_t>(~checksum);
    sum += static_cast<uint16_t>(~before);
    sum += after;
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16U);
    return static_cast<uint16_t>(~sum);
}

class Rewriter {
  public:
    explicit Rewriter(AddressMap& map) : map_(map) {}

    void frame(Bytes bytes) {
        if (bytes.size() < 14) return blank(bytes);
        mac(bytes, 0);
        mac(bytes, 6);
        size_t at = 12;
        uint16_t type = get16(bytes, at);
        while ((type == 0x8100 || type == 0x88a8 || type == 0x9100) && at + 6 <= bytes.size()) {
            at += 4;
            type = get16(bytes, at);
        }
        network(type, bytes.subspan(at + 2));
    }

    void network(uint16_t type, Bytes bytes) {
        if (++depth_ > kDeepest) return blank(bytes);
        if (type == kIpv4) {
            ipv4(bytes);
        } else if (type == kIpv6) {
            ipv6(bytes);
        } else if (type == kArp) {
            arp(bytes);
        } else if (type == kTeb) {
            frame(bytes);
        } else if (type == kSlow) {
            mac(bytes, 6);   // an LACPDU's actor system
            mac(bytes, 26);  // and its partner system
        } else {
            blank(bytes);
        }
        --depth_;
    }

  private:
    static void blank(Bytes bytes) { std::fill(bytes.begin(), bytes.end(), uint8_t{0}); }
    static void blank_behind(Bytes bytes, size_t header) {
        if (bytes.size() > header) blank(bytes.subspan(header));
    }

    void mac(Bytes bytes, size_t at) {
        if (at + 6 > bytes.size()) return;
        model::MacAddress address;
        std::copy_n(bytes.begin() + static_cast<ptrdiff_t>(at), 6, address.bytes.begin());
        const model::MacAddress other = map_.mac(address);
        std::copy(other.bytes.begin(), other.bytes.end(),
                  bytes.begin() + static_cast<ptrdiff_t>(at));
    }

    void ip(Bytes bytes, size_t at, size_t length) {
        if (at + length > bytes.size()) return;
        const Bytes field = bytes.subspan(at, length);
        const auto real = length == 4 ? model::IpAddress::v4(field.first<4>())
                                      : model::IpAddress::v6(field.first<16>());
        const auto other = map_.ip(real);
        std::copy(other.bytes().begin(), other.bytes().end(), field.begin());
    }

    void arp(Bytes bytes) {
        if (bytes.size() < 28 || bytes[4] != 6 || bytes[5] != 4) return blank_behind(bytes, 8);
        mac(bytes, 8);
        ip(bytes, 14, 4);
        mac(bytes, 18);
        ip(bytes, 24, 4);
        blank_behind(bytes, 28);  // padding
    }

    // Source routes and recorded routes are addresses behind a pointer.
    void ipv4_options(Bytes options) {
        for (size_t at = 0; at + 1 < options.size() && options[at] != 0;) {
            const uint8_t type = options[at];
            const size_t length = type == 1 ? 1 : options[at + 1];
            if (length == 0 || at + length > options.size()) return;
            if (type == 7 || type == 131 || type == 137)
                for (size_t field = at + 3; field + 4 <= at + length; field += 4)
                    ip(options, field, 4);
            at += length;
        }
    }

    void ipv4(Bytes bytes) {
        if (bytes.size() < 20) return blank(bytes);
        const size_t header = std::clamp<size_t>(size_t{bytes[0]} % 16 * 4, 20, bytes.size());
        const uint16_t header_before = sum_of(bytes.first(header));
        const uint16_t before = sum_of(bytes.subspan(12, 8));
        ip(bytes, 12, 4);
        ip(bytes, 16, 4);
        ipv4_options(bytes.subspan(20, header - 20));
        const uint16_t pseudo_after = sum_of(bytes.subspan(12, 8));
        put16(bytes, 10, adjusted(get16(bytes, 10), header_before, sum_of(bytes.first(header))));
        const bool later_fragment = (get16(bytes, 6) & 0x1fffU) != 0;
        if (later_fragment) return blank_behind(bytes, header);
        upper(bytes[9], bytes.subspan(header), before, pseudo_after);
    }

    void ipv6(Bytes bytes) {
        if (bytes.size() < 40) return blank(bytes);
        const uint16_t before = sum_of(bytes.subspan(8, 32));
        ip(bytes, 8, 16);
        ip(bytes, 24, 16);
        const uint16_t after = sum_of(bytes.subspan(8, 32));
        uint8_t next = bytes[6];
        size_t at = 40;
        const auto is_extension = [](uint8_t protocol) {
            return protocol == 0 || protocol == 43 || protocol == 44 || protocol == 60;
        };
        while (is_extension(next) && at + 8 <= bytes.size()) {
            const size_t length = next == 44 ? 8 : (size_t{bytes[at + 1]} + 1) * 8;
            if (next == 44 && (get16(bytes, at + 2) & 0xfff8U) != 0)
                return blank_behind(bytes, at + 8);
            if (next == 43)
                for (size_t hop = at + 8; hop + 16 <= std::min(at + length, bytes.size());
                     hop += 16)
                    ip(bytes, hop, 16);
            next = bytes[at];
            at += length;
        }
        if (at < bytes.size()) upper(next, bytes.subspan(at), before, after);
    }

    // What is behind an IP header whose addresses, which checksums cover, changed their sum.
    void upper(uint8_t protocol, Bytes bytes, uint16_t before, uint16_t after) {
        switch (protocol) {
            case 1:
                return summed(bytes, 2, 0, 0, &Rewriter::icmp);
            case 6:
                return summed(bytes, 16, before, after, &Rewriter::tcp);
            case 17:
                return summed(bytes, 6, before, after, &Rewriter::udp);
            case 58:
                return summed(bytes, 2, before, after, &Rewriter::icmp6);
            case 2:  // IGMP: groups alone
                return;
            case 4:
                return network(kIpv4, bytes);
            case 41:
                return network(kIpv6, bytes);
            case 47:
                return gre(bytes);
            default:
                return blank_behind(bytes, 12);  // ports and tags of SCTP, the SPI of ESP
        }
    }

    // Rewrites a segment that has a checksum of itself and of the pseudo header.
    void summed(Bytes bytes, size_t field, uint16_t before, uint16_t after,
                void (Rewriter::*rewrite)(Bytes)) {
        if (bytes.size() < field + 2) return blank(bytes);
        const uint16_t checksum = get16(bytes, field);
        put16(bytes, field, 0);
        const uint16_t own_before = sum_of(bytes);
        (this->*rewrite)(bytes);
        const uint16_t own_after = sum_of(bytes);
        const uint16_t other = adjusted(adjusted(checksum, before, after), own_before, own_after);
        // UDP's 0 means that there is none.
        const bool none = field == 6 && checksum == 0;
        put16(bytes, field,
              none                       ? uint16_t{0}
              : field == 6 && other == 0 ? uint16_t{0xffff}
                                         : other);
    }

    void tcp(Bytes bytes) {
        const size_t header = bytes.size() > 12 ? std::max<size_t>(bytes[12] / 16 * 4UL, 20) : 20;
        blank_behind(bytes, header);
    }

    void udp(Bytes bytes) {
        if (bytes.size() < 8) return;
        const uint16_t port = get16(bytes, 2);
        const Bytes inside = bytes.subspan(8);
        if ((port == 4789 || port == 8472) && inside.size() > 8)
            return network(kTeb, inside.subspan(8));
        if (port == 6081 && inside.size() > 8) {
            const size_t header = 8 + size_t{inside[0]} % 64 * 4;
            if (header < inside.size()) return network(get16(inside, 2), inside.subspan(header));
        }
        blank_behind(inside, port == 4791 ? 12 : 0);  // RoCE's transport header has no address
    }

    void gre(Bytes bytes) {
        if (bytes.size() < 4) return blank(bytes);
        const size_t flags = bytes[0];
        const size_t header = 4 + ((flags & 0x80U) != 0 ? 4 : 0) + ((flags & 0x20U) != 0 ? 4 : 0) +
                              ((flags & 0x10U) != 0 ? 4 : 0);
        if (header < bytes.size()) network(get16(bytes, 2), bytes.subspan(header));
    }

    // Errors quote the packet that they are about.
    void icmp(Bytes bytes) {
        if (bytes.size() < 8) return;
        const uint8_t type = bytes[0];
        const bool quotes = type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
        if (type == 5) ip(bytes, 4, 4);
        if (quotes) return network(kIpv4, bytes.subspan(8));
        blank_behind(bytes, 8);
    }

    void icmp6(Bytes bytes) {
        if (bytes.size() < 8) return;
        const uint8_t type = bytes[0];
        if (type < 128) return network(kIpv6, bytes.subspan(8));
        if (type >= 133 && type <= 137) return discovery(bytes);
        const bool is_listener_report = type == 130 || type == 131 || type == 132 || type == 143;
        if (!is_listener_report) blank_behind(bytes, 8);
    }

    // RFC 4861: addresses of targets, then options.
    void discovery(Bytes bytes) {
        const uint8_t type = bytes[0];
        size_t at = type == 134 ? 16 : type == 133 ? 8 : type == 137 ? 40 : 24;
        for (size_t address = 8; type >= 135 && address < at; address += 16) ip(bytes, address, 16);
        while (at + 8 <= bytes.size() && bytes[at + 1] != 0) {
            const uint8_t option = bytes[at];
            if (option == 1 || option == 2) mac(bytes, at + 2);
            if (option == 3) ip(bytes, at + 16, 16);
            const size_t next = at + size_t{bytes[at + 1]} * 8;
            if (option > 5 || option == 4)
                blank(bytes.subspan(at + 2, std::min(next, bytes.size()) - at - 2));
            at = next;
        }
    }

    AddressMap& map_;
    unsigned depth_ = 0;
};

}  // namespace

void redact_packet(model::RawPacket& packet, AddressMap& map) {
    Rewriter rewriter(map);
    const Bytes bytes(packet.bytes);
    if (packet.start == model::RawPacket::Start::Mac) rewriter.frame(bytes);
    if (packet.start == model::RawPacket::Start::Network) rewriter.network(packet.protocol, bytes);
    if (packet.start == model::RawPacket::Start::None)
        std::fill(bytes.begin(), bytes.end(), uint8_t{0});
}

}  // namespace knowhy::redact
