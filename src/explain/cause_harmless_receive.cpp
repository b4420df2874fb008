// Received packets that end as they should.
#include <fmt/format.h>

#include <algorithm>

#include "explain/causes.h"
#include "explain/nd_message.h"

namespace knowhy::explain {
namespace {

constexpr uint32_t kTableLocal = 255;  // RT_TABLE_LOCAL
constexpr uint8_t kBroadcast = 1;      // PACKET_BROADCAST, include/uapi/linux/if_packet.h
constexpr uint8_t kMulticast = 2;      // PACKET_MULTICAST
constexpr uint32_t kUdpHeader = 8;

constexpr uint8_t kEchoReply4 = 0;
constexpr uint8_t kEchoReply6 = 129;

bool is_echo_reply(const Context& context) {
    const model::IcmpHeader* icmp = context.icmp();
    if (icmp == nullptr) return false;
    return icmp->type == (context.ip6() != nullptr ? kEchoReply6 : kEchoReply4);
}

// Requests that this namespace sent while the watch ran, as many as the replies at least: then
// somebody here waits for them.
bool somebody_pings(const Context& context) {
    const auto sent =
        context.counted(context.ip6() != nullptr ? "snmp6.Icmp6OutEchos" : "snmp.Icmp.OutEchos");
    return sent && static_cast<uint64_t>(*sent) >= context.group.count;
}

// A raw socket, such as ping's, gets a copy first; that no ping socket wants the original then is
// normal. Without the raw socket the reply is one that nobody waits for.
std::optional<Conclusion> echo_reply(const Context& context) {
    if (!context.kernel_says({"NO_SOCKET"}) || !is_echo_reply(context)) return std::nullopt;
    const char* const point = context.ip6() != nullptr ? "raw6_local_deliver" : "raw_local_deliver";
    const bool delivered = context.returned(point) == 1;
    if (!delivered && context.silent(point)) return std::nullopt;
    const bool pinging = delivered || somebody_pings(context);
    Conclusion found = when(
        delivered, pinging ? Verdict::Harmless : Verdict::Unknown,
        pinging ? "an echo reply, of which ping's raw socket got its own copy"
                : "an echo reply that no ping socket wants; whether a raw socket got it is not "
                  "known");
    found.with(context.return_of(point));
    found.with(packet_evidence("ICMP id", fmt::format("{}", context.icmp()->id)));
    if (!delivered) {
        found.with(context.counter(context.ip6() != nullptr ? "snmp6.Icmp6OutEchos"
                                                            : "snmp.Icmp.OutEchos"));
    }
    return found;
}

bool goes_to_many(const Context& context) {
    const model::Ip* ip = context.ip();
    if (ip == nullptr) return false;
    if (ip->destination.is_multicast() || ip->destination.is_limited_broadcast()) return true;
    const uint8_t type = context.sample->packet_type;
    if (type == kBroadcast || type == kMulticast) return true;
    const model::Route* route =
        context.state != nullptr ? context.state->lookup(ip->destination, kTableLocal) : nullptr;
    return route != nullptr && route->type == "broadcast";
}

bool is_whole_udp(const Context& context) {
    const model::Ip* ip = context.ip();
    return ip != nullptr && ip->total_length >= ip->header_length + kUdpHeader;
}

std::string to_many_text(const Context& context) {
    return fmt::format("{} on {}", context.ip()->destination.text(),
                       context.device_or("the device"));
}

std::optional<Conclusion> unwanted_datagram(const Context& context) {
    if (!context.says_nothing() || !goes_to_many(context) || !is_whole_udp(context)) {
        return std::nullopt;
    }
    Conclusion found = certain(
        Verdict::Harmless,
        fmt::format("a datagram to many ({}) that no socket here wants", to_many_text(context)));
    found.with(packet_evidence("destination", context.ip()->destination.text()));
    found.with(context.counter("snmp.Udp.IgnoredMulti"));
    return found;
}

// The groups that the device has joined, when they were read.
const std::vector<model::IpAddress>* groups_of(const Context& context) {
    if (context.state == nullptr) return nullptr;
    const auto found = context.state->multicast_groups.find(context.device());
    return found != context.state->multicast_groups.end() ? &found->second : nullptr;
}

std::optional<Conclusion> group_not_joined(const Context& context) {
    const model::Ip* ip = context.ip6();
    if (!context.says_nothing() || ip == nullptr || !ip->destination.is_multicast()) {
        return std::nullopt;
    }
    const auto* groups = groups_of(context);
    const bool joined = groups != nullptr &&
                        std::find(groups->begin(), groups->end(), ip->destination) != groups->end();
    if (joined) return std::nullopt;
    Conclusion found = when(groups != nullptr, Verdict::Harmless,
                            fmt::format("nobody here joined the group {}", to_many_text(context)));
    found.with(packet_evidence("destination", ip->destination.text()));
    return found;
}

// ff00::/8 has no route on a device that is not ready yet.
std::optional<Conclusion> device_not_ready(const Context& context) {
    const model::Ip* ip = context.ip6();
    if (!context.kernel_says({"IP_INNOROUTES"}) || ip == nullptr ||
        !ip->destination.is_multicast()) {
        return std::nullopt;
    }
    Conclusion found = likely(
        Verdict::Harmless,
        fmt::format("multicast to {}, which has no IPv6 routes (yet)", to_many_text(context)));
    found.with(packet_evidence("destination", ip->destination.text()));
    return found;
}

std::optional<Conclusion> multicast_unwanted(const Context& context) {
    if (context.at({"ip6_mc_input"})) return group_not_joined(context);
    if (context.at({"ip6_pkt_drop", "ip6_pkt_discard"})) return device_not_ready(context);
    return unwanted_datagram(context);
}

// A reassembled packet is a list: when it is freed, each member is freed (and told) once more. What
// became of the packet is told by its own free, if that was a loss.
std::optional<Conclusion> fragment_member(const Context& context) {
    const bool read = context.under({"consume_skb", "__consume_stateless_skb", "skb_consume_udp"});
    return certain(Verdict::Harmless, read ? "a fragment of a packet that was delivered"
                                           : "a fragment of a packet that is told of by itself");
}

// Whether the message is well-formed and wanted: router advertisements are looked at only if the
// device is to, all else always is.
std::optional<bool> is_taken(const Context& context) {
    const auto fits = nd_is_well_formed(context);
    if (!fits.value_or(false)) return fits;
    if (context.icmp()->type != kRouterAdvertisement) return true;
    if (!context.ip6()->source.is_link_local()) return false;
    return router_policy(context).takes_advertisements();
}

// An error message carries the beginning of the packet it is about.
bool is_whole_error(const Context& context) {
    constexpr uint8_t kFirstType = 1;  // destination unreachable
    constexpr uint8_t kLastType = 4;   // parameter problem
    constexpr uint32_t kShortest = 8 + 40;
    const uint8_t type = context.icmp()->type;
    const model::Ip& ip = *context.ip6();
    return type >= kFirstType && type <= kLastType &&
           ip.total_length >= ip.header_length + kShortest;
}

std::optional<Conclusion> understood(const Context& context) {
    const model::IcmpHeader& icmp = *context.icmp();
    const bool is_error = is_whole_error(context);
    const bool is_nd =
        is_nd_message(context) && context.ip6()->ttl == kNdHopLimit && icmp.code == 0;
    if (!is_error && !is_nd) return std::nullopt;
    const auto taken = is_error ? std::optional(true) : is_taken(context);
    if (!taken.value_or(true)) return std::nullopt;
    return when(taken.has_value(), Verdict::Harmless,
                is_error ? fmt::format("an ICMPv6 error of type {}, taken note of", icmp.type)
                         : fmt::format("a {}, taken note of", nd_name(icmp.type)));
}

std::optional<Conclusion> nd_consumed(const Context& context) {
    const bool for_others = context.kernel_says({"IPV6_NDISC_NS_OTHERHOST"});
    const bool seen = context.ip6() != nullptr && context.icmp() != nullptr;
    std::optional<Conclusion> found;
    if (for_others) {
        found = certain(Verdict::Harmless, "a neighbour solicitation for another host");
    } else if (seen && context.says_nothing() && understood_icmp_ends_without_reason(context)) {
        found = understood(context);
    }
    if (!found || !seen) return found;
    found->with(packet_evidence("type", fmt::format("{}", context.icmp()->type)));
    found->with(packet_evidence("hop limit", fmt::format("{}", context.ip6()->ttl)));
    return found;
}

}  // namespace

std::vector<Cause> harmless_receive_causes() {
    return {
        {.id = "echo-reply",
         .title = "An echo reply, of which a raw socket got a copy",
         .facts = "the kernel's NO_SOCKET for an echo reply, and raw_local_deliver = 1; or at "
                  "least as many requests sent from here",
         .certainty = "certain with raw_local_deliver; harmless and likely when this namespace "
                      "sent the requests; else it may be a loss and is not judged",
         .places = {"icmp_rcv", "icmpv6_rcv", "ping_rcv"},
         .match = echo_reply},
        {.id = "multicast-unwanted",
         .title = "Broadcast or multicast that nobody here wants",
         .facts = "freed without a reason where UDP or IPv6 gives out a packet to many; the "
                  "destination is a group or a broadcast address",
         .certainty = "certain from the packet; for an IPv6 group also from the groups that the "
                      "device has joined",
         .places = {"__udp4_lib_rcv", "__udp6_lib_rcv", "__udp4_lib_mcast_deliver",
                    "__udp6_lib_mcast_deliver", "ip6_mc_input", "ip6_pkt_drop", "ip6_pkt_discard"},
         .match = multicast_unwanted},
        {.id = "fragment-member",
         .title = "A fragment, freed with the packet it is part of",
         .facts = "freed in skb_release_data, which does so for the members of a list only",
         .certainty = "certain",
         .places = {"skb_release_data"},
         .match = fragment_member},
        {.id = "nd-consumed",
         .title = "ICMPv6 that was understood and is done with",
         .facts = "freed in icmpv6_rcv without a reason on a kernel before 6.4: an error message, "
                  "or neighbour discovery with hop limit 255, code 0, a sound target and options "
                  "that fit. Or the kernel's IPV6_NDISC_NS_OTHERHOST",
         .certainty = "certain by name or from the packet, likely when not all of it was copied; "
                      "for a router advertisement also from accept_ra and forwarding of the device",
         .reasons = {"IPV6_NDISC_NS_OTHERHOST"},
         .places = {"icmpv6_rcv"},
         .sysctls = {"net.ipv6.conf.{dev}.accept_ra", "net.ipv6.conf.{dev}.forwarding"},
         .match = nd_consumed},
    };
}

}  // namespace knowhy::explain
