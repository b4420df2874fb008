#include "model/trace_codec.h"

#include <algorithm>
#include <bit>

#include "model/codec.h"
#include "model/trace_layout.h"
#include "model/varint.h"

namespace knowhy::model {
namespace {

using namespace packed;  // NOLINT(google-build-using-namespace): its numbers

// More bits than this are cheaper in the table, where they come again.
constexpr uint64_t kLargeFrom = 1ULL << 28U;
uint8_t leaf_of(const Value::Integer& value, uint8_t base) {
    const auto width = static_cast<uint8_t>(std::countr_zero(static_cast<unsigned>(value.bytes)));
    return static_cast<uint8_t>(base + std::min<uint8_t>(width, 3) + (value.is_signed ? 4 : 0));
}

std::string_view view(std::span<const uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

uint64_t CallPacker::in(Table& table, std::string_view entry) {
    const auto known = table.numbers.find(entry);
    if (known != table.numbers.end()) return known->second;
    const auto added = table.numbers.emplace(entry, table.entries.size()).first;
    table.entries.push_back(&added->first);
    table_bytes_ += entry.size() + 2;
    return added->second;
}

uint64_t CallPacker::number(uint64_t value) {
    std::string bytes;
    put_varint(bytes, value);
    return in(numbers_, bytes);
}

uint64_t CallPacker::thread(const TracedCall& call) {
    std::string bytes;
    put_varint(bytes, call.pid);
    put_varint(bytes, string(call.comm));
    return in(threads_, bytes);
}

uint64_t CallPacker::packet(const RawPacket& packet) {
    std::string bytes;
    bytes.push_back(static_cast<char>(packet.start));
    put_varint(bytes, packet.protocol);
    put_varint(bytes, packet.wire_length);
    put_varint(bytes, packet.bytes.size());
    bytes += view(packet.bytes);
    return in(packets_, bytes);
}

uint8_t CallPacker::add_leaf(const Value& value) {
    const auto put = [this](uint64_t what) { put_varint(leaves_, what); };
    if (const auto* integer = value.get<Value::Integer>()) {
        const uint64_t bits = folded(integer->bits);
        const bool large = bits >= kLargeFrom;
        put(large ? number(bits) : bits);
        return leaf_of(*integer, large ? kLarge : kInteger);
    }
    if (const auto* named = value.get<Value::Enumerated>()) {
        put(folded(named->value.bits));
        put(string(named->name));
        return leaf_of(named->value, kEnumerator);
    }
    if (const auto* pointer = value.get<Value::Pointer>()) {
        put(number(pointer->address));
        return kPointer;
    }
    if (const auto* text = value.get<Value::Text>()) {
        put(string(text->raw));
        return text->cut ? kCutText : kText;
    }
    if (const auto* bytes = value.get<Value::Bytes>()) {
        put(string(bytes->raw));
        return kByteString;
    }
    if (const auto* boolean = value.get<Value::Boolean>()) {
        put(boolean->is_true ? 1 : 0);
        return kBoolean;
    }
    if (value.get<Value::Nothing>() != nullptr) {
        put(0);  // so that every value takes room, and a reader can bound how many there are
        return kNothing;
    }
    put(in(others_, view(to_cbor(encode(value)))));
    return kOther;
}

void CallPacker::add_value(const TracedValue& value, size_t depth, size_t& left,
                           std::string& shape) {
    --left;
    put_varint(shape, string(value.name));
    put_varint(shape, string(value.type));
    shape.push_back(static_cast<char>(add_leaf(value.value)));
    size_t members = depth == kMaxValueDepth ? 0 : std::min(value.members.size(), left);
    std::string inside;
    size_t written = 0;
    for (; written < members && left > 0; ++written)
        add_value(value.members[written], depth + 1, left, inside);
    put_varint(shape, written);
    shape += inside;
}

void CallPacker::add(const TracedCall& call) {
    const std::pair<uint64_t, uint32_t> runs{thread(call), call.cpu};
    const bool has_packet = call.packet && call.packet->start != RawPacket::Start::None;
    unsigned flags = call.kind == TracedCall::Kind::Returned ? kReturned : 0;
    flags |= call.skb != 0 ? kHasSkb : 0;
    flags |= has_packet ? kHasPacket : 0;
    flags |= runs == runs_ ? kSameThread : 0;

    std::string shape;
    std::string nodes;
    size_t left = kMaxCallValues;
    leaves_.clear();
    size_t values = 0;
    for (; values < call.values.size() && left > 0; ++values)
        add_value(call.values[values], 1, left, nodes);
    put_varint(shape, values);
    shape += nodes;

    calls_.push_back(static_cast<uint8_t>(flags));
    put_varint(calls_, call.function);
    put_varint(calls_, folded(static_cast<int64_t>(call.time_ns - time_)));
    if ((flags & kSameThread) == 0) {
        put_varint(calls_, runs.first);
        put_varint(calls_, runs.second);
    }
    put_varint(calls_, in(shapes_, shape));
    calls_.insert(calls_.end(), leaves_.begin(), leaves_.end());
    if (call.skb != 0) put_varint(calls_, number(call.skb));
    if (has_packet) put_varint(calls_, packet(*call.packet));

    runs_ = runs;
    time_ = call.time_ns;
    first_ns_ = count_ == 0 ? call.time_ns : std::min(first_ns_, call.time_ns);
    last_ns_ = std::max(last_ns_, call.time_ns);
    ++count_;
}

std::vector<uint8_t> CallPacker::payload() const {
    Bytes out;
    const auto put = [&out](const Table& table, bool with_length) {
        put_varint(out, table.entries.size());
        for (const std::string* entry : table.entries) {
            if (with_length) put_varint(out, entry->size());
            out.insert(out.end(), entry->begin(), entry->end());
        }
    };
    put(strings_, true);
    put(numbers_, false);
    put(packets_, false);
    put(others_, true);
    put(threads_, false);
    put(shapes_, false);
    put_varint(out, count_);
    out.insert(out.end(), calls_.begin(), calls_.end());
    return out;
}

}  // namespace knowhy::model
