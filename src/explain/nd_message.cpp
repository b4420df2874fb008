#include "explain/nd_message.h"

namespace knowhy::explain {

bool is_nd_message(const Context& context) {
    const model::IcmpHeader* icmp = context.icmp();
    return context.ip6() != nullptr && icmp != nullptr && icmp->type >= kRouterSolicitation &&
           icmp->type <= kRedirect;
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
