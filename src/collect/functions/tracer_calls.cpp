#include <algorithm>

#include "collect/functions/tracer.h"

namespace knowhy::collect {
namespace {

using model::TracedCall;
using model::TracedValue;
using model::Value;
using Values = std::vector<Value>;

constexpr size_t kNumber = 0, kTime = 1, kCpu = 2, kThread = 3, kCommand = 4;
constexpr uint64_t kErrors = static_cast<uint64_t>(-4095);  // from here on ERR_PTR()'s

uint64_t bits_of(const Values& values, size_t at) {
    if (at >= values.size()) return 0;
    const auto* number = values[at].get<Value::Integer>();
    return number != nullptr ? static_cast<uint64_t>(number->bits) : 0;
}

std::string enumerator(const symbols::Types& types, symbols::TypeId type, int64_t value) {
    const auto& all = types[type].enumerators;
    const auto found = std::ranges::find(all, value, &symbols::Enumerator::value);
    return found == all.end() ? "" : found->name;
}

// What the value is by its C type, of what the script could say.
void make_typed(Value& value, const ValueShape& shape, const symbols::Types& types) {
    const auto* number = value.get<Value::Integer>();
    if (number == nullptr) return;
    if (shape.is_truth)
        value.of = Value::Boolean{number->bits != 0};
    else if (shape.enumeration != symbols::kVoid)
        value.of = Value::Enumerated{*number, enumerator(types, shape.enumeration, number->bits)};
    else if (shape.type.ends_with('*'))
        value.of = Value::Pointer{static_cast<uint64_t>(number->bits)};
}

TracedValue traced(const Values& values, const ValueShape& shape, const symbols::Types& types) {
    TracedValue made{shape.name, shape.type, {}, {}};
    if (shape.at < values.size()) made.value = values[shape.at];
    make_typed(made.value, shape, types);
    const auto* pointer = made.value.get<Value::Pointer>();
    // What would lie behind NULL, or an error, was not read.
    if (pointer != nullptr && (pointer->address == 0 || pointer->address >= kErrors)) return made;
    for (const ValueShape& member : shape.members)
        made.members.push_back(traced(values, member, types));
    return made;
}

std::optional<model::RawPacket> packet_of(const Values& values, size_t at) {
    const auto* bytes = at < values.size() ? values[at].get<Value::Bytes>() : nullptr;
    if (bytes == nullptr || bytes->raw.empty()) return std::nullopt;
    model::RawPacket packet;
    packet.start = model::RawPacket::Start::Network;
    packet.protocol = static_cast<uint16_t>(bits_of(values, at + 1));
    packet.wire_length = static_cast<uint32_t>(bits_of(values, at + 2));
    packet.bytes.assign(bytes->raw.begin(), bytes->raw.end());
    return packet;
}

}  // namespace

std::optional<TracedCall> call_of(const Value& record, const std::vector<RecordShape>& shapes,
                                  const symbols::Types& types) {
    const auto* tuple = record.get<Value::Tuple>();
    if (tuple == nullptr || tuple->elements.size() < RecordShape::kFirst) return std::nullopt;
    const Values& values = tuple->elements;
    const uint64_t number = bits_of(values, kNumber);
    if (number >= shapes.size()) return std::nullopt;
    const RecordShape& shape = shapes[number];
    TracedCall call;
    call.kind = shape.kind;
    call.function = shape.function;
    call.time_ns = bits_of(values, kTime);
    call.cpu = static_cast<uint32_t>(bits_of(values, kCpu));
    call.pid = static_cast<uint32_t>(bits_of(values, kThread));
    if (const auto* comm = values[kCommand].get<Value::Text>()) call.comm = comm->raw;
    for (const ValueShape& value : shape.values)
        call.values.push_back(traced(values, value, types));
    if (shape.skb) call.skb = bits_of(values, *shape.skb);
    if (shape.packet && call.skb != 0) call.packet = packet_of(values, *shape.packet);
    return call;
}

}  // namespace knowhy::collect
