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

bool refused_as_martian(const Context& context) {
    return context.returned("ip_route_input_slow") == -EINVAL &&
           !context.returned("fib_validate_source");
}

}  // namespace knowhy::explain
