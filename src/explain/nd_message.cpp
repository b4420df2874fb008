#include "explain/nd_message.h"

#include <cstdio>
#include <span>
#include <utility>

namespace knowhy::explain {
namespace {

// Bytes before the options, ICMPv6 header included (RFC 4861, 4.1 to 4.5).
size_t options_begin(uint8_t type) {
    switch (type) {
        case kRouterSolicitation:
            return 8;
        case kRouterAdvertisement:
            return 16;
        case kRedirect:
            return 40;
        default:
            return 24;
    }
}

size_t ip_begins(const model::DropSample& sample) {
    constexpr size_t kEthernet = 14;
    constexpr size_t kVlanTag = 4;
    if (sample.packet.start == model::RawPacket::Start::Network) return 0;
    return kEthernet + kVlanTag * sample.decoded.vlans.size();
}

// The message from its ICMPv6 header on, as far as it was copied.
std::span<const uint8_t> message_of(const Context& context) {
    const std::span<const uint8_t> bytes(context.sample->packet.bytes);
    const size_t begin = ip_begins(*context.sample) + context.ip6()->header_length;
    return begin < bytes.size() ? bytes.subspan(begin) : std::span<const uint8_t>();
}

constexpr size_t kTarget = 8;
constexpr uint8_t kMulticastPrefix = 0xff;

bool has_target(uint8_t type) {
    return type == kNeighbourSolicitation || type == kNeighbourAdvertisement;
}

// Options from `at` to `end`: a type, a length in units of 8 bytes, and so on.
std::optional<bool> options_fit(std::span<const uint8_t> message, size_t at, size_t end) {
    while (at < end) {
        if (end - at < 2) return false;
        if (at + 1 >= message.size()) return std::nullopt;
        const size_t length = size_t{8} * message[at + 1];
        if (length == 0 || length > end - at) return false;
        at += length;
    }
    return true;
}

}  // namespace

std::optional<bool> nd_is_well_formed(const Context& context) {
    if (!is_nd_message(context)) return std::nullopt;
    const model::Ip& ip = *context.ip6();
    if (ip.total_length < ip.header_length) return std::nullopt;
    const size_t end = ip.total_length - ip.header_length;
    const size_t options = options_begin(context.icmp()->type);
    if (options > end) return false;
    const auto message = message_of(context);
    if (has_target(context.icmp()->type)) {
        if (message.size() <= kTarget) return std::nullopt;
        if (message[kTarget] == kMulticastPrefix) return false;
    }
    return options_fit(message, options, end);
}

bool understood_icmp_ends_without_reason(const Context& context) {
    constexpr std::pair kNamed(6, 4);
    int major = 0;
    int minor = 0;
    const std::string& release = context.observation.host.kernel_release;
    if (std::sscanf(release.c_str(), "%d.%d", &major, &minor) != 2) return false;
    return std::pair(major, minor) < kNamed;
}

bool is_nd_message(const Context& context) {
    const model::IcmpHeader* icmp = context.icmp();
    return context.ip6() != nullptr && icmp != nullptr && icmp->type >= kRouterSolicitation &&
           icmp->type <= kRedirect;
}

std::optional<bool> RouterPolicy::takes_advertisements() const {
    if (accept.is(0)) return false;
    if (accept.is(2)) return true;  // even from a router's place
    if (!accept.device || !forwarding.device) return std::nullopt;
    return !is_router();
}

RouterPolicy router_policy(const Context& context) {
    return {device_setting(context, "ipv6", "accept_ra", Combine::DeviceOnly),
            device_setting(context, "ipv6", "forwarding", Combine::DeviceOnly)};
}

std::string_view nd_name(uint8_t type) {
    switch (type) {
        case kRouterSolicitation:
            return "router solicitation";
        case kRouterAdvertisement:
            return "router advertisement";
        case kNeighbourSolicitation:
            return "neighbour solicitation";
        case kNeighbourAdvertisement:
            return "neighbour advertisement";
        case kRedirect:
            return "redirect";
        default:
            return "neighbour discovery message";
    }
}

}  // namespace knowhy::explain
