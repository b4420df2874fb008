#include <algorithm>

#include "explain/causes.h"

namespace knowhy::explain {
namespace {

std::vector<Cause> all_causes() {
    std::vector<Cause> all;
    for (const auto area : {ipv4_source_causes,    ipv4_destination_causes,
                            routing_causes,        forwarding_causes,
                            ip_header_causes,      l2_causes,
                            bridge_causes,         netfilter_causes,
                            neighbour_causes,      transmit_causes,
                            socket_causes,         transport_header_causes,
                            tcp_segment_causes,    tcp_memory_causes,
                            tcp_connection_causes, fragment_causes,
                            ipv6_causes,           queue_causes,
                            harmless_purge_causes, harmless_receive_causes,
                            harmless_tcp_causes}) {
        for (Cause& cause : area()) all.push_back(std::move(cause));
    }
    return all;
}

}  // namespace

const std::vector<Cause>& registry() {
    static const std::vector<Cause> causes = all_causes();
    return causes;
}

const Cause* find_cause(std::string_view id) {
    const auto& all = registry();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Cause& cause) { return cause.id == id; });
    return found != all.end() ? &*found : nullptr;
}

}  // namespace knowhy::explain
