#include "explain/ipv4_input.h"

#include <cerrno>

namespace knowhy::explain {

Martian martian_kind(const model::Ip& ip) {
    const auto& source = ip.source;
    const auto& destination = ip.destination;
    if (source.is_multicast() || source.is_limited_broadcast()) return Martian::Source;
    // DHCP clients ask from 0.0.0.0 to 255.255.255.255, and that is allowed.
    const bool asks_for_address = source.is_unspecified() && destination.is_unspecified();
    if (destination.is_limited_broadcast() || asks_for_address) return Martian::None;
    if (source.is_unspecified()) return Martian::Source;
    if (destination.is_unspecified()) return Martian::Destination;
    if (destination.is_loopback()) return Martian::LocalnetDestination;
    return source.is_loopback() ? Martian::LocalnetSource : Martian::None;
}

namespace {

// The function that stands for the lookup of this packet.
std::string_view lookup_function(const Context& context) {
    constexpr std::string_view kSlow = "ip_route_input_slow";
    constexpr std::string_view kNoref = "ip_route_input_noref";
    if (context.returned(kSlow) || context.silent(kSlow)) return kSlow;
    const model::Ip* ip = context.ip4();
    return ip != nullptr && ip->destination.is_multicast() ? kSlow : kNoref;
}

}  // namespace

std::optional<int64_t> lookup_returned(const Context& context) {
    return context.returned(lookup_function(context));
}

std::optional<model::Evidence> lookup_evidence(const Context& context) {
    return context.return_of(lookup_function(context));
}

bool lookup_allowed(const Context& context) {
    return context.silent(lookup_function(context));
}

bool refused_as_martian(const Context& context) {
    return lookup_returned(context) == -EINVAL && !context.returned("fib_validate_source");
}

}  // namespace knowhy::explain
