#include <optional>
#include <utility>

#include "model/codec.h"
#include "model/trace_codec.h"
#include "model/trace_layout.h"
#include "model/varint.h"

namespace knowhy::model {
namespace {

using namespace packed;  // NOLINT(google-build-using-namespace): its numbers

// All strings of a payload's calls, as often as they come.
constexpr size_t kMaxExpanded = 512UL * 1024 * 1024;

std::string_view view(std::span<const uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class Unpacker {
  public:
    Unpacker(std::span<const uint8_t> payload, size_t functions)
        : in_(payload), functions_(functions) {}

    Status unpack(const std::function<Status(TracedCall&&)>& take) {
        if (!read_tables()) return wrong("its tables");
        const auto count = in_.varint();
        if (!count) return wrong("how many calls there are");
        for (uint64_t i = 0; i < *count; ++i) {
            TracedCall call;
            if (!read_call(call)) return wrong(fmt::format("call {}", i));
            if (expanded_ > kMaxExpanded) return wrong("more than a record may hold");
            KW_CHECK_OK(take(std::move(call)));
        }
        return in_.left() == 0 ? Status() : wrong("bytes after the last call");
    }

  private:
    struct Node {
        uint64_t name = 0;
        uint64_t type = 0;
        uint8_t leaf = kNothing;
        uint32_t members = 0;
    };
    struct Shape {
        uint64_t values = 0;
        std::vector<Node> nodes;  // each before its members
    };
    struct Other {
        Value value;
        size_t bytes = 0;
    };
    struct Thread {
        uint32_t pid = 0;
        uint64_t comm = 0;
    };

    static Status wrong(const std::string& what) { return fail(ErrorKind::Usage, "{}", what); }

    template <typename T>
    std::optional<T> whole() {
        const auto value = in_.varint();
        if (!value || !std::in_range<T>(*value)) return std::nullopt;
        return static_cast<T>(*value);
    }

    // A table whose entries `read` takes, one after the other. Each takes a byte or more, so that
    // there cannot be more of them than bytes.
    template <typename T, typename Read>
    bool read_table(std::vector<T>& table, const Read& read) {
        const auto count = in_.varint();
        if (!count || *count > in_.left()) return false;
        for (uint64_t i = 0; i < *count; ++i)
            if (!read(table.emplace_back())) return false;
        return true;
    }

    bool read_tables() {
        return read_table(strings_, [this](std::string_view& to) { return read_bytes(to); }) &&
               read_table(numbers_, [this](uint64_t& to) { return read_number(to); }) &&
               read_table(packets_, [this](RawPacket& to) { return read_packet(to); }) &&
               read_table(others_, [this](Other& to) { return read_other(to); }) &&
               read_table(threads_, [this](Thread& to) { return read_thread(to); }) &&
               read_table(shapes_, [this](Shape& to) { return read_shape(to); });
    }

    bool read_bytes(std::string_view& to) {
        const auto length = in_.varint();
        const auto bytes = length ? in_.take(*length) : std::nullopt;
        if (bytes) to = view(*bytes);
        return bytes.has_value();
    }

    bool read_number(uint64_t& to) {
        const auto value = in_.varint();
        to = value.value_or(0);
        return value.has_value();
    }

    bool read_packet(RawPacket& to) {
        const auto start = in_.byte();
        const auto protocol = whole<uint16_t>();
        const auto length = whole<uint32_t>();
        std::string_view bytes;
        if (!start || *start > static_cast<uint8_t>(RawPacket::Start::Network) || !protocol ||
            !length || !read_bytes(bytes))
            return false;
        to = {static_cast<RawPacket::Start>(*start),
              *protocol,
              *length,
              {bytes.begin(), bytes.end()}};
        return true;
    }

    bool read_other(Other& to) {
        std::string_view bytes;
        if (!read_bytes(bytes)) return false;
        const auto value =
            from_cbor({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
        const size_t before = others_budget_.left;
        const bool good = value && decode(*value, to.value, others_budget_);
        to.bytes = before - others_budget_.left;
        return good;
    }

    bool read_thread(Thread& to) {
        const auto pid = whole<uint32_t>();
        const auto comm = in_.varint();
        if (!pid || !comm || *comm >= strings_.size()) return false;
        to = {*pid, *comm};
        return true;
    }

    bool read_shape(Shape& to) {
        const auto values = in_.varint();
        if (!values || *values > kMaxCallValues) return false;
        to.values = *values;
        for (uint64_t i = 0; i < to.values; ++i)
            if (!read_node(to, 1)) return false;
        return true;
    }

    bool read_node(Shape& shape, size_t depth) {
        const auto name = in_.varint();
        const auto type = in_.varint();
        const auto leaf = in_.byte();
        const auto members = whole<uint32_t>();
        if (!name || *name >= strings_.size() || !type || *type >= strings_.size() || !leaf ||
            !known(*leaf) || !members || shape.nodes.size() >= kMaxCallValues)
            return false;
        if (*members > 0 && depth == kMaxValueDepth) return false;
        shape.nodes.push_back({*name, *type, *leaf, *members});
        for (uint32_t i = 0; i < *members; ++i)
            if (!read_node(shape, depth + 1)) return false;
        return true;
    }

    static bool known(uint8_t leaf) {
        return leaf <= kOther || (leaf >= kInteger && leaf < kLeaves);
    }

    // From a table; nullptr where the number that is read is none of its.
    template <typename T>
    const T* from(const std::vector<T>& table) {
        const auto index = in_.varint();
        return index && *index < table.size() ? &table[*index] : nullptr;
    }

    std::string copied(std::string_view text) {
        expanded_ += text.size();
        return std::string(text);
    }

    bool read_call(TracedCall& call) {
        const auto flags = in_.byte();
        const auto function = whole<uint32_t>();
        const auto passed = in_.varint();
        if (!flags || *flags > 15 || !function || *function >= functions_ || !passed) return false;
        call.kind =
            (*flags & kReturned) != 0 ? TracedCall::Kind::Returned : TracedCall::Kind::Entered;
        call.function = *function;
        time_ += static_cast<uint64_t>(unfolded(*passed));
        call.time_ns = time_;
        if ((*flags & kSameThread) == 0) {
            thread_ = from(threads_);
            const auto cpu = whole<uint32_t>();
            if (thread_ == nullptr || !cpu) return false;
            cpu_ = *cpu;
        }
        if (thread_ == nullptr) return false;
        call.cpu = cpu_;
        call.pid = thread_->pid;
        call.comm = copied(strings_[thread_->comm]);
        const Shape* shape = from(shapes_);
        if (shape == nullptr) return false;
        size_t at = 0;
        call.values.reserve(shape->values);
        for (uint64_t i = 0; i < shape->values; ++i)
            if (!read_value(*shape, at, call.values.emplace_back())) return false;
        return ((*flags & kHasSkb) == 0 || read_skb(call)) &&
               ((*flags & kHasPacket) == 0 || read_packet_of(call));
    }

    bool read_skb(TracedCall& call) {
        const uint64_t* skb = from(numbers_);
        if (skb != nullptr) call.skb = *skb;
        return skb != nullptr;
    }

    bool read_packet_of(TracedCall& call) {
        const RawPacket* packet = from(packets_);
        if (packet == nullptr) return false;
        expanded_ += packet->bytes.size();
        call.packet = *packet;
        return true;
    }

    bool read_value(const Shape& shape, size_t& at, TracedValue& value) {
        const Node& node = shape.nodes[at++];
        value.name = copied(strings_[node.name]);
        value.type = copied(strings_[node.type]);
        if (!read_leaf(node.leaf, value.value)) return false;
        value.members.reserve(node.members);
        for (uint32_t i = 0; i < node.members; ++i)
            if (!read_value(shape, at, value.members.emplace_back())) return false;
        return true;
    }

    bool read_leaf(uint8_t leaf, Value& value) {
        if (leaf >= kInteger) return read_integer(leaf, value);
        if (leaf == kNothing || leaf == kBoolean) {
            const auto truth = in_.varint();
            if (leaf == kBoolean) value.of = Value::Boolean{truth == 1};
            return truth && *truth <= 1;
        }
        if (leaf == kPointer) {
            const uint64_t* address = from(numbers_);
            value.of = Value::Pointer{address != nullptr ? *address : 0};
            return address != nullptr;
        }
        if (leaf == kOther) {
            const Other* other = from(others_);
            if (other == nullptr) return false;
            expanded_ += other->bytes;
            if (expanded_ > kMaxExpanded) return false;
            value = other->value;
            return true;
        }
        const std::string_view* text = from(strings_);
        if (text == nullptr) return false;
        if (leaf == kByteString)
            value.of = Value::Bytes{copied(*text)};
        else
            value.of = Value::Text{copied(*text), leaf == kCutText};
        return true;
    }

    bool read_integer(uint8_t leaf, Value& value) {
        std::optional<uint64_t> bits;
        if (leaf >= kLarge) {
            const uint64_t* number = from(numbers_);
            if (number != nullptr) bits = *number;
        } else {
            bits = in_.varint();
        }
        if (!bits) return false;
        const Value::Integer integer{unfolded(*bits), (leaf & 4U) != 0,
                                     static_cast<uint8_t>(1U << (leaf & 3U))};
        if (leaf < kEnumerator || leaf >= kLarge) {
            value.of = integer;
            return true;
        }
        const std::string_view* name = from(strings_);
        if (name != nullptr) value.of = Value::Enumerated{integer, copied(*name)};
        return name != nullptr;
    }

    ByteReader in_;
    size_t functions_;
    std::vector<std::string_view> strings_;
    std::vector<uint64_t> numbers_;
    std::vector<RawPacket> packets_;
    std::vector<Other> others_;
    std::vector<Thread> threads_;
    std::vector<Shape> shapes_;
    MemoryBudget others_budget_{64UL * 1024 * 1024};
    uint64_t time_ = 0;
    uint32_t cpu_ = 0;
    const Thread* thread_ = nullptr;
    size_t expanded_ = 0;
};

}  // namespace

Status unpack_calls(std::span<const uint8_t> payload, size_t functions,
                    const std::function<Status(TracedCall&&)>& take) {
    return Unpacker(payload, functions).unpack(take);
}

}  // namespace knowhy::model
