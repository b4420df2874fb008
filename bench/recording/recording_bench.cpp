// Writes a recording of many calls, as `knowhy record` does, and says what that took.
//
// Usage: recording_bench FILE EVENTS. The calls are those of a packet on its way through eight
// functions, each entered with the packet and its device, and returned from: addresses, lengths,
// bytes and times differ from packet to packet, over four threads on two CPUs. It prints one JSON
// object.
#include <fmt/format.h>

#include <cstdio>
#include <random>

#include "base/clock.h"
#include "base/text.h"
#include "model/recording.h"

using namespace knowhy;  // NOLINT(google-build-using-namespace)

namespace {

constexpr uint32_t kFunctions = 8;
constexpr uint64_t kSkbs = 512;  // addresses that the allocator gives again and again

model::TracedValue number(const char* name, const char* type, int64_t value, uint8_t bytes) {
    return {name, type, model::Value::integer(value, false, bytes), {}};
}

class Traffic {
  public:
    std::vector<model::TracedCall> next_packet() {
        const uint64_t skb = 0xffff888100000000 + random_() % kSkbs * 256;
        const auto length = static_cast<int64_t>(40 + random_() % 1460);
        model::RawPacket packet;
        packet.start = model::RawPacket::Start::Network;
        packet.protocol = 0x0800;
        packet.wire_length = static_cast<uint32_t>(length);
        packet.bytes.assign(64, 0x45);
        for (size_t i = 0; i < 12; ++i) packet.bytes[12 + i] = static_cast<uint8_t>(random_());
        std::vector<model::TracedCall> calls;
        const uint32_t thread = static_cast<uint32_t>(random_() % 4);
        for (uint32_t function = 0; function < kFunctions; ++function) {
            model::TracedCall call = at(thread, function);
            call.skb = skb;
            call.packet = packet;
            call.values = {packet_value(skb, length), device_value()};
            calls.push_back(std::move(call));
        }
        for (uint32_t function = kFunctions; function-- > 0;) {
            model::TracedCall back = at(thread, function);
            back.kind = model::TracedCall::Kind::Returned;
            back.values = {{"return", "int", model::Value::integer(0, true, 4), {}}};
            calls.push_back(std::move(back));
        }
        return calls;
    }

  private:
    model::TracedCall at(uint32_t thread, uint32_t function) {
        model::TracedCall call;
        now_ns_ += 200 + random_() % 2000;
        call.time_ns = now_ns_;
        call.cpu = thread % 2;
        call.pid = 1000 + thread;
        call.comm = "worker/" + std::to_string(thread);
        call.function = function;
        return call;
    }

    static model::TracedValue packet_value(uint64_t skb, int64_t length) {
        model::TracedValue value{"skb", "struct sk_buff *", {model::Value::Pointer{skb}}, {}};
        value.members = {{"dev", "char[16]", model::Value::text("eth0"), {}},
                         number("protocol", "__be16", 0x0800, 2),
                         number("len", "unsigned int", length, 4),
                         number("pkt_type", "__u8", 0, 1),
                         number("mark", "__u32", 0, 4)};
        return value;
    }

    static model::TracedValue device_value() {
        model::TracedValue value{
            "dev", "struct net_device *", {model::Value::Pointer{0xffff888100200000}}, {}};
        value.members = {{"name", "char[16]", model::Value::text("eth0"), {}},
                         number("operstate", "unsigned char", 6, 1),
                         number("state", "long unsigned int", 3, 8),
                         number("flags", "unsigned int", 0x1003, 4),
                         number("mtu", "unsigned int", 1500, 4)};
        return value;
    }

    std::mt19937_64 random_{1};
    uint64_t now_ns_ = 1'000'000'000;
};

model::Observation beginning() {
    model::Observation start;
    start.clock = ClockPair::now();
    for (uint32_t i = 0; i < kFunctions; ++i)
        start.trace.functions.push_back({"function_" + std::to_string(i), "", "fentry", "", {}});
    return start;
}

Status write(const std::string& path, uint64_t events) {
    const model::Observation start = beginning();
    KW_TRY(const auto writer, model::RecordingWriter::create(path, start));
    Traffic traffic;
    uint64_t spent_ns = 0;
    uint64_t written = 0;
    while (written < events) {
        std::vector<model::TracedCall> calls;
        while (calls.size() < 1000) {
            auto more = traffic.next_packet();
            std::move(more.begin(), more.end(), std::back_inserter(calls));
        }
        const uint64_t before = thread_cpu_ns();
        for (const model::TracedCall& call : calls) KW_CHECK_OK(writer->add_call(call));
        spent_ns += thread_cpu_ns() - before;
        written += calls.size();
    }
    const uint64_t before = thread_cpu_ns();
    KW_CHECK_OK(writer->finish(start));
    spent_ns += thread_cpu_ns() - before;
    fmt::print("{{\"events\": {}, \"write_ns\": {:.1f}}}\n", written,
               static_cast<double>(spent_ns) / static_cast<double>(written));
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    const auto events = argc == 3 ? parse_u64(argv[2]) : std::nullopt;
    if (!events) {
        fmt::print(stderr, "usage: recording_bench FILE EVENTS\n");
        return 2;
    }
    const Status done = write(argv[1], *events);
    if (!done) fmt::print(stderr, "recording_bench: {}\n", done.error().message);
    return done ? 0 : 1;
}
