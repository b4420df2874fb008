#include "render/json/calls.h"

#include "base/result.h"
#include "base/text.h"
#include "model/call_filter.h"
#include "model/traced_text.h"
#include "render/json/values.h"

namespace knowhy::render {
namespace {

using model::TracedCall;
using model::TracedValue;
using model::Value;

constexpr uint64_t kExact = 1ULL << 53U;  // what every reader of JSON holds exactly

Json number_json(const Value::Integer& number) {
    if (number.is_signed) {
        const uint64_t size = number.bits < 0 ? 0 - static_cast<uint64_t>(number.bits)
                                              : static_cast<uint64_t>(number.bits);
        return size <= kExact ? Json(number.bits) : Json(std::to_string(number.bits));
    }
    const auto bits = static_cast<uint64_t>(number.bits);
    return bits <= kExact ? Json(bits) : Json(hex(bits));
}

Json value_json(const Value& value) {
    if (const auto* number = value.get<Value::Integer>()) return number_json(*number);
    if (const auto* truth = value.get<Value::Boolean>()) return truth->is_true;
    if (const auto* text = value.get<Value::Text>()) return text->raw;
    if (const auto* pointer = value.get<Value::Pointer>()) return hex(pointer->address);
    if (value.get<Value::Nothing>() != nullptr) return nullptr;
    return model::text_of(value);
}

Json values_json(const std::vector<TracedValue>& values) {
    Json all = Json::array();
    for (const TracedValue& value : values) {
        Json one = {{"name", value.name},
                    {"c_type", text_or_null(value.type)},
                    {"value", value_json(value.value)}};
        if (!value.members.empty()) one["members"] = values_json(value.members);
        all.push_back(std::move(one));
    }
    return all;
}

Json packet_of(const TracedCall& call) {
    if (!call.packet) return nullptr;
    return {{"ethertype", call.packet->protocol},
            {"length", call.packet->wire_length},
            {"bytes", hex_bytes(call.packet->bytes)}};
}

}  // namespace

std::string call_json(const TracedCall& call, const model::Trace& trace, const ClockPair& clock) {
    const model::TracedFunction& function = trace.functions[call.function];
    const bool entered = call.kind == TracedCall::Kind::Entered;
    const auto error = error_of(call);
    return json_line({{"type", "call"},
                      {"time_ns", clock.to_realtime(call.time_ns)},
                      {"boot_ns", clock.to_boot(call.time_ns)},
                      {"kind", entered ? "entered" : "returned"},
                      {"function", function.name},
                      {"module", text_or_null(function.module)},
                      {"cpu", call.cpu},
                      {"pid", call.pid},
                      {"comm", call.comm},
                      {"values", values_json(call.values)},
                      {"errno", error ? Json(errno_name(static_cast<int>(-*error))) : Json()},
                      {"skb", call.skb != 0 ? Json(hex(call.skb)) : Json()},
                      {"packet", packet_of(call)}});
}

std::string calls_summary_json(const model::Trace& trace) {
    Json functions = Json::array();
    for (const model::TracedFunction& function : trace.functions)
        functions.push_back({{"function", function.name},
                             {"module", text_or_null(function.module)},
                             {"rung", text_or_null(function.rung)},
                             {"why", text_or_null(function.why)},
                             {"missed", optional_number(function.missed)}});
    return json_line({{"type", "calls"},
                      {"functions", functions},
                      {"lost", trace.lost},
                      {"cut", trace.cut},
                      {"scenario", text_or_null(trace.scenario)},
                      {"notes", trace.notes}});
}

}  // namespace knowhy::render
