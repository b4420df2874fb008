#include "collect/drops/sample.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "collect/drops/point_table.h"
#include "net/decode/decode.h"

namespace knowhy::collect {
namespace {

using model::DropSample;
using model::Fact;
using model::Place;

template <size_t N>
std::string text_of(const char (&text)[N]) {
    return {text, strnlen(text, N)};
}

model::RawPacket packet_of(const kw_sample& wire) {
    using Start = model::RawPacket::Start;
    model::RawPacket packet;
    packet.protocol = wire.protocol;
    if (wire.start == KW_START_NONE) return packet;
    packet.start = wire.start == KW_START_MAC ? Start::Mac : Start::Network;
    const size_t size = std::min<size_t>(wire.captured, KW_PACKET_SNAP);
    // The linear part may end in bytes beyond the packet: what was trimmed is not part of it.
    packet.wire_length = wire.wire_length;
    packet.bytes.assign(wire.packet, wire.packet + std::min<size_t>(size, wire.wire_length));
    return packet;
}

std::optional<model::SocketState> socket_of(const kw_socket& wire) {
    if (wire.address == 0) return std::nullopt;
    model::SocketState socket;
    socket.address = wire.address;
    socket.family = wire.family;
    socket.type = wire.type;
    socket.protocol = wire.protocol;
    socket.state = wire.state;
    socket.local_port = wire.local_port;
    socket.remote_port = wire.remote_port;
    socket.fields["rcvbuf"] = wire.rcvbuf;
    socket.fields["rmem_alloc"] = wire.rmem_alloc;
    socket.fields["ack_backlog"] = wire.ack_backlog;
    socket.fields["max_ack_backlog"] = wire.max_ack_backlog;
    if (wire.is_tcp == 0) return socket;
    socket.fields["rcv_nxt"] = wire.rcv_nxt;
    socket.fields["rcv_wnd"] = wire.rcv_wnd;
    socket.fields["rcv_wup"] = wire.rcv_wup;
    socket.fields["snd_una"] = wire.snd_una;
    socket.fields["snd_nxt"] = wire.snd_nxt;
    socket.fields["ts_recent"] = wire.ts_recent;
    socket.fields["syn_queue"] = wire.syn_queue_length;
    return socket;
}

// The frames from the free's caller outwards. Above it lie the tracepoint and the programs; where
// the caller is not found (a refusal, an odd unwinding), all frames stay.
std::span<const uint64_t> frames_of(const kw_sample& wire) {
    if (wire.stack_bytes <= 0) return {};
    const size_t count = std::min<size_t>(wire.stack_bytes / sizeof(uint64_t), KW_STACK_DEPTH);
    const std::span<const uint64_t> frames(
        reinterpret_cast<const uint64_t*>(reinterpret_cast<const char*>(&wire) +
                                          offsetof(kw_sample, stack)),
        count);
    const auto caller = std::find(frames.begin(), frames.end(), wire.key.location);
    return caller == frames.end() ? frames : frames.subspan(caller - frames.begin());
}

Place resolve_return(uint64_t address, const symbols::SymbolTable* symbols) {
    if (symbols) return symbols->return_place(address);
    Place place;
    place.address = address;
    return place;
}

DropSample::Context context_of(const kw_sample& wire, const DropSample& sample) {
    using Context = DropSample::Context;
    constexpr std::array kLevels = {Context::Task, Context::Softirq, Context::Hardirq,
                                    Context::Nmi};
    if (wire.level < kLevels.size()) return kLevels[wire.level];
    // This kernel hides its preemption count; the stack still shows who runs softirqs.
    constexpr std::array kSoftirq = {"__do_softirq", "handle_softirqs"};
    for (const char* function : kSoftirq)
        if (sample.on_stack(function)) return Context::Softirq;
    return Context::Unknown;
}

void read_facts(const kw_sample& wire, DropSample& sample) {
    const size_t count = std::min<size_t>(wire.facts_count, KW_SAMPLE_FACTS);
    std::vector<kw_fact> facts(wire.facts, wire.facts + count);
    std::sort(facts.begin(), facts.end(),
              [](const kw_fact& a, const kw_fact& b) { return a.order < b.order; });
    for (const kw_fact& wire_fact : facts) {
        auto fact = to_fact(wire_fact);
        if (!fact) continue;
        if (fact->kind == Fact::Kind::Around && !sample.on_stack(fact->point)) continue;
        sample.facts.push_back(std::move(*fact));
    }
}

bool socket_is_believed(const kw_socket& wire, const DropSample& sample) {
    if (wire.around == 0) return true;
    // A return value's facts were matched by the packet's headers, and their socket with them.
    return std::any_of(sample.facts.begin(), sample.facts.end(), [](const Fact& fact) {
        return fact.kind == Fact::Kind::Before || fact.point == "tcp_v4_do_rcv" ||
               fact.point == "tcp_v6_do_rcv";
    });
}

void read_packet_fields(const kw_sample& wire, DropSample& sample) {
    sample.skb = wire.skb;
    sample.length = wire.length;
    sample.mark = wire.mark;
    sample.packet_type = wire.packet_type;
    sample.protocol = wire.protocol;
    sample.vlan_present = wire.vlan_present != 0;
    sample.vlan_id = wire.vlan_tci & 0x0fffU;
    sample.ip_summed = wire.ip_summed;
    sample.gso_size = wire.gso_size;
    sample.in_ifindex = wire.in_ifindex;
    sample.device = text_of(wire.device);
    if (wire.has_dst != 0) {
        sample.dst_error = wire.dst_error > 0 ? -wire.dst_error : wire.dst_error;
        sample.dst_device = text_of(wire.dst_device);
    }
    sample.packet = packet_of(wire);
    sample.decoded = net::decode(sample.packet);
}

// The part of a sample that is there; the rest stays zero. nullopt when it is cut short.
std::optional<kw_sample> copy_of(std::span<const std::byte> bytes) {
    if (bytes.size() < offsetof(kw_sample, stack)) return std::nullopt;
    kw_sample wire{};
    std::memcpy(static_cast<void*>(&wire), bytes.data(), std::min(bytes.size(), sizeof(wire)));
    if (wire.stack_bytes > 0 && bytes.size() < offsetof(kw_sample, facts)) return std::nullopt;
    if (wire.facts_count > 0 && bytes.size() < sizeof(wire)) return std::nullopt;
    return wire;
}

}  // namespace

model::DropKey to_key(const kw_key& wire) {
    model::DropKey key;
    key.source =
        wire.source == KW_SOURCE_REFUSAL ? model::DropSource::Refusal : model::DropSource::Free;
    key.location = wire.location;
    key.reason = wire.reason;
    key.ifindex = wire.ifindex;
    key.netns = wire.netns;
    key.point = wire.point;
    key.point_value = wire.point_value;
    key.rule_handle = wire.rule_handle;
    return key;
}

namespace {

// How far into a function the call is that ftrace put there.
constexpr uint64_t kEntryBytes = 16;

bool is_trampoline(const Place& frame) {
    return frame.symbol.starts_with("bpf_trampoline_");
}

// Our own program, and what the kernel calls it through at a tracepoint.
bool is_probe(const Place& frame) {
    constexpr std::array kTracing = {"bpf_trace_run", "__bpf_trace_", "__traceiter_"};
    return frame.module == "bpf" ||
           std::any_of(kTracing.begin(), kTracing.end(),
                       [&](const char* prefix) { return frame.symbol.starts_with(prefix); });
}

// The packet's way, without what watching it added: our own probe, with which the stack begins, and
// the trampoline of a point, which calls the function and was itself called from the function's
// first bytes, so that the function would be there twice.
std::vector<Place> stack_of(const kw_sample& wire, const symbols::SymbolTable* symbols) {
    std::vector<Place> stack;
    bool after_trampoline = false;
    for (const uint64_t address : frames_of(wire)) {
        Place frame = resolve_return(address, symbols);
        if (stack.empty() && is_probe(frame)) continue;
        if (is_trampoline(frame)) {
            after_trampoline = true;
            continue;
        }
        const bool twice = after_trampoline && !stack.empty() &&
                           frame.symbol == stack.back().symbol && frame.offset <= kEntryBytes;
        after_trampoline = false;
        if (!twice) stack.push_back(std::move(frame));
    }
    return stack;
}

}  // namespace

Place place_of(const model::DropKey& key, const symbols::SymbolTable* symbols) {
    if (!symbols) return resolve_return(key.location, symbols);
    // A free that names a function instead of its caller (net_tx_action does, for the packets whose
    // sending was completed) gives that function's first byte. No free returns to a first byte:
    // what calls it goes on after the call.
    const Place exact = symbols->place(key.location);
    if (key.source == model::DropSource::Refusal || (exact.offset == 0 && !exact.symbol.empty()))
        return exact;
    return resolve_return(key.location, symbols);
}

std::optional<ReadSample> read_sample(std::span<const std::byte> bytes,
                                      const symbols::SymbolTable* symbols) {
    const auto wire = copy_of(bytes);
    if (!wire) return std::nullopt;
    ReadSample read;
    read.key = to_key(wire->key);
    DropSample& sample = read.sample;
    sample.time_ns = wire->time_ns;
    sample.cpu = wire->cpu;
    sample.pid = wire->pid;
    sample.comm = text_of(wire->comm);
    sample.place = place_of(read.key, symbols);
    sample.stack = stack_of(*wire, symbols);
    sample.context = context_of(*wire, sample);
    read_packet_fields(*wire, sample);
    read_facts(*wire, sample);
    if (socket_is_believed(wire->socket, sample)) sample.socket = socket_of(wire->socket);
    return read;
}

}  // namespace knowhy::collect
