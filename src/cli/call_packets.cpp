#include "cli/call_packets.h"

#include <algorithm>
#include <map>

#include "base/text.h"

namespace knowhy::cli {
namespace {

// The skb's own device, which is where it is.
std::string device_of(const model::TracedCall& call) {
    for (const model::TracedValue& value : call.values) {
        if (!value.type.starts_with("struct sk_buff ")) continue;
        for (const model::TracedValue& member : value.members) {
            const auto* text = member.value.get<model::Value::Text>();
            if (member.name == "dev" && text != nullptr) return text->raw;
        }
    }
    return {};
}

}  // namespace

Status add_packets(render::PcapngWriter& pcap, const model::Observation& recorded) {
    std::map<uint64_t, const std::vector<uint8_t>*> known;  // by skb: its bytes as they were last
    for (const model::TracedCall& call : recorded.trace.calls) {
        if (!call.packet) continue;
        const std::vector<uint8_t>*& last = known[call.skb];
        if (last != nullptr && *last == call.packet->bytes) continue;
        last = &call.packet->bytes;
        const std::string& function = recorded.trace.functions[call.function].name;
        const model::Scope& scope = recorded.scope;
        KW_CHECK_OK(pcap.add({*call.packet, call.time_ns, scope.netns, scope.netns_name, 0,
                              device_of(call), escaped(function)},
                             recorded.clock));
    }
    return {};
}

}  // namespace knowhy::cli
